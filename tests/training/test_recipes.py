"""Our own recipes: they learn from a data room in miniature, and go on after an interruption as if none had been."""

import functools
import shutil

import cv2
import numpy as np
import pytest
import torch

from support.paths import CONFIGS
from support.tiny_data_room import make_data_room, opened
from talking_face.cli import main
from talking_face.data.motion_sets import Recording, in_sync, is_held_out, shift_sound
from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape
from talking_face.training.core.config import load_recipe, read_config
from talking_face.training.core.loop import train
from talking_face.training.motion.augmentation import augment_log_mel

RECIPES = {"generator": "reconstruction", "motion": "listener"}  # and the loss that has to go down


@pytest.fixture(scope="module")
def data_room(tmp_path_factory):
    return make_data_room(tmp_path_factory.mktemp("data_room"))


@pytest.fixture(scope="module")
def shape():
    return FaceShape.load()


@pytest.fixture(scope="module")
def faces(data_room):
    from talking_face.training.painter.pairs import load_stills

    return load_stills(data_room)


@pytest.fixture(autouse=True)
def threads():
    """The smoke configurations set the number of threads; put it back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class PowerCut(Exception):
    """Ends a run in the middle of a step, without any chance to save."""


def smoke(name, data, run, *changes, power_cut_at=None):
    """Train a smoke configuration; returns the losses of each step taken, by name."""
    folders = f"data={data}", f"run={run}", f"output={run}/weights.safetensors"
    recipe_name, config = read_config(CONFIGS / f"smoke-{name}.yaml", [*folders, *changes])
    recipe = load_recipe(recipe_name)[1](config)
    steps, advance = {}, recipe.advance

    def recorded(step):
        if step == power_cut_at:
            raise PowerCut
        losses = advance(step)
        steps[step] = {key: float(value.detach()) for key, value in losses.items()}
        return losses

    recipe.advance = recorded
    train(recipe)
    return steps


@pytest.fixture(scope="module")
def finished(data_room, tmp_path_factory):
    """The folder and the losses of a recipe's smoke run, by the recipe's name."""

    @functools.cache
    def run(name):
        folder = tmp_path_factory.mktemp(name)
        return folder, smoke(name, data_room, folder)

    return run


@pytest.mark.parametrize("name, loss", RECIPES.items())
def test_a_smoke_run_learns(name, loss, finished):
    _, steps = finished(name)
    losses = [step[loss] for step in steps.values() if loss in step]
    assert np.mean(losses[-4:]) < 0.9 * np.mean(losses[:4])


@pytest.mark.parametrize("name", RECIPES)
def test_a_missing_data_room_is_said_in_one_sentence(name, tmp_path, capsys):
    options = [f"data={tmp_path}/nowhere", f"run={tmp_path}/run", f"output={tmp_path}/out"]
    assert main(["train", "--config", str(CONFIGS / f"smoke-{name}.yaml"), *options]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "data room" in said and not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_goes_on_after_a_power_cut_with_the_losses_it_would_have_had(name, finished, data_room, tmp_path):
    _, steps = finished(name)
    with pytest.raises(PowerCut):
        smoke(name, data_room, tmp_path, power_cut_at=len(steps) - 2)
    resumed = smoke(name, data_room, tmp_path)
    assert 3 <= len(resumed) < len(steps)
    assert resumed == {step: steps[step] for step in resumed}


def test_the_finished_generator_is_what_ships(finished):
    from talking_face.generators.deformable.painter import DeformablePainter
    from talking_face.weights import load_weights

    folder, _ = finished("generator")
    weights, config = load_weights(folder / "weights.safetensors", "deformable painter")
    DeformablePainter(**config).load_state_dict(weights)


def test_a_light_generator_learns_from_a_finished_one(finished, data_room, tmp_path):
    from talking_face.generators.deformable.painter import DeformablePainter
    from talking_face.weights import load_network

    teacher = finished("generator")[0] / "weights.safetensors"
    steps = smoke("generator", data_room, tmp_path, f"teacher={teacher}", "decoder=[8, 16, 64]", "adversarial=0")
    losses = [step["imitation"] for step in steps.values()]
    assert np.mean(losses[-4:]) < 0.7 * np.mean(losses[:4])
    light = load_network(tmp_path / "weights.safetensors", "deformable painter", DeformablePainter)
    assert light.head.weight.shape[1] == 8


def test_the_finished_motion_model_follows_the_sound(finished, data_room):
    from talking_face.data.motion_sets import load_recordings
    from talking_face.motion.model import MotionModel

    folder, _ = finished("motion")
    model = MotionModel.load(folder / "weights.safetensors")
    stranger = next(r for r in load_recordings(data_room, FaceShape.load()) if r.held_out and r.source == "web")
    predicted = lip_opening(model.speech_shape(stranger.log_mel))
    assert np.corrcoef(predicted, lip_opening(stranger.landmarks))[0, 1] > 0.8
    assert (folder / "sync.json").exists()


@pytest.mark.parametrize("variant", ["deformable", "attention"])
def test_the_ablation_variants_start_as_the_warp_and_learn(variant, faces, shape):
    from talking_face.training.painter.ablated_painters import PAINTERS
    from talking_face.training.painter.painting import paint, prepare
    from talking_face.training.painter.pairs import PairSampler

    batch = prepare(*PairSampler(faces, faces, shape).batch(2, np.random.default_rng(0)))
    torch.manual_seed(0)
    painter = PAINTERS[variant]()
    colour, _, picture = paint(painter, batch)
    assert (picture - batch["moved"]).abs().mean() < 0.05
    (colour - batch["target"]).abs().mean().backward()
    assert painter.head.weight.grad.abs().sum() > 0


def test_the_ablation_report_measures_runs_and_keeps_the_prose(finished, data_room, tmp_path, capsys):
    from talking_face.training.painter import ablation

    folder, _ = finished("generator")
    shutil.copytree(folder, tmp_path / "runs" / "painting")
    (tmp_path / "ablation.md").write_text(f"# Title\n\n{ablation.BEGIN}\nold\n<!-- end of table -->\nProse.\n")
    options = ["--runs", str(tmp_path / "runs"), "--data", str(data_room), "--output", str(tmp_path)]
    assert ablation.main(options) == 0
    page = (tmp_path / "ablation.md").read_text()
    assert page.startswith("# Title") and page.endswith("Prose.\n") and "old" not in page
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == 3 * 4 and sum("+ painting, adversarial" in row for row in rows) == 3
    assert cv2.imread(str(tmp_path / "ablation.jpg")).shape[1] == 4 * 144
    (tmp_path / "runs" / "painting" / "checkpoint.pt").unlink()
    assert ablation.main(options) == 2 and "holds no run" in capsys.readouterr().err


def test_pairs_are_cut_alike_and_recoloured_alike(faces, shape):
    from talking_face.training.painter.pairs import PairSampler

    batch = PairSampler(faces, faces, shape).batch(6, np.random.default_rng(0))
    source, target, landmarks_s, landmarks_t, box = batch
    assert source.shape == target.shape == (6, 3, 96, 96) and landmarks_s.shape == landmarks_t.shape == (6, 68, 2)
    assert box.shape == (6, 4) and source.min() >= 0 and source.max() <= 1
    skin = (slice(None), slice(None), slice(0, 10), slice(30, 66))
    assert (source[skin] - target[skin]).abs().mean() < 0.1


def test_closing_a_smile_closes_the_lips(faces, shape):
    from talking_face.training.painter.pairs import PairSampler

    smile = faces[0].images[1], faces[0].landmarks[1]
    closed, landmarks, image, _ = PairSampler(faces, faces, shape).close(*smile, np.random.default_rng(0))
    gap = landmarks[[65, 66, 67], 1] - landmarks[[63, 62, 61], 1]
    assert (gap <= 1e-4).all() and closed.shape == image.shape


def test_late_sound_is_found_and_brought_into_step(shape):
    from talking_face.training.motion.sync import find_shifts

    class Listener(torch.nn.Module):
        """Hears the level, and opens the lips with it."""

        def __init__(self):
            super().__init__()
            self.gain = torch.nn.Parameter(torch.ones(1))

        def forward(self, log_mel):
            return self.gain * log_mel[:, ::4].mean(-1, keepdim=True)

    level = np.repeat(np.sin(np.arange(90) / 4) ** 2, 4)[:, None]
    log_mel = (4 * level - 6 + np.random.default_rng(0).normal(0, 0.2, (360, 80))).astype(np.float32)
    landmarks = np.stack([opened(shape, opening) for opening in 0.2 * level[::4, 0]])
    recording = Recording("a", "GRID", "a", False, 1.0, log_mel, landmarks, np.zeros((90, 52), np.float32))
    basis = opened(shape, 0.1).reshape(1, 136) - shape.mean.reshape(1, 136)
    assert find_shifts([recording], [Listener()], basis) == {}
    late = shift_sound(recording, -8)
    shifts = find_shifts([late], [Listener()], basis)
    assert shifts == {"a": 8}
    middle = slice(20, -20)
    np.testing.assert_array_equal(shift_sound(late, shifts["a"]).log_mel[middle], log_mel[middle])


def test_in_sync_keeps_the_part_where_sound_and_picture_overlap():
    mel, landmarks = np.repeat(np.arange(10), 4)[:, None], np.arange(10)
    sound, picture, _ = in_sync(mel, landmarks, landmarks, 3)
    np.testing.assert_array_equal(sound[::4, 0], picture - 3)


def test_held_out_people_are_about_one_in_six_and_always_the_same():
    share = np.mean([is_held_out(f"person {i}") for i in range(3000)])
    assert 0.13 < share < 0.2
    assert is_held_out("person 7") == is_held_out("person 7")


def test_augmentation_keeps_shape_and_changes_the_voice():
    mel = np.random.default_rng(0).normal(-4, 1, (40, 80)).astype(np.float32)
    other = augment_log_mel(mel, np.random.default_rng(1))
    assert other.shape == mel.shape and other.dtype == np.float32 and np.abs(other - mel).mean() > 0.05
    assert np.isfinite(other).all()


def test_pose_is_taken_out_and_expression_kept(shape):
    turned = shape.mean + ([0.1, 0.0] @ shape.pose).reshape(68, 2)
    left = np.abs(shape.remove_pose(turned) - shape.mean).mean()
    assert left < np.abs(shape.align(turned) - shape.mean).mean() / 2
    smile = shape.mean.copy()
    smile[[48, 54], 1] -= 0.1
    assert shape.remove_pose(smile)[[48, 54], 1].mean() < shape.mean[[48, 54], 1].mean() - 0.08
