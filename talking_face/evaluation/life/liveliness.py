"""How alive a speaker is: movement of head, brows and lids, and how it goes with the sound, beside real speakers'.

The same figures are made of real speakers' landmarks and of those found in our frames.
"""

import cv2
import numpy as np

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.audio.prosody import smooth
from talking_face.evaluation import metrics
from talking_face.evaluation.life.brows import BrowGauge
from talking_face.evaluation.life.gaze import describe_gaze, gaze_of_real_speakers
from talking_face.evaluation.people import held_out_portraits
from talking_face.evaluation.tracking import first_face, track_meshes
from talking_face.face import pose
from talking_face.face.geometry import EYE_CORNERS, LOWER_LIDS, UPPER_LIDS, eye_centres
from talking_face.face.matting.matte import cut_out, frame
from talking_face.face.mesh.topology import IBUG
from talking_face.media.frame_rate import FPS

TAKES = 24  # one differs from the next by a quarter of most figures, and by .15 in the last autocorrelation
LEAST_SECONDS = 6
STEADY = 1.5  # frames; the finder's trembling is smoothed away
LAGS = {"0.24 s": 6, "0.48 s": 12, "1 s": 25}
USUAL = 51  # frames, whose median is an eye's usual opening
CLOSES = 0.1, 0.5  # a blink closes by this much of it at least, and of what the recording's blinks close
BEAT = 3.0  # frames: how near a movement's minimum lies to an onset that it goes with
FAR = 0.3  # eye distances outside a person that count as background
SIDE = 128  # pixels, in which flicker is measured
NOISE = 2.0  # levels a pixel that even a plain background changes by
STEP = 12  # frames between those whose background is compared
CONFIDENCE = 1.96  # standard errors either side of a mean


def describe(landmarks, gauge, log_mel=None):
    """Figures of one recording's life.

    Parameters
    ----------
    landmarks : ndarray, (T, 68, 2)
        Pixels of a steady camera.
    gauge : brows.BrowGauge
    log_mel : ndarray, (4 T, 80), optional
        Of the sound.

    Returns
    -------
    dict of str to float
        Standard deviations over the recording, unless the name says otherwise.
    """
    distance = np.median(np.linalg.norm(np.diff(eye_centres(landmarks), axis=1), axis=-1))
    angles = smooth(pose.angles(pose.fit(landmarks[:, list(pose.RIGID)], gauge.model)[0]), STEADY)
    eyes = smooth(landmarks[:, EYE_CORNERS].mean(1) / distance, STEADY)
    away = angles - angles.mean(0)
    figures = {}
    for name, values in zip(("yaw", "pitch", "roll"), angles.T):
        figures[f"{name}, degrees"] = values.std()
        figures[f"{name}, range, degrees"] = np.ptp(values)
        figures[f"{name}, speed, degrees a second"] = np.abs(np.diff(values)).mean() * FPS
    figures["shift, eye distances"] = eyes.std(0).mean()
    for name, lag in LAGS.items():
        figures[f"pose's autocorrelation after {name}"] = (away[:-lag] * away[lag:]).sum() / (away**2).sum()
    brows = smooth((landmarks[:, [21, 22]].mean(1) - landmarks[:, EYE_CORNERS].mean(1))[:, 1], STEADY) / distance
    figures["inner brow, eye distances"] = brows.std()
    figures["inner brow, blendshape"] = gauge(landmarks).std()
    opening = (landmarks[:, LOWER_LIDS] - landmarks[:, UPPER_LIDS])[..., 1].mean(1) / distance
    figures["blinks a second"] = blinks(opening) * FPS / len(opening)
    if log_mel is not None:
        figures["beat alignment"] = beat_alignment(angles, onsets(log_mel)[: len(angles)])
    return {name: float(value) for name, value in figures.items()}


