"""Log-probabilities of given tokens from hidden states, without ever building tokens x vocabulary."""

from collections.abc import Callable

import torch
from torch import Tensor

TILE = 2**26
"""Logits that exist at any one time: 256 MiB in fp32, the most of it for vocabularies of 100,000 words."""


class ChunkedLogProbabilities(torch.autograd.Function):
    """log softmax(hidden @ head.T * scale)[target] and the entropy (no gradient), a few tokens at a time.

    The backward pass computes each tile of logits again. hidden [N, D], head [V, D], target [N], scale [N] → [N], [N].
    """

    @staticmethod
    def forward(ctx, hidden: Tensor, head: Tensor, target: Tensor, scale: Tensor, tile: int,
                piece: Callable[[], None]) -> tuple[Tensor, Tensor]:
        logp = torch.empty(len(hidden), device=hidden.device, dtype=torch.promote_types(hidden.dtype, torch.float32))
        entropy = torch.empty_like(logp)
        ctx.parts, ctx.piece = tiles(hidden, head, tile), piece
        for part in ctx.parts:
            piece()
            log_softmax = tile_log_softmax(hidden[part], head, scale[part])
            logp[part] = log_softmax.gather(1, target[part, None])[:, 0]
            entropy[part] = -(log_softmax.exp() * log_softmax).sum(1)
        ctx.save_for_backward(hidden, head, target, scale)
        ctx.mark_non_differentiable(entropy)
        return logp, entropy

    @staticmethod
    def backward(ctx, grad: Tensor, _: Tensor):
        hidden, head, target, scale = ctx.saved_tensors
        grad_hidden = torch.empty_like(hidden)
        wide = torch.promote_types(head.dtype, torch.float32)
        grad_head = torch.zeros_like(head, dtype=wide) if ctx.needs_input_grad[1] else None
        for part in ctx.parts:
            ctx.piece()
            grad_logits = tile_log_softmax(hidden[part], head, scale[part]).exp_().neg_()
            grad_logits.scatter_add_(1, target[part, None], torch.ones_like(grad_logits[:, :1]))
            grad_logits *= (grad[part] * scale[part])[:, None]
            grad_logits = grad_logits.to(head.dtype)
            grad_hidden[part] = grad_logits @ head
            if grad_head is not None:
                grad_head += grad_logits.T @ hidden[part].to(head.dtype)
        return grad_hidden, None if grad_head is None else grad_head.to(head.dtype), None, None, None, None


def tiles(hidden: Tensor, head: Tensor, tile: int) -> list[slice]:
    tokens = max(1, tile // len(head))
    return [slice(start, start + tokens) for start in range(0, len(hidden), tokens)]


def tile_log_softmax(hidden: Tensor, head: Tensor, scale: Tensor) -> Tensor:
    hidden, wide = hidden.to(head.dtype), torch.promote_types(head.dtype, torch.float32)
    if head.is_cuda and head.dtype != wide:
        logits = torch.mm(hidden, head.T, out_dtype=wide)  # summed up in fp32 anyhow: nothing is rounded on the way out
    else:
        logits = (hidden @ head.T).to(wide)
    return (logits * scale[:, None]).log_softmax(1)


def log_probabilities(
    hidden: Tensor, head: Tensor, target: Tensor, temperature: Tensor, tile: int = TILE,
    piece: Callable[[], None] = lambda: None,
) -> tuple[Tensor, Tensor]:
    """(log-probability, entropy) of each target under the softmax at its temperature, in fp32 or better.

    `tile`: how many logits may exist at once. `piece` is called before each tile, on the way back too.
    """
    with torch.autocast(hidden.device.type, enabled=False):
        return ChunkedLogProbabilities.apply(hidden, head, target, 1 / temperature, tile, piece)
