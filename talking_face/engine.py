"""The steps tied together, once, for the command line, the demo, the evaluation and the benchmarks alike.

    engine = TalkingFace.load("deformable")
    portrait = engine.portrait("selfie.jpg")     # the slow part, once a photo
    speech = engine.speech("sentence.wav")       # once a recording
    for frames in engine.render(portrait, speech, emotion="happiness"):
        ...                                      # (T, H, W, 3) uint8, RGB

Which network makes the frames is the generator's affair: anything with a method `frames` like that of
`deformable_generator.DeformableGenerator`.
"""

from talking_face.emotions import EMOTIONS, parse_emotion
from talking_face.errors import ChoiceError

MODELS = ("deformable",)
MAX_INTENSITY = 1.5

__all__ = ["EMOTIONS", "MODELS", "TalkingFace", "parse_emotion"]


class TalkingFace:
    """Photo, recording and emotion in; frames out. Make one with `TalkingFace.load`.

    Parameters
    ----------
    generator : object
        Makes the frames.
    """

    def __init__(self, generator):
        self.generator = generator

    @classmethod
    def load(cls, model="deformable"):
        """Load a generator and all that belongs to it.

        Parameters
        ----------
        model : str
            One of `MODELS`.

        Raises
        ------
        ChoiceError
            No model has that name.
        CheckpointError
            Its weights are missing or damaged.
        """
        if model not in MODELS:
            raise ChoiceError(f"The model {model!r} is not known; please choose one of {', '.join(MODELS)}.")
        from talking_face.deformable_generator import DeformableGenerator

        return cls(DeformableGenerator.load())

    def portrait(self, image, max_side=1280):
        """Find the face in a photo; see `portrait.find_portrait`."""
        from talking_face.portrait import find_portrait

        return find_portrait(image, max_side)

    def speech(self, audio, max_seconds=60):
        """Read a recording; see `audio.load_speech`."""
        from talking_face.audio import load_speech

        return load_speech(audio, max_seconds)

    def render(self, portrait, speech, emotion="neutral", intensity=1.0, seed=0, crop=False):
        """Make the video's frames.

        Parameters
        ----------
        portrait : Portrait
        speech : Speech
        emotion : str
            Any name that `parse_emotion` knows.
        intensity : float
            Strength of the emotion, 0 to 1.5.
        seed : int
            Of blinks and head sway.
        crop : bool
            Render the canonical 256 px crop instead of the whole photo.

        Yields
        ------
        ndarray, (T, H, W, 3) uint8
            Consecutive frames, RGB, 25 a second; memory does not grow with the recording.

        Raises
        ------
        ChoiceError
            Unknown emotion, or an intensity out of range.
        """
        emotion = parse_emotion(emotion)
        if not 0 <= intensity <= MAX_INTENSITY:
            raise ChoiceError(f"The intensity {intensity:g} is out of range; please choose 0 to {MAX_INTENSITY}.")
        return self.generator.frames(portrait, speech, emotion, intensity, seed, crop)

    def write(self, path, portrait, speech, emotion="neutral", intensity=1.0, seed=0, crop=False, progress=None):
        """Render and write an MP4.

        Parameters
        ----------
        path : path
        progress : callable, optional
            Called with (frames done, frames in all) after each chunk.

        Returns
        -------
        video.Written

        Raises
        ------
        OutputError
            The file cannot be written; nothing is left behind.
        """
        from talking_face.ahead import ahead
        from talking_face.video import write_video

        frames = self.render(portrait, speech, emotion, intensity, seed, crop)
        if progress:
            frames = _reporting(frames, progress, speech.frames)
        return write_video(path, ahead(frames), speech.sound, speech.rate)


def _reporting(chunks, progress, total):
    """Pass chunks on, reporting how many frames have gone by."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        progress(done, total)
