"""Head and brows of a speaker: pieces of real people's movement, chosen and retimed to how a recording is spoken.

Unit selection, as in concatenative speech synthesis (Hunt & Black 1996): each piece is one whose speaker was loud and
silent at about the same times, and whose beginning is near to where the head is. On top come nods and raised brows on
stressed syllables. What is chosen never drifts, as all pieces deviate from a recording's mean, and never repeats soon,
as what was played is avoided.
"""

import numpy as np

from talking_face.audio.prosody import AVERAGE_ACCENT, smooth
from talking_face.face.geometry import smoothstep
from talking_face.media.frame_rate import FPS
from talking_face.motion.library import CHANNELS, MIRRORED

PIECE = 1.2, 2.6  # seconds: shortest and longest piece
STRIDE = 3  # frames between the beginnings of pieces
JOIN = 0.8  # seconds over which a piece takes over from the one before
DRAG = 0.12  # seconds in which the difference to its speed dies away
# What distances cost where pieces join, in squared standard deviations, against loudness that differs throughout.
JOIN_COST, SPEED_COST, SOUND_COST, USED_COST, LUCK = 0.3, 0.25, 6.0, 4.0, 0.35
EARLY = 5  # frames that a turn begins before the phrase does
MEMORY = 90.0  # seconds for which what was played is avoided
REST = 0.3  # share of its speed that movement loses in pauses
# What a nod on an average accent does to the channels, and a raise of the brows.
NOD = np.array([0.0, -1.0, 0.0, 0.0, 0.022, 0.0, 0.0, 0.0], np.float32)
BROWS = np.array([0.0, 0.5, 0.0, 0.0, -0.006, 0.0, 0.11, 0.09], np.float32)
NODS, RAISES = 0.5, 0.25  # share of accents that get one
STROKE = 0.13, 0.22  # seconds that a nod takes down and up again: widths of its two halves
HOLD = 0.18, 0.3  # and raised brows


def head_motion(library, prosody, random, rate=1.0):
    """Movement of head and brows.

    Parameters
    ----------
    library : library.Library
    prosody : prosody.Prosody
        Of T frames.
    random : numpy.random.Generator
    rate : float or ndarray, (T,)
        Speed of movement, 1 as in the library.

    Returns
    -------
    ndarray, (T, 8) float32
        `library.CHANNELS`, beginning at 0.
    """
    frames = len(prosody.loudness)
    speed = np.broadcast_to(rate, frames) * (1 - REST * smooth(prosody.pause.astype(float), 4))
    return _selected(library, prosody, speed, random) + _gestures(prosody, random)


def _selected(library, prosody, speed, random):
    """Pieces of the library, one after another: (T, 8) float32."""
    frames, channels = len(prosody.loudness), library.track.shape[1]
    pieces, out = _Pieces(library), np.zeros((frames, channels), np.float32)
    at, velocity, first = np.zeros(channels), np.zeros(channels), 0  # where the last piece has led
    while first < frames:
        last = _end(prosody, first, random)
        clock = np.concatenate([[0], np.cumsum(speed[first : last - 1])])  # library frames
        piece = pieces.choose(clock, prosody.loudness[first:last], at, velocity, first, random)
        piece = _joined(piece, at, velocity)
        out[first:last] = piece
        if last - first > 1:
            velocity = piece[-1] - piece[-2]
        at, first = piece[-1] + velocity, last
    return out


