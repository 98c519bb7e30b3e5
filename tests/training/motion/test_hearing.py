import numpy as np
import pytest
import torch

from talking_face.motion.hearing import SIZE, Hearing
from talking_face.training.motion.hearing import Teacher, foresight_loss, save_hearing


@pytest.fixture
def whole(tmp_path):
    """An encoder of three layers, as chance makes it."""
    torch.manual_seed(0)
    hearing = Hearing([64, 48, 32], 3)
    save_hearing(tmp_path / "whole.safetensors", hearing.state_dict(), hearing.config)
    return tmp_path / "whole.safetensors"


def test_the_teacher_says_a_frames_worth_in_windows_that_hardly_show(whole, speech):
    teacher = Teacher(whole)
    said = teacher(speech.log_mel)
    assert said.shape == (len(speech.log_mel) // 4, SIZE) and said.dtype == np.float16
    assert abs(said.mean()) < 0.05 and 0.5 < said.astype(np.float32).std() < 1.1


def test_what_is_foreseen_counts_alike_in_each_number_and_only_where_speech_is():
    deep = torch.randn(2, 30, 8, generator=torch.manual_seed(0)) * torch.tensor([0.1, 10, 1, 1, 1, 1, 1, 1])
    valid = torch.ones(2, 30)
    valid[1] = 0
    nothing = torch.zeros_like(deep)
    assert foresight_loss(deep, deep, valid) == 0
    assert foresight_loss(nothing, deep, valid) == pytest.approx(1, abs=0.2)
    half = [torch.where(torch.arange(8) == wrong, nothing, deep) for wrong in (0, 1)]
    losses = [float(foresight_loss(guess, deep, valid)) for guess in half]
    assert losses[0] == pytest.approx(losses[1], rel=0.3)
    assert foresight_loss(deep + (1 - valid[..., None]), deep, valid) == 0


def test_layers_behind_the_fine_ones_hear_frames(tmp_path):
    torch.manual_seed(0)
    hearing = Hearing([64, 32], 1).eval()
    counts = []
    for layer in hearing.layers:
        layer.register_forward_hook(lambda _, inputs, __: counts.append(inputs[0].shape[1]))
    assert hearing(torch.randn(1, 80, 80)).shape == (1, 20, SIZE) and counts == [40, 20]
    save_hearing(tmp_path / "hearing.safetensors", hearing.state_dict(), hearing.config)
    read = Hearing.load(tmp_path / "hearing.safetensors")
    assert (read.layers[1].change[1].weight - hearing.layers[1].change[1].weight).abs().max() < 1e-3
