"""Whether a row's bits depend on its batch: checked at start, with the model's own weights and shapes."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from agent0_ml.model_server.decode_batch import DecodeBatch, _PromptCache, _SlotCache
from agent0_ml.model_server.shapes import ROWS_MULTIPLE, Shapes
from agent0_ml.qwen3.checkpoint import build_decoder
from agent0_ml.qwen3.decoder import Qwen3Decoder

_PROMPT = 29
"""Tokens of the probe's prompt: no multiple of anything, so that it ends inside a block."""


def _one_layer(decoder: Qwen3Decoder) -> Qwen3Decoder:
    """The first layer and the head: every matrix shape that the model has."""
    config = dataclasses.replace(decoder.config, num_hidden_layers=1)
    weights = decoder.state_dict()
    wanted = {name: tensor for name, tensor in weights.items() if ".layers." not in name or ".layers.0." in name}
    return build_decoder(config, wanted)


def _prefilled(batch: DecodeBatch, ids: Tensor, row: int) -> Tensor:
    """The logits of one prompt's last token; all rows' keys and values are left in the batch's first slots."""
    slots = list(range(len(ids)))
    hidden = batch.decoder.hidden(ids, torch.arange(ids.shape[1]), _PromptCache(batch.store, slots, slots))
    last = torch.zeros(ROWS_MULTIPLE, hidden.shape[-1])
    last[row % ROWS_MULTIPLE] = hidden[row, _PROMPT - 1]
    return batch.decoder.lm_head(last)[row % ROWS_MULTIPLE]


def _decoded(batch: DecodeBatch, rows: int, padded: int, row: int) -> Tensor:
    lengths = torch.full((rows,), _PROMPT)
    cache = _SlotCache(batch.store, lengths, padded)
    hidden = batch.decoder.hidden(torch.full((rows, 1), 3), lengths[:, None], cache)
    return batch.decoder.lm_head(hidden[:, 0])[row]


@torch.inference_mode()
def is_batch_invariant(decoder: Qwen3Decoder, shapes: Shapes) -> bool:
    """Whether one probe gives the same bits alone and at several places of several batches."""
    probe = _one_layer(decoder)
    generator = torch.Generator().manual_seed(0)
    padded = shapes.prompt_length(_PROMPT)
    many = min(shapes.rows_max, max(ROWS_MULTIPLE, 64))
    ids = torch.randint(decoder.config.vocab_size, (many, padded), generator=generator)
    batch = DecodeBatch(probe, dataclasses.replace(shapes, rows_max=many, length_max=min(shapes.length_max, 1024)))
    longest = batch.shapes.slot_length
    lengths = sorted({batch.shapes.length(min(longest, length)) for length in (_PROMPT + 1, 2 * padded, longest)})
    alone = DecodeBatch(probe, dataclasses.replace(batch.shapes, rows_max=ROWS_MULTIPLE))
    for row in {0, 3, many - 1}:
        first = _prefilled(alone, ids[row : row + 1], 0)
        among = _prefilled(batch, ids, row)
        wanted = _decoded(alone, ROWS_MULTIPLE, lengths[0], 0)
        found = [_decoded(batch, rows, length, row) for rows in {row // 8 * 8 + 8, many} for length in lengths]
        if not torch.equal(first, among) or not all(torch.equal(wanted, other) for other in found):
            return False
    return True
