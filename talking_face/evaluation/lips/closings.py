"""Whether lips close on p, b and m, found by a synthesiser's own phones, and are shut in silence."""

from collections import defaultdict

import numpy as np

from talking_face.audio.mel import SAMPLE_RATE
from talking_face.audio.speech import load_speech
from talking_face.data.phones import BILABIAL, OPENING, frame_classes, phone_classes
from talking_face.data.spoken import espeak
from talking_face.evaluation import metrics
from talking_face.face.geometry import lip_opening
from talking_face.media.frame_rate import FPS

CLOSED = 0.02  # eye distances
EARLY, LATE = 1, 1  # frames around a closure in which lips may touch
SILENCE, SHUT_AFTER = 1.5, 0.6  # seconds of silence behind each text, and how long lips take to be shut at most
NOISES = {"digital": -np.inf, "noisy": -40.0}  # dB of the speech, of the room's noise in that silence and the speech
# What the voices say: sentences full of p, b and m, none of them trained on, by voices of both sexes.
TEXTS = {
    "en-us+f2": "Pam and Bob may be mapping a big open problem. Maybe my people prefer simple beans.",
    "en-gb-x-rp+m3": "Bob may be mapping problems. My mother prefers a simple mop, but people pump the bumper.",
    "de+f4": "Mama bäckt am Abend immer Brot mit Butter. Bitte bleiben Sie beim Papa. Lampen und Bäume im Sommer.",
    "es+m1": "Mi mamá compra pan blanco para el bebé. También pueden probar la bomba. Siempre cambiamos de tema.",
    "cmn-latn-pinyin+f1": "妈妈买白布。爸爸不怕猫。明天我们办公室没有苹果。",
    "pt-br+m5": "Minha mãe prepara um bom bolo para o bebê. Pedro também pode abrir a porta.",
    "hi+f3": "मेरी माँ बाज़ार में आम और पपीता बेचती हैं। बाबा पानी पीते हैं।",
    "ru+m2": "Мама мыла раму. Папа купил большой белый пароход. Бабушка поёт песни.",
}


def measure_closings(model):
    """How lips follow what synthesisers say: the report's numbers.

    Parameters
    ----------
    model : motion.model.MotionModel

    Returns
    -------
    dict of str to float
        Share of p, b and m on which the gap falls below `CLOSED`, of all and the lowest of a voice; the mean gap of
        lips in silence, digital and faintly noisy; how openings follow the vowels, and their mean.
    """
    closed, shut, follows, opens = {}, defaultdict(list), [], []
    for voice, text in TEXTS.items():
        samples, phones = espeak().say(voice, text)
        spoken, silent = len(samples), round(SILENCE * SAMPLE_RATE)
        for kind, level in NOISES.items():
            noise = np.random.default_rng(0).normal(0, samples.std() * 10 ** (level / 20), spoken + silent)
            sound = np.pad(samples, (0, silent)) + noise.astype(np.float32)
            gap = lip_opening(model.speech_shape(load_speech((SAMPLE_RATE, sound)).log_mel))
            shut[kind].append(np.abs(gap[int((spoken / SAMPLE_RATE + SHUT_AFTER) * FPS) :]).mean())
            if kind == "digital":
                touch = [phone for phone in phones if BILABIAL in phone_classes(phone[2])]
                closed[voice] = [narrowest(gap, start, end) < CLOSED for start, end, _ in touch]
                vowels = frame_classes(phones, len(gap)) @ OPENING
                said = slice(spoken * FPS // SAMPLE_RATE)
                follows.append(metrics.correlation(gap[said], vowels[said]))
                opens.append(gap[said].mean())
        share = np.mean(closed[voice])
        print(f"  {voice}: {share:.2f} of {len(closed[voice])} closings, opens as its phones do by {follows[-1]:.2f}")
    every = np.concatenate(list(closed.values()))
    return {
        f"p, b, m that close, {len(every)} by {len(closed)} voices": round(float(every.mean()), 3),
        "p, b, m that close, the worst voice": round(min(float(np.mean(c)) for c in closed.values()), 3),
        "lip opening follows synthetic vowels": round(float(np.mean(follows)), 3),
        "mean lip opening while synthetic voices speak": round(float(np.mean(opens)), 3),
        **{f"lip gap in {kind} silence": round(float(np.mean(gaps)), 4) for kind, gaps in shut.items()},
    }


def narrowest(gap, start, end):
    """The smallest opening (T,) between two times in seconds, a frame before and behind counted."""
    return gap[max(0, int(start * FPS) - EARLY) : int(np.ceil(end * FPS)) + LATE].min()
