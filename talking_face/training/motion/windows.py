"""Random windows of sound and motion, what the motion networks train on."""

from collections import defaultdict

import numpy as np
import torch

from talking_face.audio import COLUMNS_PER_FRAME
from talking_face.face.geometry import BROWS, LEFT_EYE, RIGHT_EYE, lip_opening
from talking_face.motion.hearing import at_level, without_noise
from talking_face.training.motion.augmentation import augment_log_mel, mask

AROUND = 50  # frames before and behind a window
STILL = np.concatenate([BROWS, RIGHT_EYE, LEFT_EYE])  # left to emotion and blinks


def speech_motion(recording, resting):
    """Displacement of lips, jaw and nose from the speaker's resting face: (T, 68, 2) float32."""
    motion = recording.landmarks - resting[recording.speaker]
    motion[:, STILL] = 0
    return motion.astype(np.float32)


def nothing(log_mel):
    """A teacher who says nothing: log-mel (4 T, mels) -> ndarray (T, 0)."""
    return np.zeros((len(log_mel) // COLUMNS_PER_FRAME, 0), np.float16)


class WindowSampler:
    """Random training windows, balanced over sources and speakers, each speaker as lively as the median of the group.

    Within a group of sources, speakers are drawn by the square root of their minutes, each recording weighed by how
    sure its sync is. How far one person of many opens the lips no sound tells, but how far a group of them does, such
    as those who read the news, it may.

    Parameters
    ----------
    recordings : list of Recording
    resting : dict
        Speaker -> resting face.
    basis : ndarray, (K, 136)
        Directions of motion that coefficients are taken along.
    window : int
        Frames.
    shares : dict
        How often each group of sources is drawn; groups that are not named, or have no recordings, are not.
    teacher : callable, optional
        Log-mel (4 T, 80) -> ndarray (T, D), what is to be foreseen.

    Attributes
    ----------
    spread : float
        The median speaker's standard deviation of lip opening, face units.
    """

    def __init__(self, recordings, resting, basis, window, shares, teacher=nothing):
        self.window, self.components = window, len(basis)
        openings = defaultdict(list)
        for recording in recordings:
            openings[recording.source_group, recording.speaker].append(lip_opening(recording.landmarks))
        spread = {speaker: np.concatenate(parts).std() for speaker, parts in openings.items()}
        self.spread = float(np.median(list(spread.values())))
        usual = {group: np.median([spread[one] for one in spread if one[0] == group]) for group, _ in spread}
        groups = defaultdict(lambda: defaultdict(list))
        coefficients_of = np.linalg.pinv(basis)  # the transpose of a basis that is orthonormal
        for recording in recordings:
            group = recording.source_group
            scale = np.clip(usual[group] / spread[group, recording.speaker], 0.5, 2)
            target = (speech_motion(recording, resting) * scale).reshape(-1, 136) @ coefficients_of
            groups[group][recording.speaker].append(
                (recording.log_mel, target.astype(np.float32), recording.confidence, teacher(recording.log_mel))
            )
        names = [name for name in groups if shares.get(name)]
        self.groups = [list(groups[name].values()) for name in names]  # of each speaker's recordings
        self.shares = proportions([shares[name] for name in names])
        self.deep = self.groups[0][0][0][-1].shape[1]
        weight = lambda parts: np.sqrt(sum(confidence * len(target) for _, target, confidence, _ in parts))
        self.speaker_shares = [proportions([weight(parts) for parts in speakers]) for speakers in self.groups]

    def batch(self, size, random):
        """Mel (B, 4 W, 80), coefficients (B, W, K), valid (B, W), what the teacher says (B, W, D) of the sounds.

        Float32 tensors; sounds augmented, the teacher hears them as they are.
        """
        mels = np.zeros((size, COLUMNS_PER_FRAME * self.window, 80), np.float32)
        targets = np.zeros((size, self.window, self.components), np.float32)
        valid = np.zeros((size, self.window), np.float32)
        deep = np.zeros((size, self.window, self.deep), np.float32)
        for i in range(size):
            log_mel, target, *_, said = self._recording(random)
            frames = min(len(target), self.window)
            first = random.integers(0, len(target) - frames + 1)
            # The level is that of a stretch around, as much as a person records.
            start = max(0, first - AROUND)
            around = log_mel[COLUMNS_PER_FRAME * start : COLUMNS_PER_FRAME * (first + frames + AROUND)]
            log_mel = heard(augment_log_mel(around, random, self._voice))
            columns = slice(COLUMNS_PER_FRAME * (first - start), COLUMNS_PER_FRAME * (first - start + frames))
            mels[i, : COLUMNS_PER_FRAME * frames] = mask(log_mel[columns].copy(), random)
            targets[i, :frames] = target[first : first + frames]
            valid[i, :frames] = 1
            deep[i, :frames] = said[first : first + frames]
        return tuple(torch.from_numpy(array) for array in (mels, targets, valid, deep))

    def _recording(self, random):
        group = random.choice(len(self.groups), p=self.shares)
        parts = self.groups[group][random.choice(len(self.groups[group]), p=self.speaker_shares[group])]
        return parts[random.choice(len(parts), p=proportions([part[2] for part in parts]))]

    def _voice(self, random):
        return self._recording(random)[0]


def heard(log_mel):
    """A log-mel as it is heard in use: (T, mels), log10 power -> ndarray (T, mels) float32."""
    return at_level(without_noise(torch.from_numpy(np.ascontiguousarray(log_mel)))).numpy()


def proportions(weights):
    """Weights as shares of their sum: (N,)."""
    return np.asarray(weights, float) / np.sum(weights)
