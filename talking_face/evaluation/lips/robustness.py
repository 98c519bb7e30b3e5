"""Lips under noise, on the telephone, in a room, and with little of what is still to come: other ways to be heard."""

import numpy as np

from talking_face.audio.mel import COLUMNS_PER_FRAME, HOP, SAMPLE_RATE, band_edges

NOISE = 10.0  # dB below the speech
TELEPHONE = 300.0, 3400.0  # Hz
BELOW = 6.0  # log10 power that a telephone takes from what it does not carry
DECAY = 0.5  # seconds in which a room's echo falls by 60 dB
ECHO = 0.3  # power of the echo, of the direct sound's
BEFORE, AHEAD = 80, 10  # frames heard before, and behind: 0.4 s
AT_ONCE = 5  # frames answered for at a time


def noisy(log_mel):
    """White noise `NOISE` dB below the speech: log-mel (4 T, 80) -> the same."""
    power = 10.0**log_mel
    loud = power.sum(1) > np.median(power.sum(1))
    # Bands, whose filters have equal areas, hold the density at their frequencies; their widths make it power.
    width = band_edges()[2:] - band_edges()[:-2]
    level = (power[loud].mean(0) @ width) / width.sum() / 10 ** (NOISE / 10)
    random = np.random.default_rng(0)
    return np.log10(power + level * random.gamma(4, 1 / 4, power.shape)).astype(np.float32)


def over_telephone(log_mel):
    """What a telephone carries: log-mel (4 T, 80) -> the same."""
    centres = band_edges()[1:-1]
    outside = (centres < TELEPHONE[0]) | (centres > TELEPHONE[1])
    return np.where(outside, np.maximum(log_mel - BELOW, -10), log_mel).astype(np.float32)


def in_room(log_mel):
    """Echo that dies away: log-mel (4 T, 80) -> the same."""
    columns = np.arange(1, int(DECAY * SAMPLE_RATE / HOP))
    tail = 10 ** (-6 * columns / len(columns))
    tail *= ECHO / tail.sum()
    power = 10.0**log_mel
    echo = sum(share * np.pad(power, ((k, 0), (0, 0)))[: len(power)] for k, share in zip(columns, tail))
    return np.log10(power + echo).astype(np.float32)


def conditions(model):
    """What is said of the condition -> log-mel (4 T, 80) -> a model's displacement of the landmarks (T, 68, 2)."""
    changed = {"with noise at 10 dB": noisy, "over a telephone": over_telephone, "in a room": in_room}
    predictors = {name: lambda log_mel, f=f: model.speech_shape(f(log_mel)) for name, f in changed.items()}
    return predictors | {"hearing 0.4 s ahead": with_little_ahead(model)}


def with_little_ahead(model):
    """A model's lips when no frame hears more than `AHEAD` frames of what follows it, as while somebody speaks.

    Parameters
    ----------
    model : motion.model.MotionModel

    Returns
    -------
    callable
        Log-mel (4 T, 80) -> (T, 68, 2). Level and colour of the recording are taken from the whole.
    """
    import torch

    from talking_face.motion.hearing import at_level, without_noise

    def predict(log_mel):
        frames = len(log_mel) // COLUMNS_PER_FRAME
        heard = at_level(without_noise(torch.from_numpy(np.ascontiguousarray(log_mel, np.float32))))
        out = []
        for frame in range(0, frames, AT_ONCE):  # the last of them hears least ahead, the first no more than AHEAD
            first, last = max(0, frame - BEFORE), min(frames, frame + AHEAD + 1)
            answers = model.say(heard[COLUMNS_PER_FRAME * first : COLUMNS_PER_FRAME * last])[:, : len(model.basis)]
            out.append(answers[frame - first :][:AT_ONCE])
        return (np.concatenate(out)[:frames] @ model.basis).reshape(-1, 68, 2)

    return predict
