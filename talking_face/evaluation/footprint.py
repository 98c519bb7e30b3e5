"""What a model costs: frames a second and memory, in a process of its own."""

import json
import sys
import tempfile
import time
from pathlib import Path

from talking_face.concurrency.subprocesses import peak_memory, run_python
from talking_face.errors import CheckpointError
from talking_face.evaluation.scores import Measure

COST = (
    Measure("fps", "frames a second", 1, "up"),
    Measure("cpu", "CPU ms a frame", 1, "down"),
    Measure("memory", "memory, MB", 0, "down"),
)
RUNS = 3  # timed ones, after one to warm up


def measure_footprint(model, photo, speech):
    """Render a clip in a fresh process.

    Parameters
    ----------
    model : str or path
        As for `engine.TalkingFace.load`.
    photo : ndarray, (H, W, 3) uint8
    speech : audio.Speech

    Returns
    -------
    dict of str to float
        The measures `COST`: frames a second of the model alone, from a portrait and speech at hand to the frames of the
        256 px crop, and CPU time a frame, over all threads; of each the best of three runs of a warm process, as other
        work on the machine disturbs it least; and the most memory that the process held, from start to end.
    """
    import soundfile
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(photo).save(Path(folder) / "photo.png")
        soundfile.write(Path(folder) / "sound.wav", speech.sound, speech.rate)
        done = run_python(["-m", __name__, model, folder], check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CheckpointError(f"The model {model} broke down in a process of its own ({last}); please choose another.")
    return json.loads(done.stdout.splitlines()[-1])


def render_and_report(model, folder):
    """What the fresh process does: print the measures as one line of JSON."""
    from talking_face.engine import TalkingFace

    engine = TalkingFace.load(model)
    portrait = engine.portrait(Path(folder) / "photo.png")
    speech = engine.speech(Path(folder) / "sound.wav")
    seconds, work = [], []
    for _ in range(1 + RUNS):
        start, start_work = time.perf_counter(), time.process_time()
        frames = sum(len(chunk) for chunk in engine.render(portrait, speech, crop=True))
        seconds.append(time.perf_counter() - start)
        work.append(time.process_time() - start_work)
    cost = {"fps": frames / min(seconds[1:]), "cpu": 1000 * min(work[1:]) / frames, "memory": peak_memory() / 1e6}
    print(json.dumps(cost))


if __name__ == "__main__":
    render_and_report(*sys.argv[1:])
