"""Drawing tokens: inverse CDF on one uniform number per token, from a stream of the sample's own.

Returned log-probabilities are of the processed distribution (after temperature and truncation): the one drawn from.
Every operation works row by row, so a row's result does not depend on who else is in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from agent0_ml.model_server.request import Sampling

_SEED_SPAN = 1 << 64


def uniforms(seed: int, count: int) -> np.ndarray:
    """The numbers in [0, 1) that a sample of this seed uses, token after token: a function of the seed alone."""
    stream = np.random.Generator(np.random.Philox(key=seed % _SEED_SPAN))
    # Below 1 by more than a rounding error, so that the last token with a probability is the last one drawn.
    return np.minimum(stream.random(count), 1 - 2**-40)


def _truncated(logits: Tensor, sampling: Sampling) -> Tensor:
    """One row [vocabulary] with minus infinity at what top-k, top-p and min-p leave out, in this order."""
    if 0 < sampling.top_k < logits.numel():
        smallest = logits.topk(sampling.top_k).values[-1]
        logits = logits.masked_fill(logits < smallest, -torch.inf)
    if sampling.top_p < 1:
        ordered, index = logits.sort(descending=True, stable=True)
        before = ordered.softmax(-1).cumsum(-1).roll(1)
        before[0] = 0
        logits = logits.masked_fill(
            torch.zeros_like(before, dtype=torch.bool).scatter(0, index, before >= sampling.top_p), -torch.inf
        )
    if sampling.min_p > 0:
        probabilities = logits.softmax(-1)
        logits = logits.masked_fill(probabilities < sampling.min_p * probabilities.max(), -torch.inf)
    return logits


def processed(logits: Tensor, settings: Sequence[Sampling], forbidden: dict[int, list[int]]) -> Tensor:
    """Log-probabilities [rows, vocabulary]. `forbidden`: ids by row that may not come yet. May write into `logits`."""
    for row, ids in forbidden.items():
        logits[row, ids] = -torch.inf
    if any(sampling.temperature not in (0.0, 1.0) for sampling in settings):
        scales = torch.tensor([sampling.temperature or 1.0 for sampling in settings])
        logits[: len(settings)] /= scales[:, None]
    for row, sampling in enumerate(settings):
        if sampling.truncates:
            logits[row] = _truncated(logits[row], sampling)
    return torch.log_softmax(logits, dim=-1)


def draw(logprobs: Tensor, settings: Sequence[Sampling], numbers: np.ndarray) -> Tensor:
    """Token ids [rows]; `numbers` [rows] are the uniforms. Temperature 0 takes the likeliest, the first of equals."""
    cumulated = logprobs.double().exp().cumsum(-1)
    wanted = torch.from_numpy(numbers)[:, None] * cumulated[:, -1:]
    ids = torch.searchsorted(cumulated, wanted, right=True)[:, 0].clamp_(max=logprobs.shape[1] - 1)
    greedy = [row for row, sampling in enumerate(settings) if sampling.temperature == 0]
    if greedy:
        ids[greedy] = logprobs[greedy].argmax(-1)
    return ids
