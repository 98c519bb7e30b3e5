"""How blurred a photo is, so that what is drawn into it can be as blurred."""

import cv2
import numpy as np

SIZE = 512  # pixels, side of the canonical crop in which a photo is looked at in detail
FACE = slice(170, 430), slice(120, 392)  # its rows and columns of the face
STRONGEST = 6000  # pixels whose edges count
# Sharp portraits, blurred on purpose: strength of edges of 1 pixel, of those of 3; standard deviation, pixels.
RATIOS = 0.144, 0.193, 0.245, 0.341, 0.446, 0.697, 0.778
BLURS = 3.0, 2.0, 1.5, 1.0, 0.7, 0.4, 0.0


def blur_of(picture):
    """Standard deviation of a photo's blur, 0 to 3 pixels of its canonical crop (512, 512, 3) uint8."""
    grey = cv2.cvtColor(picture[FACE], cv2.COLOR_RGB2GRAY).astype(np.float32)
    one, two, four = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (1, 2, 4))
    fine, coarse = (np.sort(np.abs(edges).ravel())[-STRONGEST:].mean() for edges in (grey - one, two - four))
    return float(np.interp(fine / max(coarse, 1e-3), RATIOS, BLURS))
