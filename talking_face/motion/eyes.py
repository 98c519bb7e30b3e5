"""Blinks and gaze: when eyes close, and where they look."""

import numpy as np

from talking_face.media.frame_rate import FPS

# Closing of the lids in a blink, 25 a second: the median of 641 blinks of real speakers, shut for a frame more.
CURVE = np.array([0.12, 0.7, 1.0, 0.97, 0.6, 0.3, 0.15, 0.06])
PAUSE_BETWEEN = 3.3  # seconds from one blink to the next, on average
SHORTEST = 0.7  # seconds
TWICE = 0.12  # share of blinks that another follows at once
NEAR = 0.7  # seconds within which a blink waits for a pause, a turn or a glance
STRONG = 0.4  # strength of accents that it waits for, too
HOLDS = 0.92  # share of the head's turn that the eyes undo to stay with the viewer
GLANCES = 0.13  # a second, on average
PAUSING, SPEAKING, BEFORE_PHRASE = 1.6, 0.8, 2  # factors of that: more where thinking goes on
THINKING = 8  # frames before a phrase that are such
FIRST_GLANCE, REST = 0.8, 0.7  # seconds before the first, and after each
AWAY = 4.0, 11.0  # degrees aside, up or down half of that
LASTS = 0.35, 1.1  # seconds
FIXATION = 0.5, 1.8  # seconds between small jumps while the viewer is looked at
JUMP = 0.6  # degrees, standard deviation
SACCADE = np.array([0.35, 0.85])  # how far the eye has got one frame and two frames after it left
MOST = np.array([13.0, 8.0])  # degrees right and down that eyes turn


def gaze(pose, prosody, random):
    """Where the eyes look, relative to the head's own direction.

    Parameters
    ----------
    pose : ndarray, (T, >= 2)
        Yaw and pitch of the head, degrees.
    prosody : prosody.Prosody
    random : numpy.random.Generator

    Returns
    -------
    turn : ndarray, (T, 2) float32
        Right and down, degrees, as `deformable.eyes.Eyes` takes it.
    glances : ndarray, (G,) int
        Frames in which the eyes leave the viewer or come back.
    """
    target = _fixations(len(pose), random)
    moves = _glance(target, prosody, random)
    held = HOLDS * np.stack([-pose[:, 0], pose[:, 1]], 1)
    turn = MOST * np.tanh((held + _with_saccades(target)) / MOST)
    return turn.astype(np.float32), np.array(moves, int)


def _fixations(frames, random):
    """Where eyes look that stay with the viewer, in small jumps: (frames, 2), degrees."""
    target, frame = np.zeros((frames, 2)), 0
    while frame < frames:
        last = frame + int(random.uniform(*FIXATION) * FPS)
        target[frame:last] = random.normal(0, JUMP, 2)
        frame = last
    return target


def _glance(target, prosody, random):
    """Let eyes look away now and then, in place; the frames in which they leave the viewer or come back."""
    chance = GLANCES / FPS * np.where(prosody.pause, PAUSING, SPEAKING)
    chance[[f for phrase in prosody.phrases for f in range(max(0, phrase - THINKING), phrase)]] *= BEFORE_PHRASE
    moves, frame = [], int(FIRST_GLANCE * FPS)
    while frame < len(target):
        if random.random() < chance[frame]:
            last = frame + int(random.uniform(*LASTS) * FPS)
            aside = random.uniform(*AWAY) * random.choice([-1, 1])
            target[frame:last] = aside, random.choice([-0.5, 0.5]) * random.uniform(0, AWAY[1])
            moves += [frame, last]
            frame = last + int(REST * FPS)
        frame += 1
    return moves


def _with_saccades(target):
    """Eyes that need some frames for each jump: (T, 2) -> (T, 2)."""
    smooth = target.copy()
    for jump in np.flatnonzero((np.diff(target, axis=0) != 0).any(1)) + 1:
        for late, done in enumerate(SACCADE[: len(target) - jump]):
            smooth[jump + late] = target[jump - 1] + done * (target[jump] - target[jump - 1])
    return smooth


def blinks(frames, prosody, glances, random):
    """Closing of the eyes, 0 to 1: (frames,) float32; often where a phrase ends, or the eyes or the head turn."""
    closed = np.zeros(frames + 2 * len(CURVE))
    # Neither at the very beginning, nor all at the same distance.
    moment = random.uniform(0.5, 2.5)
    strong = prosody.accents[prosody.strength > STRONG]
    good = np.sort(np.concatenate([prosody.ends, prosody.phrases - 3, glances, strong])) / FPS
    while moment * FPS < frames:
        near = good[np.abs(good - moment) < NEAR] if len(good) else good
        if len(near) and random.random() < 0.75:
            moment = float(near[np.abs(near - moment).argmin()])
        _blink(closed, moment, random)
        if random.random() < TWICE:
            moment += random.uniform(0.36, 0.5)
            _blink(closed, moment, random)
        moment += SHORTEST + random.gamma(2.0, (PAUSE_BETWEEN - SHORTEST) / 2.0)
    return closed[:frames].astype(np.float32)


def _blink(closed, moment, random):
    """Add one, a little faster or slower, seldom not quite shut; in place."""
    length = random.uniform(0.9, 1.35)
    depth = 1.0 if random.random() < 0.85 else random.uniform(0.75, 0.95)
    curve = np.interp(np.arange(int(len(CURVE) * length)) / length, np.arange(len(CURVE)), CURVE)
    first = max(0, int(moment * FPS))
    part = closed[first : first + len(curve)]
    np.maximum(part, depth * curve[: len(part)], out=part)
