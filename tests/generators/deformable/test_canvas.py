import numpy as np
import pytest
import torch

from talking_face.face import geometry
from talking_face.generators.deformable import flow
from talking_face.generators.deformable.canvas import Canvas
from talking_face.generators.deformable.resampling import enlarge


@pytest.mark.parametrize("side, worst", [(256, 0.25), (720, 0.5)])
def test_the_lattice_is_fine_enough(face, side, worst):
    matrix = np.array([[256 / side, 0, 0], [0, 256 / side, 0]])
    canvas = Canvas(np.zeros((side, side, 3), np.uint8), matrix)
    target = face.copy()
    target[55:60, 1] += 0.2
    pixels = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)[::7]
    points = torch.from_numpy(geometry.transform(canvas.to_face, pixels).astype(np.float32))
    both = torch.from_numpy(face)[None], torch.from_numpy(target)[None]
    exact = flow.backward_flow(*both, points)[0].numpy() @ canvas.from_face[:, :2].T
    nodes = flow.FlowField(both[0], canvas.lattice, torch.ones(len(canvas.lattice)))(both[1])
    lattice = (nodes[0].numpy() @ canvas.from_face[:, :2].T.astype(np.float32)).reshape(canvas.nodes, canvas.nodes, 2)
    found = enlarge(lattice, (side, side), canvas.fade).reshape(-1, 2)[::7]
    assert np.linalg.norm(exact, axis=1).max() > 5 and np.linalg.norm(found - exact, axis=1).max() < worst
