"""What light, cameras and compression do to a crop."""

from functools import cache

import cv2
import numpy as np


@cache
def _noise():
    """Fine and coarse noise to cut pieces from, (320, 320, 3) float32 each."""
    random = np.random.default_rng(0)
    fine = random.normal(0, 1, (320, 320, 3)).astype(np.float32)
    coarse = cv2.GaussianBlur(random.normal(0, 1, (320, 320, 3)).astype(np.float32), (0, 0), 1.2)
    return fine, coarse / coarse.std()


def relight(crop, random):
    """Light from one side, or falling in patches."""
    size = crop.shape[0]
    if random.random() < 0.6:
        angle = random.uniform(0, 2 * np.pi)
        line = np.linspace(-1, 1, 9, dtype=np.float32)
        ramp = np.cos(angle) * line[None] + np.sin(angle) * line[:, None]
        edge = random.uniform(0.7, 4)  # soft or hard
        ramp = np.tanh(edge * (ramp - random.uniform(-0.5, 0.5)))
        field = np.exp(random.uniform(0.2, 1.0) * ramp)
    else:
        field = np.exp(random.normal(0, random.uniform(0.15, 0.5), (4, 4)).astype(np.float32))
    field = cv2.resize(field.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    tint = 1 + random.normal(0, 0.08, 3) if random.random() < 0.4 else np.ones(3)
    return cv2.multiply(crop, cv2.merge([field * np.float32(t) for t in tint]), dtype=cv2.CV_8U)


def expose(crop, random, hard):
    """Brightness, contrast, gamma and colour cast in one table of 256 values a channel."""
    x = np.arange(256, dtype=np.float32) / 255
    gamma = np.exp(random.normal(0, 0.35))
    gain = np.exp(random.normal(0, 0.2))
    if hard and random.random() < 0.5:  # dark, or burnt out
        gain *= random.uniform(0.06, 0.5) if random.random() < 0.75 else random.uniform(1.5, 2.6)
    contrast, level = np.exp(random.normal(0, 0.15)), random.normal(0, 0.05)
    curve = (gain * x**gamma - 0.4) * contrast + 0.4 + level
    cast = np.exp(random.normal(0, 0.12 if random.random() < 0.5 else 0.03, 3))
    table = np.clip(curve[:, None] * cast * 255, 0, 255).astype(np.uint8)
    return cv2.LUT(crop, table[None])


def soften(crop, random):
    """Out of focus, moved, or enlarged from few pixels."""
    size = crop.shape[0]
    way = random.random()
    if way < 0.4:
        return cv2.GaussianBlur(crop, (0, 0), random.uniform(0.4, 0.022 * size))
    if way < 0.55:
        length = int(random.integers(2, max(3, size // 16) + 1))
        kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
        angle = random.uniform(0, np.pi)
        reach = length * np.array([np.cos(angle), np.sin(angle)])
        middle = np.array([length, length])
        cv2.line(kernel, *(tuple(np.rint(middle + s * reach / 2).astype(int).tolist()) for s in (-1, 1)), 1)
        return cv2.filter2D(crop, -1, kernel / kernel.sum())
    small = max(12, int(size * random.uniform(0.22, 0.8)))
    ways = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)
    down = cv2.resize(crop, (small, small), interpolation=ways[random.integers(2)])
    if random.random() < 0.4:
        down = compress(down, random)
    return cv2.resize(
        down, (size, size), interpolation=ways[random.integers(1, 4)] if random.random() < 0.9 else ways[3]
    )


def compress(crop, random):
    """JPEG."""
    quality = int(random.integers(12, 80))
    return cv2.imdecode(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def add_noise(crop, random):
    """Noise of a sensor, in colour or grey."""
    size = crop.shape[0]
    bank = _noise()[int(random.random() < 0.4)]
    top, left = random.integers(0, 320 - size, 2)
    strength = random.uniform(1, 8) if random.random() < 0.7 else random.uniform(8, 22)
    noise = bank[top : top + size, left : left + size] * np.float32(strength)
    if random.random() < 0.3:
        noise = np.repeat(noise[..., :1], 3, 2)
    return cv2.add(crop, noise, dtype=cv2.CV_8U)


def photograph(crop, random, strength=1.0):
    """All of it, each with its chance. (S, S, 3) uint8 -> the same."""
    if random.random() < 0.15:
        return crop
    hard = random.random() < 0.4 * strength
    if random.random() < 0.45 * strength:
        crop = relight(crop, random)
    if random.random() < 0.8:
        crop = expose(crop, random, hard)
    if random.random() < 0.12:
        crop = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if random.random() < 0.35 * strength:
        crop = soften(crop, random)
    if random.random() < 0.35 * strength:
        crop = add_noise(crop, random)
    if random.random() < 0.2 * strength:
        crop = compress(crop, random)
    return crop