def blinks(opening):
    """How often eyes close in a recording.

    As a share of how far its lids are seen to close, since whatever places landmarks sees less or more of that.

    Parameters
    ----------
    opening : ndarray, (T,)
        Of the lids, any unit.
    """
    around = np.lib.stride_tricks.sliding_window_view(np.pad(opening, USUAL // 2, "edge"), USUAL)
    closed = 1 - opening / np.maximum(np.median(around, -1), 1e-9)
    shut = closed > max(CLOSES[0], CLOSES[1] * np.quantile(closed, 0.99))
    return int((shut[1:] & ~shut[:-1]).sum())


def onsets(log_mel):
    """Frames in which sound sets in: log-mel (4T, 80) -> (T,) bool, by spectral flux (Böck & Widmer 2013)."""
    heard = np.maximum(log_mel, log_mel.max() - 5)
    flux = np.maximum(np.diff(heard, axis=0, prepend=heard[:1]), 0).mean(1)
    whole = len(flux) // COLUMNS_PER_FRAME * COLUMNS_PER_FRAME
    flux = flux[:whole].reshape(-1, COLUMNS_PER_FRAME).mean(1)
    ends = np.pad(flux, 1)
    return (flux > ends[:-2]) & (flux >= ends[2:]) & (flux > smooth(flux, 12) * 1.3)


def beat_alignment(angles, onset):
    """How near movement's minima lie to onsets, 0 to 1 (Siyao et al. 2022, Bailando; as SadTalker reports it)."""
    speed = np.linalg.norm(np.diff(angles, axis=0), axis=1)
    beats = np.flatnonzero((speed[1:-1] < speed[:-2]) & (speed[1:-1] <= speed[2:])) + 1
    heard = np.flatnonzero(onset)
    if not len(beats) or not len(heard):
        return 0.0
    nearest = np.abs(beats[:, None] - heard).min(1)
    return float(np.exp(-(nearest**2) / (2 * BEAT**2)).mean())


def background_motion(image, mesh, frames):
    """How far the background moves, pixels: 99th percentile over places `FAR` outside the person.

    By how much colours change for what they change from one pixel to the next.

    Parameters
    ----------
    image : ndarray, (H, W, 3) uint8
        The photo.
    mesh : ndarray, (478, 2 or 3)
    frames : iterable of ndarray, (H, W, 3) uint8
    """
    matte, distance = cut_out(image, mesh), frame(mesh)[1]
    left, top, right, bottom = matte.box
    person = (matte.person[..., 3] > 8).astype(np.uint8)
    behind = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) > FAR * distance
    if not behind.any():
        return 0.0
    grey = lambda picture: cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_RGB2GRAY).astype(np.float32)
    photo = grey(image)
    slope = np.hypot(cv2.Sobel(photo, -1, 1, 0, scale=1 / 8), cv2.Sobel(photo, -1, 0, 1, scale=1 / 8)) + NOISE
    return float(np.percentile([np.abs(grey(one) - photo)[behind] / slope[behind] for one in frames], 99))


def measure_life(engine, data):
    """Life of held-out people's photos that say recordings of others, beside real speakers' quartiles."""
    from talking_face.data.real_speakers import real_speakers
    from talking_face.motion.library import Library

    mean, speakers = Library.load().mesh, list(real_speakers(data))
    gauge = BrowGauge.fit([one for one in speakers if not one.held_out], mean[list(pose.RIGID.values())])
    real = [describe(speaker.landmarks, gauge, speaker.log_mel) for speaker in speakers]
    sounds = [engine.speech(path) for path in sorted((data / "clips").glob("hdtf*.mp4"))]
    sounds = [speech for speech in sounds if speech.duration > LEAST_SECONDS]
    people = held_out_portraits(data)
    ours, gazes, still, flickers = [], [], [], []
    for seed in range(TAKES):
        name, path = people[seed % len(people)]
        portrait, speech = engine.portrait(path), sounds[seed % len(sounds)]
        frames = np.concatenate(list(engine.render(portrait, speech, seed=seed)))
        meshes = track_meshes(frames, first_face(frames[0])).astype(np.float64)
        landmarks = meshes[:, list(IBUG), :2]
        ours.append(describe(landmarks, gauge, speech.log_mel))
        gazes.append(describe_gaze(meshes, mean))
        steady = metrics.stabilise(frames, landmarks, landmarks[0], SIDE)
        flickers.append(metrics.flicker(steady, np.ones((SIDE, SIDE), bool)))
        still.append(background_motion(portrait.image, portrait.mesh, frames[::STEP]))
        print(f"  {name}: " + ", ".join(f"{key} {value:.2f}" for key, value in list(ours[-1].items())[::3]))
    results = _beside(ours, real) | _beside(gazes, list(gaze_of_real_speakers(data, mean)))
    results["inner brow, blendshape, correlation with labels of held-out people"] = round(
        gauge.agreement([one for one in speakers if one.held_out]), 3
    )
    results["flicker, steady head"] = round(float(np.mean(flickers)), 3)
    results["background's movement, pixels"] = round(float(np.max(still)), 3)
    return results


def _beside(ours, real):
    """Means of our figures with their 95 % intervals, and medians and quartiles of real speakers'."""
    results = {}
    for key in ours[0]:
        values = np.array([figures[key] for figures in ours])
        mean, error = values.mean(), CONFIDENCE * values.std(ddof=1) / np.sqrt(len(values))
        low, middle, high = np.percentile([figures[key] for figures in real], (25, 50, 75))
        results[key] = round(float(mean), 3)
        results[f"{key}, 95 % interval"] = f"{mean - error:.3g} to {mean + error:.3g}"
        results[f"{key}, real speakers"] = f"{middle:.3g} ({low:.3g} to {high:.3g})"
    return results
