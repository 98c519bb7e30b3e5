"""One video -> one clip: frames aligned by the first one's transform, landmarks, and sound at 8 and 16 kHz."""

from functools import cache

import numpy as np

from talking_face.audio import SAMPLE_RATE, load_speech, resample
from talking_face.data.clip import SIZE, SPEECH_RATE, Clip, shrink
from talking_face.errors import DataError
from talking_face.face import geometry
from talking_face.face.checks import MIN_FACE_WIDTH, face_width, is_turned
from talking_face.face.images import warp
from talking_face.face.landmarks import FaceFinder
from talking_face.face.portrait import canonical_matrix
from talking_face.media.frame_rate import FPS
from talking_face.media.reading import read_video, stream_frames

MIN_FRAMES = FPS  # a clip lasts a second at least
MAX_SECONDS = 60.0
MAX_MISSING = 0.2  # share of frames in which the face may be lost
SEARCH_EVERY = FPS  # frames; how often a lost face is looked for in the whole picture, which takes a second or two
GIVE_UP = FPS  # frames at the beginning that may be without a face


def make_clip(source, max_seconds=MAX_SECONDS):
    """Prepare one video.

    Parameters
    ----------
    source : clip_sources.Source
    max_seconds : float
        Longest video to accept.

    Returns
    -------
    clip : Clip
    faces : list of ndarray, (256, 256, 3) uint8
        The canonical crops, RGB.

    Raises
    ------
    TalkingFaceError
        Why the video is of no use: it cannot be read, is too short or too long, or has no sound, or no face that can be
        followed.
    """
    speech = load_speech(source.path, max_seconds)
    if source.landmarks:
        faces, landmarks, crop = _canonical(source)
    else:
        faces, landmarks, crop = _follow(stream_frames(source.path, speech.duration), finder())
    # What either lacks of the other, by a late start or a codec's padding, is left out.
    frames = min(len(faces), speech.frames)
    sound = resample(speech.samples, SAMPLE_RATE, SPEECH_RATE)
    if frames < MIN_FRAMES:
        raise DataError(f"It has only {frames} frames with sound; please use at least {MIN_FRAMES / FPS:g} s of video.")
    clip = Clip(
        id=source.id,
        speaker=source.labels.speaker,
        emotion=source.labels.emotion,
        intensity=source.labels.intensity,
        split=source.split,
        video=np.stack([shrink(face) for face in faces[:frames]]),
        speech=_first(sound / np.abs(sound).max(), frames * SPEECH_RATE // FPS),
        landmarks=(landmarks[:frames] * (SIZE / geometry.CROP_SIZE)).astype(np.float32),
        speech_16k=_first(speech.samples, frames * SAMPLE_RATE // FPS),
        source=source.path.name,
        licence=source.licence,
        crop=crop,
    )
    return clip, faces[:frames]


def _canonical(source):
    """Frames that are canonical crops already, their landmarks (T, 68, 2), and the transform that made them."""
    try:
        with np.load(source.landmarks) as arrays:
            landmarks, crop = arrays["landmarks"].astype(np.float32), arrays["crop"].astype(np.float64)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"Its landmarks “{source.landmarks.name}” cannot be read; please restore that file.") from error
    frames = read_video(source.path)
    if frames.shape[1:3] != (geometry.CROP_SIZE, geometry.CROP_SIZE):
        raise DataError("It has landmarks but is no canonical crop of 256 x 256 pixels; please restore that file.")
    count = min(len(frames), len(landmarks))
    return list(frames[:count]), landmarks[:count], crop


@cache
def finder():
    """What finds the faces of all videos that a process works on."""
    return FaceFinder()


def _follow(frames, finder):
    """Find the largest face and follow it.

    Parameters
    ----------
    frames : iterable of ndarray, (H, W, 3) uint8
    finder : FaceFinder

    Returns
    -------
    faces : list of ndarray, (256, 256, 3) uint8
    landmarks : ndarray, (T, 68, 2) float32
        Crop pixels; from the neighbours where the face was lost for a moment.
    matrix : ndarray, (2, 3)
        Raw pixel -> crop pixel, of the first frame that shows the face.
    """
    size = (geometry.CROP_SIZE, geometry.CROP_SIZE)
    face, matrix, early, crops, landmarks = None, None, [], [], {}
    for index, frame in enumerate(frames):
        found = finder.track(frame, face) if face else None
        if found is None and index % SEARCH_EVERY == 0:
            found = next(iter(finder.find(frame)), None)
        if found is not None:
            face, points = found, found.landmarks
            if matrix is None:
                _check(found)
                matrix = canonical_matrix(points, found.pose)
                crops = [warp(waiting, matrix, size) for waiting in early]
            points = geometry.transform(matrix, points)
            if _in_crop(points):
                landmarks[index] = points
        if matrix is not None:
            crops.append(warp(frame, matrix, size))
        elif index < GIVE_UP:
            early.append(frame)
        else:
            break
    total = max(len(crops), len(early))
    if not landmarks:
        raise DataError("No face was found at its beginning; please use a video of a face towards the camera.")
    if total - len(landmarks) > MAX_MISSING * total:
        raise DataError(f"Its face is lost in {total - len(landmarks)} of {total} frames; please use a steadier video.")
    return crops, _fill_gaps(landmarks, total), matrix


def _check(face):
    """Refuse a face that nothing could be learnt from."""
    width = face_width(face)
    if width < MIN_FACE_WIDTH:
        raise DataError(f"The face is only {width:.0f} pixels wide; please use a video where it has {MIN_FACE_WIDTH}.")
    if is_turned(face):
        raise DataError("The face is turned too far to the side; please use a video that shows both cheeks.")


def _in_crop(landmarks):
    """Whether a face, in crop pixels, is still where the first one was, and not in another scene."""
    eyes = geometry.eye_centres(landmarks)
    distance = np.hypot(*(eyes[1] - eyes[0])) / (geometry.EYE_DISTANCE * geometry.CROP_SIZE)
    return bool((eyes > 0).all() and (eyes < geometry.CROP_SIZE).all() and 0.5 < distance < 2)


def _fill_gaps(found, frames):
    """Landmarks by frame, with gaps -> (frames, 68, 2) float32, linear between neighbours."""
    known = np.array(sorted(found))
    values = np.stack([found[index] for index in known]).reshape(len(known), -1)
    columns = [np.interp(np.arange(frames), known, column) for column in values.T]
    return np.stack(columns, 1).reshape(frames, -1, 2).astype(np.float32)


def _first(samples, count):
    """The first `count` samples, silence added where there are fewer."""
    return np.pad(samples[:count], (0, max(0, count - len(samples)))).astype(np.float32)
