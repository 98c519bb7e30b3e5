"""How well the baseline repaints held-out people, beside their still photo repeated."""

import numpy as np
import torch

from talking_face.evaluation import metrics
from talking_face.training.baseline.losses import mouth_weights
from talking_face.training.baseline.windows import make_window, whole_speech

SHOWN = 5  # frames of each clip in the picture of samples
SSIM_EVERY = 5  # frames


def whole_clip(clip, stabilise):
    """A clip from its first frame on, as `windows.make_window` gives it, with sound of just its length."""
    return make_window(clip, np.arange(len(clip.video)), whole_speech(clip), stabilise)


def validate_generator(generator, groups, stabilise, emotions, device):
    """Generate held-out clips and measure them.

    Parameters
    ----------
    generator : Generator
    groups : dict of str to list of Clip
        Kind of clips -> clips.
    stabilise : bool
        As in training.
    emotions : int
        That the generator chooses from.
    device : torch.device

    Returns
    -------
    numbers : dict of str to float
        PSNR of the whole picture and around the mouth, SSIM, and how the mouth follows the sound, of each kind, and of
        its still photos; means over clips.
    picture : ndarray, (H, W, 3) uint8
        Rows of photo, real frames and, below them, made ones.
    """
    numbers, rows = {}, []
    for kind, clips in groups.items():
        scores = []
        for clip in clips:
            image, speech, emotion, _, real, mouth = whole_clip(clip, stabilise)
            one_hot = torch.eye(emotions, device=device)[emotion : emotion + 1]
            inputs = [torch.from_numpy(x)[None].to(device) for x in (image, speech)]
            made = to_pictures(torch.cat(list(generator.stream(*inputs, one_hot)), 1)[0].cpu().numpy())
            photo, real = to_pictures(image[None]), to_pictures(real)
            near = mouth_weights(torch.from_numpy(mouth)[None], real.shape[1])[0, 0, 0].numpy() > 0.5
            still = np.broadcast_to(photo, real.shape)
            scores.append([*compare(made, real, near), follows(made, real, near), *compare(still, real, near)])
            shown = np.linspace(0, len(real) - 1, SHOWN).astype(int)
            rows.append(np.hstack([photo[0], *real[shown]]))
            rows.append(np.hstack([np.zeros_like(photo[0]), *made[shown]]))
        measures = ("PSNR", "PSNR mouth", "SSIM")
        names = [*measures, "mouth follows", *(f"{measure} of the still photo" for measure in measures)]
        numbers |= {f"{name}, {kind}": float(value) for name, value in zip(names, np.mean(scores, 0))}
    return numbers, np.vstack(rows)


def compare(made, real, near):
    """PSNR of the whole and of the pixels `near` the mouth, dB, and SSIM, of videos (T, H, W, 3) uint8."""
    ssim = np.mean([metrics.ssim(a, b) for a, b in zip(made[::SSIM_EVERY], real[::SSIM_EVERY])])
    return metrics.psnr(made, real), metrics.psnr(made, real, near), ssim


def follows(made, real, near):
    """How far the mouth moves as the real one does: correlation of what changes there over time, 0 for a still."""
    made, real = (video[:, near] - video[:, near].mean(0) for video in (made, real))
    return float((made * real).sum() / max(np.sqrt((made**2).sum() * (real**2).sum()), 1e-9))


def to_pictures(video):
    """(T, 3, H, W) in [-1, 1] -> (T, H, W, 3) uint8."""
    return ((video.transpose(0, 2, 3, 1) + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
