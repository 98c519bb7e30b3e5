"""A person cut out of a small picture by GrabCut (Rother et al. 2004), seeded by the face."""

import cv2
import numpy as np

from talking_face.face.colour import to_lab

SIDE = 28  # pixels an eye distance, in which the cut is made
ROUNDS = 3  # of GrabCut
JAW = 0.4  # eye distances below the eyes, from where on hair may hang down beside a head
WALL = 30  # pixels of a wall that tell what it looks like
LARGEST = 1.9  # radius of the largest head of hair, in those of a face
CONTRAST = 9.0  # Lab units between both sides of an edge that is surely seen
UNLIKE = 3.5  # deviations from the background beside the face beyond which what is below the jaw is clothes
HAIR_UNLIKE = 2.7  # and beyond which what looks like the person is hair
LESS_SURE = 0.15  # share of the outline that hair may leave unsure: else it is a wall as pale as itself
COLLAR = 0.45  # eye distances above the chin where clothes can begin,
SHOULDER = 1.0  # and where they can if they go on down to there, as shoulders of those who lean forward do,
NOTCH = 4, 8  # and pixels from the person and from clothes that lie there to what is a shoulder between both
GRAIN = 4.0  # Lab units that every background varies by


def seed(face, oval, chin):
    """Tell GrabCut what is surely and what is probably the person's.

    Parameters
    ----------
    face : ndarray, (h, w, 2)
        Where each pixel lies, right and down of the middle of the eyes along the face's axes, eye distances.
    oval : ndarray, (N, 2)
        The face's outline, pixels of the small picture.
    chin : float
        How far it lies below the eyes, eye distances.

    Returns
    -------
    ndarray, (h, w) uint8
        OpenCV's labels: `cv2.GC_BGD`, `GC_FGD`, `GC_PR_BGD` or `GC_PR_FGD`.
    """
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


def grab(small, seeds, face, distance):
    """Cut the person out of a small picture.

    Parameters
    ----------
    small : ndarray, (h, w, 3) uint8
        RGB, `SIDE` pixels an eye distance at most.
    seeds : ndarray, (h, w) uint8
        Labels, as `seed` gives them; left as they are.
    face : ndarray, (h, w, 2)
        Where each pixel lies, right and down of the middle of the eyes along the face's axes, eye distances.
    distance : float
        Between the eyes, pixels of the small picture.

    Returns
    -------
    person : ndarray, (h, w) bool
        One piece without holes; all of it where there are no seeds of a background.
    trust : float
        How sure its outline is, as `trust_in` has it, 0 to 1.
    """
    if not np.isin(seeds, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return np.ones(seeds.shape, bool), 0.0
    smooth = cv2.bilateralFilter(small, 5, 20, 3)
    person = _whole(_cut(smooth, seeds, len(seeds)), seeds)
    trust = trust_in(small, person, face, distance)
    hair = _find_hair(smooth, seeds, person, face)
    if hair.any():
        haired = _whole(person | hair, seeds)
        surely = trust_in(small, haired, face, distance)
        if surely > trust - LESS_SURE:
            return haired, surely
    return person, trust


def _whole(person, seeds):
    """The largest piece with what is surely the person's, (h, w) bool, without its holes."""
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    person = cv2.morphologyEx(cv2.morphologyEx(person.astype(np.uint8), cv2.MORPH_OPEN, ball), cv2.MORPH_CLOSE, ball)
    _, pieces = cv2.connectedComponents(person)
    person = pieces == np.bincount(pieces[seeds == cv2.GC_FGD]).argmax()
    # Holes, but not what the photo's edge closes off.
    _, holes, sizes, _ = cv2.connectedComponentsWithStats((~person).astype(np.uint8))
    return person | ((sizes[holes, cv2.CC_STAT_AREA] < 0.02 * person.sum()) & (holes > 0))


def _cut(smooth, seeds, rows):
    """Pixels that are the person's by what it and the background look like in the upper rows: (h, w) bool."""
    mask, models = seeds.copy(), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.setRNGSeed(0)
    cv2.grabCut(smooth[:rows], mask[:rows], None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    if rows < len(mask):
        cv2.grabCut(smooth, mask, None, *models, 1, cv2.GC_EVAL_FREEZE_MODEL)
    return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _find_hair(smooth, seeds, person, face):
    """Hair that was taken for the wall, where it hangs down beside the neck: (h, w) bool.

    What person and wall look like is learnt anew above the jaw; of what is the person's then, only what is unlike the
    wall, as walls may be darker further down.
    """
    head = np.count_nonzero((face[..., 1] < JAW).any(1))
    outside = np.isin(seeds[:head], (cv2.GC_BGD, cv2.GC_PR_BGD))
    if outside.sum() < WALL:
        return np.zeros_like(person)
    found = _cut(smooth, seeds, head)
    lab, around = to_lab(smooth), found & (seeds != cv2.GC_FGD)
    around[head:] = False
    from_wall = deviations_from_wall(lab, found, face)
    hair = found & ~person & (from_wall > np.maximum(HAIR_UNLIKE, _deviations(lab, around)))
    return cv2.morphologyEx(hair.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5))) > 0


def deviations_from_wall(lab, person, face):
    """How unlike the background beside the face each place is, on each side: (h, w); 0 where none is seen."""
    apart = np.zeros(person.shape)
    for side in (face[..., 0] < 0, face[..., 0] >= 0):
        apart[side] = _deviations(lab, side & ~person & (face[..., 1] < 0.5) & (face[..., 1] > -1))[side]
    return apart


def _deviations(lab, where):
    """How many deviations each place is from what is seen somewhere: (h, w); 0 if that is too little."""
    seen = lab[where]
    if len(seen) <= WALL:
        return np.zeros(where.shape)
    spread = np.linalg.inv(np.cov(seen.T) + GRAIN**2 * np.eye(3))
    apart = lab - seen.mean(0)
    return np.sqrt(np.einsum("hwi,ij,hwj->hw", apart, spread, apart))


def find_clothes(small, person, face, chin):
    """What lies below the jaw and is unlike the background beside the face: (h, w) bool.

    GrabCut knows collars and shoulders only where there is room for its seeds. Too much costs nothing here, as little
    moves this low; a collar taken for background is torn where the neck moves over it, and of a shoulder beside the jaw
    a chip stays in the air.
    """
    clothes = deviations_from_wall(to_lab(small), person, face) > UNLIKE
    low = clothes & (face[..., 1] > chin - COLLAR)
    high = (clothes & ~person & (face[..., 1] > chin - SHOULDER)).astype(np.uint8)
    pieces = cv2.connectedComponents(cv2.morphologyEx(high, cv2.MORPH_OPEN, np.ones((5, 5))), connectivity=4)[1]
    low |= np.isin(pieces, np.unique(pieces[low])) & (pieces > 0)
    around = (cv2.dilate(part.astype(np.uint8), np.ones((2 * n + 1,) * 2)) for part, n in zip((person, low), NOTCH))
    return low | (clothes & (np.minimum(*around) > 0))


def trust_in(small, person, face, distance):
    """How sure a head's outline is.

    Parameters
    ----------
    small : ndarray, (h, w, 3) uint8
        RGB.
    person : ndarray, (h, w) bool
    face : ndarray, (h, w, 2)
        Where each pixel lies, right and down of the middle of the eyes along the face's axes, eye distances.
    distance : float
        Between the eyes, pixels of the small picture.

    Returns
    -------
    float
        Share of the outline that lies where heads end, and across which the colour changes, 0 to 1; 0 where there is
        no outline.
    """
    lab = to_lab(small)
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
