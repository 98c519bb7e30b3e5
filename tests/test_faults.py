import pytest

from talking_face.errors import CheckpointError
from talking_face.paths import CHECKPOINTS


@pytest.mark.parametrize("name", ["deformable", "hearing", "motion", "shape"])
def test_truncated_checkpoint(tmp_path, name):
    from talking_face.face.shape import FaceShape
    from talking_face.generators.deformable.generator import DeformableGenerator
    from talking_face.motion.hearing import Hearing
    from talking_face.motion.model import MotionModel

    loads = DeformableGenerator.load, Hearing.load, MotionModel.load, FaceShape.load
    load = dict(zip(("deformable", "hearing", "motion", "shape"), loads))[name]
    whole = (CHECKPOINTS / f"{name}.safetensors").read_bytes()
    path = tmp_path / f"{name}.safetensors"
    for length in (0, 7, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            load(path)
    path.write_bytes(whole)
    load(path)
