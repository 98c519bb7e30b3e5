"""What each emotion does to a face, from posed expressions of real people."""

import numpy as np

from talking_face.emotions import EMOTIONS
from talking_face.evaluation.emotion_classifier import train_classifier
from talking_face.face.geometry import MIRROR, lip_opening

EXPRESSIVE = 0.4  # share of an emotion's faces, the most recognisable ones, that its displacement is the mean of
# Size of the shipped displacement along the direction of the real mean, as a multiple of it. Faint emotions need more,
# and what a landmark detector sees of them in a video is about half.
STRENGTH = {"happiness": 1.2, "anger": 1.7, "disgust": 2.1, "fear": 1.7, "sadness": 1.6}
TYPICAL_PARTING = 0.65  # share of an emotion's parting of the lips that speech lets through, on average


def fit_emotions(displacements, labels, opening):
    """The displacement of each emotion: the mean of its most recognisable faces, made symmetric.

    Posed averages are faint (some people hardly move), so the expressive end is what people recognise. How far it parts
    the lips is kept apart, for speech has a say in that.

    Parameters
    ----------
    displacements, labels
        Training faces, as `data.expressions.posed_displacements` gives them.
    opening : ndarray, (68, 2)
        Displacement that opens the lips by one eye distance.

    Returns
    -------
    emotions : ndarray, (6, 68, 2)
        Displacement at intensity 1, lips together.
    parting : ndarray, (6,)
        How much further the lips open, eye distances.
    """
    probabilities = train_classifier(displacements, labels).predict_proba(displacements.reshape(len(displacements), -1))
    classes = sorted(set(labels.tolist()))
    emotions, parting = np.zeros((len(EMOTIONS), 68, 2)), np.zeros(len(EMOTIONS))
    for column, label in enumerate(classes):
        faces, probability = displacements[labels == label], probabilities[labels == label, column]
        expressive = faces[np.argsort(-probability)[: int(EXPRESSIVE * len(faces))]].mean(0)
        expressive = (expressive + expressive[MIRROR] * [-1, 1]) / 2
        mean, parted = faces.mean(0), lip_opening(expressive) * opening
        spoken = expressive - (1 - TYPICAL_PARTING) * parted
        scale = STRENGTH[EMOTIONS[label]] * (mean**2).sum() / (spoken * mean).sum()
        parting[label] = scale * lip_opening(expressive)
        emotions[label] = scale * (expressive - parted)
    return emotions, parting


def lip_opening_displacement(shapes):
    """How the face moves when speech opens its lips by one eye distance: (N, 68, 2) -> (68, 2), by regression."""
    gap = lip_opening(shapes)
    centred = gap - gap.mean()
    pattern = np.einsum("n,nij->ij", centred, shapes) / (centred**2).sum()
    pattern = (pattern + pattern[MIRROR] * [-1, 1]) / 2
    return pattern / lip_opening(pattern)
