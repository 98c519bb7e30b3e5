"""A person cut out of a small picture by GrabCut (Rother et al. 2004), seeded by the face."""

import cv2
import numpy as np

SIDE = 28  # pixels an eye distance, in which the cut is made
ROUNDS = 3  # of GrabCut
LARGEST = 1.9  # radius of the largest head of hair, in those of a face
CONTRAST = 9.0  # Lab units between both sides of an edge that is surely seen
UNLIKE = 3.5  # deviations from the background beside the face beyond which what is below the jaw is clothes
COLLAR = 0.45  # eye distances above the chin where clothes can begin,
SHOULDER = 1.0  # and where they can if they go on down to there, as shoulders of those who lean forward do,
NOTCH = 4, 8  # and pixels from the person and from clothes that lie there to what is a shoulder between both
GRAIN = 4.0  # Lab units that every background varies by


def seed(face, oval, chin):
    """GrabCut's labels: places (h, w, 2) in eye distances, the face's outline in pixels, the chin's height."""
    x, y = np.abs(face[..., 0]), face[..., 1]
    crown = (np.hypot(x / 1.7, (y - 0.2) / 2.1) < 1) & (y < chin + 0.3)
    shoulders = (y > chin) & (x < 0.7 + 1.1 * (y - chin))
    far = (np.hypot(x / 2.8, (y - 0.3) / 3.1) > 1) & (y < chin + 0.2)
    seeds = np.where(crown | shoulders, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[far] = cv2.GC_BGD
    inside = np.zeros(seeds.shape, np.uint8)
    cv2.fillPoly(inside, [np.rint(oval).astype(np.int32)], 1)
    neck = (x < 0.5) & (y > chin - 0.3) & (y < chin + 0.6)
    chest = (x < np.minimum(0.4 + 1.8 * (y - chin - 0.45), 1.6)) & (y > chin + 0.5)
    seeds[(inside > 0) | neck | chest] = cv2.GC_FGD
    return seeds


def grab(small, seeds):
    """The person's pixels, one piece without holes: (h, w) bool."""
    if not np.isin(seeds, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return np.ones(seeds.shape, bool)
    smooth = cv2.bilateralFilter(small, 5, 20, 3)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    mask, *_ = cv2.grabCut(smooth, seeds.copy(), None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    person = cv2.morphologyEx(cv2.morphologyEx(person, cv2.MORPH_OPEN, ball), cv2.MORPH_CLOSE, ball)
    _, pieces = cv2.connectedComponents(person)
    person = pieces == np.bincount(pieces[seeds == cv2.GC_FGD]).argmax()
    # Holes, but not what the photo's edge closes off.
    _, holes, sizes, _ = cv2.connectedComponentsWithStats((~person).astype(np.uint8))
    return person | ((sizes[holes, cv2.CC_STAT_AREA] < 0.02 * person.sum()) & (holes > 0))


def find_clothes(small, person, face, chin):
    """What lies below the jaw and is unlike the background beside the face: (h, w) bool.

    GrabCut knows collars and shoulders only where there is room for its seeds. Too much costs nothing here, as little
    moves this low; a collar taken for background is torn where the neck moves over it, and of a shoulder beside the jaw
    a chip stays in the air.
    """
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    clothes = np.zeros_like(person)
    for side in (face[..., 0] < 0, face[..., 0] >= 0):
        beside = lab[side & ~person & (face[..., 1] < 0.5) & (face[..., 1] > -1)]
        if len(beside) > 30:
            spread = np.linalg.inv(np.cov(beside.T) + GRAIN**2 * np.eye(3))
            apart = lab - beside.mean(0)
            clothes |= side & (np.einsum("hwi,ij,hwj->hw", apart, spread, apart) > UNLIKE**2)
    low = clothes & (face[..., 1] > chin - COLLAR)
    high = (clothes & ~person & (face[..., 1] > chin - SHOULDER)).astype(np.uint8)
    pieces = cv2.connectedComponents(cv2.morphologyEx(high, cv2.MORPH_OPEN, np.ones((5, 5))), connectivity=4)[1]
    low |= np.isin(pieces, np.unique(pieces[low])) & (pieces > 0)
    around = (cv2.dilate(part.astype(np.uint8), np.ones((2 * n + 1,) * 2)) for part, n in zip((person, low), NOTCH))
    return low | (clothes & (np.minimum(*around) > 0))


def trust_in(small, person, face, distance):
    """Share of the head's outline that lies where heads end, and across which the colour changes."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    size = (int(round(0.25 * distance)) | 1,) * 2
    inside = person.astype(np.float32)
    mean = lambda share: (
        cv2.boxFilter(lab * share[..., None], -1, size) / (cv2.boxFilter(share, -1, size) + 1e-3)[..., None]
    )
    change = np.linalg.norm(mean(inside) - mean(1 - inside), axis=-1)
    radius = np.hypot(face[..., 0] / 1.25, (face[..., 1] - 0.25) / 1.75)
    edge = person & ~cv2.erode(person.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & (face[..., 1] < 1.2)
    sure = (change > CONTRAST) & (radius > 0.75) & (radius < LARGEST)
    return float(sure[edge].mean()) if edge.any() else 0.0
