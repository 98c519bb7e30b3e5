"""Muon (Jordan et al. 2024): the momentum of a matrix, made orthogonal, is its step."""

import torch


class Muon(torch.optim.Optimizer):
    """For weights of two or more dimensions; the first is the output's.

    Parameters
    ----------
    params : iterable of Parameter
    lr : float
    momentum : float
    weight_decay : float
    """

    def __init__(self, params, lr=0.02, momentum=0.95, weight_decay=0.01):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                momentum = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                step = orthogonal(p.grad.lerp(momentum, group["momentum"]).reshape(len(p), -1))
                p.mul_(1 - group["lr"] * group["weight_decay"]).add_(step.reshape(p.shape), alpha=-group["lr"])


def orthogonal(matrix, rounds=5):
    """Roughly the nearest matrix with orthogonal rows or columns, by Newton-Schulz iterations in bfloat16."""
    tall = matrix.shape[0] > matrix.shape[1]
    u = matrix.T if tall else matrix
    u = (u / (u.norm() + 1e-8)).bfloat16()
    for _ in range(rounds):
        a = u @ u.T
        u = 3.4445 * u + (-4.775 * a + 2.0315 * a @ a) @ u
    u = (u.T if tall else u).float()
    return u * max(1, matrix.shape[0] / matrix.shape[1]) ** 0.5
