import pytest
import torch

from support.smoke_runs import smoke

pytestmark = pytest.mark.slow


def test_the_finished_generator_is_what_ships(finished):
    from talking_face.generators.deformable.painter import DeformablePainter
    from talking_face.weights import load_weights

    folder, _ = finished("generator")
    weights, config = load_weights(folder / "weights.safetensors", "deformable painter")
    DeformablePainter(**config).load_state_dict(weights)


def test_a_generator_goes_on_from_a_finished_one(finished, data_room, tmp_path):
    from talking_face.generators.deformable.painter import KIND, DeformablePainter
    from talking_face.weights import load_network

    start = finished("generator")[0] / "weights.safetensors"
    options = f"start={start}", "steps=2", "learning_rate=1e-9", "adversarial=0"
    smoke("generator", data_room, tmp_path, *options)
    before, after = (load_network(path, KIND, DeformablePainter) for path in (start, tmp_path / "weights.safetensors"))
    for a, b in zip(before.parameters(), after.parameters()):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-2)
