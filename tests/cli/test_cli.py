import json

import numpy as np
import pytest
import soundfile
from PIL import Image

from support.paths import ASSETS
from talking_face.audio import read_sound
from talking_face.cli import main
from talking_face.media.reading import read_video

PHOTO, VOICE = ASSETS / "london_009.jpg", ASSETS / "good_news.wav"


def generate(output, *options, image=PHOTO, audio=VOICE):
    return main(["generate", "--image", str(image), "--audio", str(audio), "--output", str(output), *options])


def test_generate_writes_a_video_and_one_line_of_json(tmp_path, capsys):
    assert generate(tmp_path / "out.mp4", "--emotion", "HAP", "--crop", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    report = json.loads(line)
    frames, (_, sound, _) = read_video(tmp_path / "out.mp4"), read_sound(tmp_path / "out.mp4")
    assert len(frames) == report["frames"] and sound is not None
    assert {"load", "portrait", "speech", "render"} <= report["timings"].keys()


def bad_photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(np.full((300, 300, 3), 128, np.uint8)).save(path)
    return {"image": path}


def small_face(tmp_path):
    path = tmp_path / "photo.png"
    canvas = Image.new("RGB", (800, 600), "grey")
    canvas.paste(Image.open(PHOTO).resize((80, 80)), (350, 250))
    canvas.save(path)
    return {"image": path}


def not_a_photo(tmp_path):
    (tmp_path / "photo.jpg").write_text("no picture")
    return {"image": tmp_path / "photo.jpg"}


def sound(name, samples):
    def make(tmp_path):
        soundfile.write(tmp_path / name, samples, 16000)
        return {"audio": tmp_path / name}

    return make


CASES = [
    (bad_photo, [], "No face"),
    (small_face, [], "pixels wide"),
    (not_a_photo, [], "read"),
    (sound("silence.wav", np.zeros(16000)), [], "silen"),
    (sound("short.wav", np.ones(1600) / 2), [], "at least 0.3"),
    (sound("long.wav", np.random.default_rng(0).normal(0, 0.1, 16000 * 3)), ["--max-seconds", "2"], "2"),
    (lambda tmp_path: {}, ["--emotion", "bored"], "bored"),
    (lambda tmp_path: {}, ["--intensity", "7"], "7"),
    (lambda tmp_path: {}, ["--model", "magic"], "magic"),
]


@pytest.mark.parametrize("make, options, word", CASES)
def test_whatever_is_wrong_is_one_sentence_and_exit_code_2(tmp_path, capsys, make, options, word):
    given = make(tmp_path)
    before = set(tmp_path.iterdir())
    assert generate(tmp_path / "out.mp4", *options, **given) == 2
    printed = capsys.readouterr()
    lines = [line for line in printed.err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1 and word in lines[0] and "Traceback" not in printed.err
    assert set(tmp_path.iterdir()) == before


def test_an_unwritable_output_is_refused(tmp_path, capsys):
    assert generate(tmp_path / "missing" / "out.mp4") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
