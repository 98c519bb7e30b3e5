import numpy as np
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