class _Pieces:
    """The pieces that a library offers, as they are and mirrored, and when each was last played."""

    SIDES = np.stack([np.ones_like(MIRRORED), MIRRORED])

    def __init__(self, library):
        self.track, self.loudness = library.track, library.loudness
        change = np.gradient(self.track, axis=0)
        self.starts = np.flatnonzero(library.left > PIECE[0] * FPS * 1.5)[::STRIDE]
        self.left = library.left[self.starts]
        # Place and speed at the beginnings, so that their squared distance is what a join costs.
        scale = np.concatenate([np.sqrt(JOIN_COST) / self.track.std(0), np.sqrt(SPEED_COST) / change.std(0)])
        self.scale = scale.astype(np.float64) / np.sqrt(self.track.shape[1])
        self.states = np.concatenate([self.track[self.starts], change[self.starts]], 1) * self.scale
        self.lengths = (self.states**2).sum(1)
        self.energy = np.concatenate([[0], np.cumsum(self.loudness.astype(np.float64) ** 2)])
        self.used = np.full(len(self.track), -np.inf)

    def choose(self, clock, loudness, at, velocity, first, random):
        """The cheapest piece: (n, 8).

        Parameters
        ----------
        clock : ndarray, (n,)
            Library frames from the piece's beginning to each frame wanted.
        loudness : ndarray, (n,)
            Of the recording in these.
        at, velocity : ndarray, (8,)
            Where the head is, and how it moves a frame.
        first : int
            The first frame's index.
        random : numpy.random.Generator
        """
        need = int(clock[-1]) + 2
        heard = np.interp(np.arange(need), clock, loudness)
        fit = np.flatnonzero(self.left >= need + 1)
        if not len(fit):  # then the longest, which ends before
            fit, need = self.left.argmax(keepdims=True), self.left.max() - 1
            heard = heard[:need]
        cost = self._cost(self.starts[fit], heard, first, random)
        here = np.concatenate([at, velocity]) * self.scale
        # The squared distance, but for what is the same for all.
        near = self.lengths[fit] - 2 * (self.states[fit] @ (np.tile(self.SIDES, 2) * here).T).T
        side, best = np.unravel_index(np.argmin(cost + near), (2, len(fit)))
        start = self.starts[fit][best]
        self.used[max(0, start - need) : start + need] = first
        return self.SIDES[side] * _between(self.track, np.minimum(start + clock, start + need))

    def _cost(self, starts, heard, first, random):
        """What pieces cost by themselves: loudness that differs, having been played lately, and luck; (P,)."""
        need, both = len(heard), np.correlate(self.loudness, heard)[starts]
        sound = (self.energy[starts + need] - self.energy[starts] + (heard**2).sum() - 2 * both) / need
        recent = np.clip(1 - (first - self.used[starts]) / FPS / MEMORY, 0, 1)
        return SOUND_COST * sound + USED_COST * recent + LUCK * random.gumbel(size=len(starts))


def _joined(piece, at, velocity):
    """A piece that begins where and as the one before led; the difference dies away, so that nothing jumps."""
    time = np.arange(len(piece))[:, None] / FPS
    faster = velocity - (piece[1] - piece[0] if len(piece) > 1 else 0)
    drag = at - piece[0] + faster * time * FPS * np.exp(-time / DRAG)
    return piece + drag * (1 - smoothstep(time / JOIN))


def _end(prosody, first, random):
    """Where a piece that begins at a frame gives way to the next: before a phrase, if one begins in good time."""
    frames = len(prosody.loudness)
    shortest, longest = (first + int(seconds * FPS) for seconds in PIECE)
    if longest >= frames:
        return frames
    phrases = prosody.phrases
    fit = phrases[(phrases >= shortest) & (phrases <= longest)]
    if not len(fit):
        return int(random.integers(shortest, longest))
    return max(shortest, int(fit[random.integers(len(fit))]) - EARLY)


def _between(track, places):
    """A track between its frames, by cubic interpolation (Catmull & Rom 1974)."""
    whole = places.astype(int)
    t = (places - whole)[:, None].astype(np.float32)
    a, b, c, d = (track[np.clip(whole + k, 0, len(track) - 1)] for k in (-1, 0, 1, 2))
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def _gestures(prosody, random):
    """Nods and raised brows on accents: (T, 8) float32."""
    frames = len(prosody.loudness)
    out = np.zeros((frames, len(CHANNELS)), np.float32)
    time = np.arange(frames) / FPS
    ready_to_nod = ready_to_raise = -1.0
    for accent, strength in zip(prosody.accents / FPS, prosody.strength / AVERAGE_ACCENT):
        size = np.clip(strength, 0.4, 1.8) * random.uniform(0.7, 1.3)
        if random.random() < NODS * strength and accent > ready_to_nod:
            out += np.outer(size * _pulse(time - accent, *STROKE), NOD)
            ready_to_nod = accent + random.uniform(0.3, 0.8)
        if random.random() < RAISES * strength and accent > ready_to_raise:
            out += np.outer(size * _pulse(time - accent, *HOLD), BROWS)
            ready_to_raise = accent + random.uniform(0.8, 2.5)
    return out


def _pulse(time, before, after):
    """1 at 0, smoothly 0 a few widths before and after."""
    return np.exp(-0.5 * (time / np.where(time < 0, before, after)) ** 2)
