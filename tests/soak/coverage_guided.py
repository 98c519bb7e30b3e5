"""Inputs that find their way into the code: `PYTHONPATH=.:tests python tests/soak/coverage_guided.py DOOR [OPTIONS]`.

atheris watches which lines of Python an input reaches (ours, and those of Pillow and YAML) and changes those that reach
new ones. OPTIONS are libFuzzer's, such as -max_total_time; ends with another code than 0 at the first find.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["talking_face", "PIL", "yaml", "support"]):
    import PIL.Image
    import yaml  # noqa: F401

    import talking_face.face.images
    import talking_face.training.core.config  # noqa: F401
    from support import fuzzing

    PIL.Image.init()


def main(name, *options):
    with tempfile.TemporaryDirectory() as corpus:
        for index, data in enumerate(fuzzing.seeds(name)):
            (Path(corpus) / str(index)).write_bytes(data)
        limits = ["-timeout=100", "-rss_limit_mb=2000", "-max_len=20000", *options]
        atheris.Setup([sys.argv[0], *limits, corpus], lambda data: fuzzing.knock(name, data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
