"""What installs and imports the package: the wheel, its declared dependencies, its Python API."""

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from support.paths import ASSETS, ROOT
from talking_face.audio import read_sound
from talking_face.media.reading import read_video

# Imported where they are at hand only, or come under another name.
# Of a Hugging Face Space; of those who label pictures anew; in the versions that Gradio asks for.
UNDECLARED = {"spaces", "mediapipe", "gradio_client", "starlette"}
DISTRIBUTIONS = {"dlib": "dlib-bin"}


@pytest.mark.slow
def test_a_wheel_of_a_clean_clone_runs_from_another_folder(tmp_path):
    def run(*command, **options):
        done = subprocess.run([*map(str, command)], cwd=tmp_path, capture_output=True, text=True, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    run("git", "clone", "--quiet", ROOT, "clone")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "clone")
    (wheel,) = (tmp_path / "dist").iterdir()
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", "installed", wheel)
    for source in (tmp_path / "clone", wheel):  # so that nothing of them can be read
        source.rename(source.with_name("moved"))

    here = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    found = run(sys.executable, "-c", "import talking_face; print(talking_face.__file__)", env=here)
    assert Path(found.strip()).is_relative_to(tmp_path / "installed")
    command = tmp_path / "installed" / "bin" / "talking-face"
    given = "--image", ASSETS / "london_009.jpg", "--audio", ASSETS / "good_news.wav", "--output", "out.mp4"
    report = json.loads(run(command, "generate", *given, "--json", "--crop", env=here))
    frames, (_, sound, _) = read_video(tmp_path / "out.mp4"), read_sound(tmp_path / "out.mp4")
    assert len(frames) == report["frames"] == 112 and sound is not None
    assert "AI-generated" in run(command, "verify", "out.mp4", env=here)


def test_what_is_imported_is_declared():
    named = {_plain(name) for name in _requirements(*(path.name for path in ROOT.glob("requirements*.txt")))}
    distributions = importlib.metadata.packages_distributions()
    for path in [*(ROOT / "talking_face").rglob("*.py"), ROOT / "app.py"]:
        for module in _imported(path) - sys.stdlib_module_names - {"talking_face"} - UNDECLARED:
            owners = [DISTRIBUTIONS.get(module), *distributions.get(module, [])]
            assert named & {_plain(name) for name in owners if name}, f"{path.relative_to(ROOT)} imports {module}"


def _requirements(*names):
    for name in names:
        yield from re.findall(r"^([\w-]+)", (ROOT / name).read_text(), re.MULTILINE)


def _plain(name):
    return name.lower().replace("_", "-")


def _imported(path):
    """The first names of all modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def test_importing_the_package_is_light():
    code = "import sys, talking_face; print(sorted({'torch', 'cv2', 'gradio', 'moviepy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_only_pytorchs_compiler_wants_waits_for_it():
    code = (
        "import talking_face.engine, torch, sys\n"
        "count = lambda: [len(vars(sys.modules[name])) for name in ('torch._meta_registrations', 'torch._native')]\n"
        "few = count(); import torch._dynamo; print(*few, *count(), 'cuda.bindings' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    *counts, bound = done.stdout.split()
    few, many = np.split(np.array(counts, int), 2)
    assert few.max() < 10 and many.min() > 15 and bound == "False"


def test_the_readmes_python_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    for name in ("assets/london_009.jpg", "assets/good_news.wav"):
        assert name in code
        code = code.replace(name, str(ROOT / name))
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert len(read_video(tmp_path / "out.mp4")) == 112


def test_what_is_not_in_the_package_is_an_attribute_error():
    import talking_face

    assert set(talking_face.__all__) <= {*dir(talking_face), "TalkingFace"}
    assert talking_face.TalkingFace.__name__ == "TalkingFace"
    with pytest.raises(AttributeError, match="magic"):
        _ = talking_face.magic
