"""Grey, sepia and other one-toned photos: what is painted into them must have their tone, not the colours of a mouth.

The painter learnt from photos in colour, nearly all, and paints grey photos teal teeth and red lips.
"""

import torch

# Of 1,213 portraits the 25 grey ones leave nothing over (to 1e-14), and the least colourful of the others 2.0.
TONED, COLOURED = 1.0 / 255, 2.0 / 255


def tone_of(picture):
    """How colour follows from brightness in a one-toned picture.

    Parameters
    ----------
    picture : Tensor, (1, 3, H, W)
        Colours, 0 to 1.

    Returns
    -------
    curves : Tensor, (3, 3)
        Coefficients of 1, brightness and its square (rows) for each channel's distance from brightness (columns).
    share : float
        1 for a one-toned picture, 0 for one in colour.
    """
    brightness, distance = _split(picture.movedim(1, -1).reshape(-1, 3))
    powers = _powers(brightness)
    curves = torch.linalg.lstsq(powers, distance).solution
    left_over = float((distance - powers @ curves).std())
    return curves, min(1.0, max(0.0, (COLOURED - left_over) / (COLOURED - TONED)))


def toned(colour, curves, share):
    """Give pictures a tone: (B, 3, H, W), and what `tone_of` returns, -> (B, 3, H, W)."""
    if not share:
        return colour
    brightness, _ = _split(colour.movedim(1, -1))
    return colour.lerp((brightness + _powers(brightness) @ curves).movedim(-1, 1), share)


def _split(colour):
    """(..., 3) -> brightness (..., 1) and each channel's distance from it (..., 3)."""
    brightness = colour.mean(-1, keepdim=True)
    return brightness, colour - brightness


def _powers(brightness):
    return torch.cat([torch.ones_like(brightness), brightness, brightness.square()], -1)
