"""Signs of life from inside a micro-batch, which may take minutes: whenever a decoder layer begins, forward, back or
again, and at each tile of logits. Each sign says how long the next piece may take.
"""

import time

import torch
from torch import Tensor, nn
from transformers.modeling_layers import GradientCheckpointingLayer

from agent0_ml.trainer.files import Pulse, no_pulse

MARGIN = 10.0
"""A piece may take this many times as long as the slowest of its kind so far."""
SLOWEST = {"cpu": 1e9}
SLOWEST_GPU = 1e12
"""Multiplications and additions per second until something was measured: of a shared core, and of any GPU."""
PASSES = 6
"""Per weight and token, of a layer that is computed again and backward: two for each multiplication."""


class Pace:
    def __init__(self, device: torch.device):
        self.pulse: Pulse = no_pulse
        self.slowest = SLOWEST.get(device.type, SLOWEST_GPU)
        self.guess = 0.0  # seconds per token of the largest layer
        self.longest = 0.0  # of a piece so far
        self.tokens, self.at = 1, time.perf_counter()

    def follow(self, causal: nn.Module) -> None:
        """Counts the layers of a model from now on."""
        for layer in causal.modules():
            if isinstance(layer, GradientCheckpointingLayer):
                self.guess = max(self.guess, PASSES * sum(each.numel() for each in layer.parameters()) / self.slowest)
                layer.register_forward_pre_hook(self.passes)

    def begin(self, tokens: int) -> None:
        """A micro-batch of so many tokens, padding included."""
        self.tokens, self.at = max(1, tokens), time.perf_counter()
        self.pulse(self.allowance())

    def piece(self, *_: object) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, (now - self.at) / self.tokens)
        self.at = now
        self.pulse(self.allowance())

    def allowance(self) -> float:
        """Seconds that the next piece may take."""
        return self.tokens * (MARGIN * self.longest if self.longest else self.guess)

    def passes(self, _layer: nn.Module, inputs: tuple) -> None:
        self.piece()
        hidden = inputs[0] if inputs else None
        if isinstance(hidden, Tensor) and hidden.requires_grad:
            hidden.register_hook(self.piece)  # on the way back, where nothing is computed again
