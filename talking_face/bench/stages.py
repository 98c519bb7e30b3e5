"""The engine's steps one by one, the whole of them, and several people at once; all in this process, warm."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from talking_face.bench.material import LARGE, SMALL, photo, recording
from talking_face.bench.timing import timed, timed_first

SECONDS = 10  # of speech
EMOTION, OTHER = "happiness", "anger"
OPEN = 0.03  # eye distances between lips that the painter has work with
CROWDS = (1, 2, 4)  # requests at once


def measure_stages(runs):
    """Each step at a 720 px photo, the whole job, its latencies, and the frame rate at both sizes; yields rows."""
    from talking_face.concurrency.thread_pool import alone
    from talking_face.engine import TalkingFace
    from talking_face.generators.deformable.renderer import Renderer
    from talking_face.media.writing import write_video

    engine, renderer = TalkingFace.load(), Renderer.load()
    generator = engine.generator
    picture, sound = photo(LARGE), recording(SECONDS)
    portrait, speech = engine.portrait(picture), engine.speech(sound)
    motion = generator.motion(speech.log_mel, EMOTION, 1.0, 0)
    prepared = generator.prepare(portrait)
    state, driven = prepared.state, generator.drive(prepared, motion)
    part = next(renderer.stream(state, driven[:1]))
    frames = list(engine.render(portrait, speech, EMOTION))

    yield timed("face finding, 720 px", lambda: engine.portrait(picture), runs, "<= 0.06")
    yield timed("portrait encoding, 720 px", lambda: generator.prepare(_afresh(portrait)), runs)
    yield timed("speech, 10 s", lambda: engine.speech(sound), runs)
    yield timed("motion, 10 s", lambda: generator.motion(speech.log_mel, EMOTION), runs)
    ten = lambda: [None for _ in renderer.stream(state, driven[:10], motion.pose[:10], motion.look[:10])]
    one = timed("", lambda: alone(ten), runs)
    yield one.scaled("rendering on one core, 720 px, a frame", 100, "ms", "<= 8")
    yield _painter(renderer, state, driven, runs)
    yield timed("", lambda: state.canvas.paste(part), runs).scaled("paste-back, 720 px, a frame", 1000, "ms")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mp4"
        encode = partial(write_video, path, frames, speech.sound, speech.rate)
        yield timed("encoding to MP4, 250 frames of 720 px", encode, runs)
        del frames, encode
        job = lambda: engine.write(path, engine.portrait(picture), engine.speech(sound), EMOTION)
        yield timed("whole job, 10 s of speech, 720 px photo to MP4", job, runs, "<= 2.4")
        yield from _waits(engine, portrait, speech, path, runs)
    for side, bar in ((LARGE, ""), (SMALL, ">= 250")):
        portrait = engine.portrait(photo(side))
        row = timed("", lambda portrait=portrait: [None for _ in engine.render(portrait, speech, EMOTION)], runs)
        yield row.rate(f"rendering, {side} px", speech.frames, "frames/s", bar)


def _afresh(given):
    """The same portrait or speech, of which the engine remembers nothing."""
    return replace(given)


def _waits(engine, portrait, speech, path, runs):
    """How long somebody waits for the first frames and for the first part of the video; yields rows."""
    from talking_face.media.streaming import stream_video

    talk = lambda: engine.render(_afresh(portrait), _afresh(speech), EMOTION)
    switch = lambda: engine.render(portrait, speech, OTHER)
    for name, begin, bar in (("Talk", talk, "<= 0.6"), ("emotion switch", switch, "<= 0.3")):
        stream = lambda begin=begin: stream_video(path, begin(), speech)
        yield timed_first(f"{name} to first frames, 10 s, 720 px", begin, runs)
        yield timed_first(f"{name} to first moving picture, 10 s, 720 px", stream, runs, bar)


def _painter(renderer, state, driven, runs):
    """What is between lips that are open: drawn, judged by the network and relit, on one core; a row."""
    import torch

    from talking_face.concurrency.thread_pool import alone
    from talking_face.face.geometry import lip_opening
    from talking_face.generators.deformable.generator import PAINTED

    target = torch.from_numpy(driven[lip_opening(driven) > OPEN][:PAINTED])
    region_flow = state.field(target)[:, len(state.canvas.lattice) :]
    paint = torch.inference_mode()(renderer.paint)
    row = timed("", lambda: alone(paint, state, target, region_flow), runs)
    return row.scaled("painter on one core, 720 px, a frame", 1000 / len(target), "ms", "<= 3")


def measure_crowd(runs):
    """Frames a second that several people, each with a photo of their own, get in all; yields rows."""
    from talking_face.engine import TalkingFace

    engine = TalkingFace.load()
    speech = engine.speech(recording(SECONDS))
    portraits = [engine.portrait(photo(LARGE)) for _ in range(max(CROWDS))]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max(CROWDS)) as people:

        def work(person):
            engine.write(Path(folder) / f"{person}.mp4", portraits[person], speech, EMOTION)

        for crowd in CROWDS:
            row = timed("", lambda crowd=crowd: list(people.map(work, range(crowd))), min(runs, 3))
            yield row.rate(f"{crowd} at once, 10 s, 720 px to MP4", crowd * speech.frames, "frames/s in all")
