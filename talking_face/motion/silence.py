"""Lips that are shut where nobody speaks for long, whatever a network makes of the room's noise."""

import numpy as np

from talking_face.audio.prosody import speech_level
from talking_face.face.geometry import smoothstep

DEPTH = 4.0  # log10 power below the loudest speech, where even the quietest room begins
QUIET = 2.5  # below it, nobody speaks in a room as quiet
SHARE, MOST = 0.3, 0.9  # of the way from a louder room's noise to speech; and never less below the loudest than that
LONG = 25  # frames; in shorter pauses lips wait for what comes, as people's do
STAYS, CLOSES, OPENS = 3, 7, 5  # frames after speech ends, that shutting takes, and in which lips part before speech


def speaking(log_mel):
    """How far lips may follow the sound: 1, and 0 inside long silences.

    Parameters
    ----------
    log_mel : ndarray, (4 T, 80)
        log10 mel power.

    Returns
    -------
    ndarray, (T,) float32
    """
    level = speech_level(log_mel)
    frames = len(level)
    loudest = np.quantile(level, 0.97)
    noise = max(np.quantile(level, 0.05), loudest - DEPTH)
    threshold = min(max(loudest - QUIET, noise + SHARE * (loudest - noise)), loudest - MOST)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], level < threshold, [False]]).astype(int)))
    open_, time = np.ones(frames, np.float32), np.arange(frames)
    for first, last in zip(edges[::2], edges[1::2]):
        if last - first >= LONG:
            shuts = smoothstep((time - first - STAYS) / CLOSES) if first else np.ones(frames)
            opens = smoothstep((time - last) / OPENS + 1) if last < frames else np.zeros(frames)
            open_ = np.minimum(open_, np.maximum(1 - shuts, opens))
    return open_.astype(np.float32)
