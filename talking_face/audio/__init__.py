"""From any recording to speech: mono sound to hear, and the log-mel columns that the networks listen to.

    speech = load_speech("sentence.wav")
    speech.sound, speech.rate       # for the video
    speech.log_mel                  # for the networks, `COLUMNS_PER_FRAME` a video frame

- `reading`: any file to samples;
- `speech`: samples to `Speech`, with its level and what is to be said about it;
- `mel`: samples to log-mel.
"""

from talking_face.audio.mel import COLUMNS_PER_FRAME, N_MELS, SAMPLE_RATE, log_mel
from talking_face.audio.reading import read_sound
from talking_face.audio.speech import Speech, load_speech, loudness, resample, silent_speech

__all__ = [
    "COLUMNS_PER_FRAME",
    "N_MELS",
    "SAMPLE_RATE",
    "Speech",
    "load_speech",
    "log_mel",
    "loudness",
    "read_sound",
    "resample",
    "silent_speech",
]
