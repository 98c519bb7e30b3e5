"""Whether teeth come onto the lip on f and v, and not on other phones, found by a synthesiser's own phones."""

import numpy as np

from talking_face.audio.mel import SAMPLE_RATE
from talking_face.audio.speech import load_speech
from talking_face.data.phones import BILABIAL, LABIODENTAL, frame_classes, phone_classes
from talking_face.data.spoken import espeak
from talking_face.evaluation.lips import closings
from talking_face.media.frame_rate import FPS

SHOWN = 0.5  # of a bite
# Voices and, but for the first three and the last two, languages that nothing was fitted on.
TEXTS = {
    "en-gb-scotland+anika": "Five very fine leaves have fallen over the river valley, if life is fair.",
    "en-us+steph": "Philip feels that every fifth knife is far too heavy for the village staff.",
    "de+paul": "Vier Vögel fliegen vom Feld auf den Waldweg. Wir wollen vielleicht frische Waffeln.",
    "af+Andrea": "Vyf vet varke vlieg oor die veld na die fees. Wie weet waar die wolf woon?",
    "cy+Annie": "Fy ffrind a fu yn y fferm yn yfed coffi. Faint o flodau sydd yn y fasged?",
    "sq+Mario": "Fëmija vjen në fshat me vëllanë e vogël. Vera fillon kur fryn era e ftohtë.",
    "eo+benjamin": "Viva fraŭlo fidas la vivon kaj la fajron de la vulkano. Vi faras novan fenestron.",
    "sw+belinda": "Vijana wafupi wanafanya kazi ya kuvua samaki. Fundi anavaa viatu vya fedha.",
    "ht+linda": "Fanm nan vann vyann fre chak vandredi. Frè mwen vle fè yon ti fèt.",
    "fr+sandro": "Vous avez vu une fille fragile qui veut faire du vélo. Ève vend la ferme en février.",
    "it+rob": "La vita favolosa fa felici i vivi. Vedo una finestra verde e un fiore vivo.",
}


def measure_bites(model):
    """How teeth on the lip follow what synthesisers say: the report's numbers.

    Parameters
    ----------
    model : motion.model.MotionModel

    Returns
    -------
    dict of str to float
        Share of f and v on which the teeth are on the lip, and of p, b and m in the middle of which they are; share of
        frames in which they are though no labial phone is within two.
    """
    found, mistaken, elsewhere = [], [], []
    for voice, text in (TEXTS | closings.TEXTS).items():
        samples, phones = espeak().say(voice, text)
        bite = model(load_speech((SAMPLE_RATE, samples)).log_mel).bite > SHOWN
        for start, end, name in phones:
            if LABIODENTAL in phone_classes(name):
                found.append(bite[int(start * FPS) : int(np.ceil(end * FPS))].any())
            elif BILABIAL in phone_classes(name):
                mistaken.append(bite[min(int((start + end) / 2 * FPS), len(bite) - 1)])
        labial = frame_classes(phones, len(bite))[:, [BILABIAL, LABIODENTAL]].sum(1)
        elsewhere.append(bite[np.convolve(labial, np.ones(5), "same") == 0])
    return {
        f"f, v with teeth on the lip, {len(found)}": round(float(np.mean(found)), 3),
        f"p, b, m with teeth on the lip, {len(mistaken)}": round(float(np.mean(mistaken)), 3),
        "other frames with teeth on the lip": round(float(np.concatenate(elsewhere).mean()), 4),
    }
