import numpy as np
import pytest
import torch

from talking_face.generators.deformable import flow


def as_tensor(landmarks):
    return torch.from_numpy(landmarks)[None]


def test_flow_brings_each_landmark_from_where_the_photo_has_it(face):
    target = face.copy()
    target[55:60, 1] += 0.15
    target[5:12, 1] += 0.12
    points = torch.from_numpy(target[[8, 30, 36, 48, 51, 57]])
    found = flow.backward_flow(as_tensor(face), as_tensor(target), points)[0].numpy()
    np.testing.assert_allclose(found, (face - target)[[8, 30, 36, 48, 51, 57]], atol=0.03)


def test_prepared_flow_is_the_same(face):
    target = as_tensor(face).repeat(3, 1, 1)
    target[:, 55:60, 1] += torch.tensor([[0.0], [0.1], [0.25]])
    points = flow.grid(flow.CROP_BOX, 20)
    expected = flow.backward_flow(as_tensor(face), target, points)
    found = flow.FlowField(as_tensor(face), points, flow.fade(points))(target)
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("lift", [-0.1, 0.08])
def test_brows_move_as_they_are(face, lift):
    target = face.copy()
    target[17:27, 1] += lift
    under = face[17:27] + np.float32([0, 0.08])
    heights = {}
    for edges in None, torch.from_numpy(under):
        ends = torch.from_numpy(np.concatenate([target[19:25], target[19:25] + under[2:8] - face[19:25]]))
        field = flow.FlowField(as_tensor(face), ends, torch.ones(len(ends)), edges)
        upper, lower = (ends + field(as_tensor(target))[0]).numpy()[:, 1].reshape(2, 6)
        heights[edges is None] = np.abs((lower - upper) / (under - face[17:27])[2:8, 1] - 1).mean()
    assert heights[False] < 0.6 * heights[True] and heights[False] < 0.15


def test_lowered_brows_leave_room_above_the_eyes(face):
    target = face.copy()
    target[17:27, 1] += 0.3
    under = torch.from_numpy(face[17:27] + np.float32([0, 0.08]))
    lids = face[[37, 38, 43, 44], 1].mean()
    field = flow.FlowField(as_tensor(face), torch.zeros(1, 2), torch.ones(1), under)
    assert (field.room > 0).all() and (under[:, 1] + field.room < lids).all()
    assert torch.isfinite(field(as_tensor(target))).all()
