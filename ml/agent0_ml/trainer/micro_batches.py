"""Cuts a batch: into updates by key order, an update into micro-batches of rows of like length.

A micro-batch is padded on the right, or packed: one row after the other in one sequence, for an attention that is told
where each begins.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from agent0_ml.trainer.batch import Row
from agent0_ml.trainer.errors import Refusal


@dataclass(frozen=True)
class MicroBatch:
    """Rows as tensors. Token tensors have one entry per sampled token, row after row."""

    rows: list[Row]
    token_ids: Tensor  # [rows, length]; packed: [1, total]
    attention: dict  # what a packed micro-batch tells the attention
    row: Tensor  # of each sampled token: its row here
    source: Tensor  # of each sampled token: the one before it, as an index into the flattened token_ids
    target: Tensor
    temperature: Tensor
    advantage: Tensor
    server: Tensor | None
    clip_low: Tensor  # NaN where the batch has none
    clip_high: Tensor


def updates_of(rows: list[Row], updates: int, tokens_max: int, packed: bool = False) -> list[list[list[Row]]]:
    """rowsByUpdate[update][micro-batch]: equal shares of the rows in key order; micro-batches longest rows first."""
    if updates > len(rows):
        raise Refusal(f"batch: {len(rows)} rows cannot be cut into {updates} updates")
    bounds = np.linspace(0, len(rows), updates + 1).astype(int)
    return [micro_batches_of(rows[start:end], tokens_max, packed) for start, end in pairwise(bounds)]


def micro_batches_of(rows: list[Row], tokens_max: int, packed: bool) -> list[list[Row]]:
    found: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: -len(row.token_ids)):  # stable: equal lengths stay in key order
        # The first row of a micro-batch is its longest, so it sets the padded length.
        if found and size([*found[-1], row], packed) <= tokens_max:
            found[-1].append(row)
        else:
            found.append([row])
    return found


def size(rows: list[Row], packed: bool) -> int:
    """Tokens that go through the model, padding included."""
    return sum(len(row.token_ids) for row in rows) if packed else len(rows[0].token_ids) * len(rows)


def idle(device: torch.device, packed: bool) -> MicroBatch:
    """One token of no row: a rank that has no rows left goes through sharded weights with those that have."""
    one, none = torch.zeros(1, 1, dtype=torch.long, device=device), torch.zeros(0, device=device)
    nowhere = none.long()
    return MicroBatch([], one, boundaries(np.ones(1, int), device) if packed else {}, nowhere, nowhere, nowhere,
                      *[none] * 5)


def micro_batch(rows: list[Row], device: torch.device, packed: bool = False) -> MicroBatch:
    if not rows:
        return idle(device, packed)
    lengths = np.array([len(row.token_ids) for row in rows])
    starts = np.cumsum([0, *lengths[:-1]]) if packed else np.arange(len(rows)) * lengths.max()
    token_ids = np.zeros(lengths.sum() if packed else len(rows) * lengths.max(), np.int64)
    for row, start in zip(rows, starts, strict=True):
        token_ids[start : start + len(row.token_ids)] = row.token_ids
    counts = [len(row.places) for row in rows]
    row_index = np.repeat(np.arange(len(rows)), counts)
    place = starts[row_index] + np.concatenate([row.places for row in rows])

    def per_token(values: list[float]) -> Tensor:
        return torch.tensor(np.repeat(np.array(values, np.float32), counts), device=device)

    def joined(arrays: list[np.ndarray]) -> Tensor:
        return torch.tensor(np.concatenate(arrays), device=device)

    return MicroBatch(
        rows=rows,
        token_ids=torch.tensor(token_ids.reshape(1 if packed else len(rows), -1), device=device),
        attention=boundaries(lengths, device) if packed else {},
        row=torch.tensor(row_index, device=device),
        source=torch.tensor(place - 1, device=device),
        target=torch.tensor(token_ids[place], device=device),
        temperature=per_token([row.temperature for row in rows]),
        advantage=joined([row.advantages for row in rows]),
        server=None if rows[0].server_logprobs is None else joined([row.server_logprobs for row in rows]),
        clip_low=per_token([row.clip_low for row in rows]),
        clip_high=per_token([row.clip_high for row in rows]),
    )


def boundaries(lengths: np.ndarray, device: torch.device) -> dict:
    """Where packed rows begin, said to a variable-length attention outright and not left to be guessed."""
    ends = torch.tensor(np.cumsum([0, *lengths]), dtype=torch.int32, device=device)
    positions = torch.tensor(np.concatenate([np.arange(length) for length in lengths])[None], device=device)
    longest = int(lengths.max())
    return {"position_ids": positions, "cu_seq_lens_q": ends, "cu_seq_lens_k": ends, "max_length_q": longest,
            "max_length_k": longest}
