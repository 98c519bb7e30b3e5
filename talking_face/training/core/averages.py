"""Exponential moving averages of weights, which are steadier than the weights themselves."""

import contextlib

import torch


class Averages:
    """Moving averages of some modules.

    Parameters
    ----------
    modules : dict of str to torch.nn.Module
    decay : float
        Share kept at each update, once there have been many.
    """

    def __init__(self, modules, decay):
        self.modules, self.decay = modules, decay
        self.weights, self.updates = {}, {}

    @torch.no_grad()
    def update(self, names):
        """Let the averages of the named modules follow; the first call for a name starts its average."""
        for name in names:
            current = self.modules[name].state_dict()
            if name not in self.weights:
                self.weights[name], self.updates[name] = {k: v.clone() for k, v in current.items()}, 0
                continue
            self.updates[name] += 1
            # Early on a shorter memory, so that the untrained start is soon forgotten.
            decay = min(self.decay, self.updates[name] / (self.updates[name] + 20))
            for key, value in current.items():
                average = self.weights[name][key]
                if value.is_floating_point():
                    average.lerp_(value, 1 - decay)
                else:
                    average.copy_(value)

    @contextlib.contextmanager
    def in_place(self):
        """Context in which the modules hold their averages, in evaluation mode."""
        kept = {name: {k: v.clone() for k, v in self.modules[name].state_dict().items()} for name in self.weights}
        training = {name: module.training for name, module in self.modules.items()}
        for name, weights in self.weights.items():
            self.modules[name].load_state_dict(weights)
        for module in self.modules.values():
            module.eval()
        try:
            yield
        finally:
            for name, weights in kept.items():
                self.modules[name].load_state_dict(weights)
            for name, module in self.modules.items():
                module.train(training[name])
