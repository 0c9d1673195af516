"""Losses as functions of flat tensors with one entry per sampled token. Algorithm §6."""

import torch
from torch import Tensor

LOG_RATIO_MAX = 20.0
"""Log ratios are cut here before `exp` (verl)."""


def surrogate(
    logp: Tensor, old: Tensor, advantage: Tensor, clip_low: Tensor, clip_high: Tensor, dual_clip: float | None
) -> tuple[Tensor, Tensor]:
    """PPO's clipped surrogate (loss to be minimised), and where its clip cut the gradient off.

    `clip_low` and `clip_high` are per token, so one function serves GRPO and ADPO.
    """
    ratio = (logp - old).clamp(-LOG_RATIO_MAX, LOG_RATIO_MAX).exp()
    free = -ratio * advantage
    cut = -ratio.clamp(1 - clip_low, 1 + clip_high) * advantage
    loss = torch.maximum(free, cut)
    clipped = cut > free
    if dual_clip is not None:
        bound = -dual_clip * advantage
        over = (advantage < 0) & (loss > bound)
        loss, clipped = torch.where(over, bound, loss), clipped | over
    return loss, clipped


def k3(logp: Tensor, reference: Tensor) -> Tensor:
    """The k3 estimate of KL(policy, reference): exp(d) - d - 1 with d = reference - logp; never negative."""
    difference = (reference - logp).clamp(-LOG_RATIO_MAX, LOG_RATIO_MAX)
    return difference.exp() - difference - 1


def importance_weight(old: Tensor, server: Tensor, weight_max: float) -> Tensor:
    """min(pi_train / pi_server, weight_max), a constant for the gradient."""
    return (old - server).detach().clamp(max=LOG_RATIO_MAX).exp().clamp(max=weight_max)


def rows_in_bounds(log_ratio: Tensor, row: Tensor, rows: int, low: float, high: float) -> Tensor:
    """For each of `rows` rows: does no token's pi_train / pi_server leave [low, high]?"""
    ratio = log_ratio.detach().double().exp()
    outside = (ratio < low) | (ratio > high)
    return torch.zeros(rows, device=row.device).index_add_(0, row, outside.float()) == 0


def aggregate(loss: Tensor, row: Tensor, keep: Tensor, mode: str, sequence_length: int) -> tuple[Tensor, Tensor]:
    """(numerator, denominator) of these rows. Both are summed over all micro-batches and ranks of an update, and only
    then divided (token-sum: not at all), so that no cut of the batch changes the result. Rows outside `keep` count in
    neither.

    Args:
        loss: per sampled token. row: the row of each token. keep: per row.
    """
    count = keep.sum().to(loss.dtype)
    loss = torch.where(keep[row], loss, 0.0)
    if mode == "token-mean":
        return loss.sum(), keep[row].sum().to(loss.dtype)
    if mode == "seq-mean-token-mean":
        tokens = torch.zeros_like(keep, dtype=loss.dtype).index_add_(0, row, torch.ones_like(loss))
        return (loss / tokens[row]).sum(), count
    if mode == "seq-mean-token-sum-norm":
        return loss.sum() / sequence_length, count
    return loss.sum(), count
