import numpy as np


def test_pose_is_taken_out_and_expression_kept(shape):
    turned = shape.mean + ([0.1, 0.0] @ shape.pose).reshape(68, 2)
    left = np.abs(shape.remove_pose(turned) - shape.mean).mean()
    assert left < np.abs(shape.align(turned) - shape.mean).mean() / 2
    smile = shape.mean.copy()
    smile[[48, 54], 1] -= 0.1
    assert shape.remove_pose(smile)[[48, 54], 1].mean() < shape.mean[[48, 54], 1].mean() - 0.08
