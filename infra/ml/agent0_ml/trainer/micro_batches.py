"""Cuts a batch: into updates by key order, an update into micro-batches of rows of like length, padded on the right."""

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
    token_ids: Tensor  # [rows, length]
    row: Tensor  # of each sampled token: its row here
    place: Tensor  # of each sampled token: its place in the row
    target: Tensor
    temperature: Tensor
    advantage: Tensor
    server: Tensor | None
    clip_low: Tensor  # NaN where the batch has none
    clip_high: Tensor


def updates_of(rows: list[Row], updates: int, tokens_max: int) -> list[list[list[Row]]]:
    """rowsByUpdate[update][micro-batch]: equal shares of the rows in key order; micro-batches longest rows first."""
    if updates > len(rows):
        raise Refusal(f"batch: {len(rows)} rows cannot be cut into {updates} updates")
    bounds = np.linspace(0, len(rows), updates + 1).astype(int)
    return [micro_batches_of(rows[start:end], tokens_max) for start, end in pairwise(bounds)]


def micro_batches_of(rows: list[Row], tokens_max: int) -> list[list[Row]]:
    found: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: -len(row.token_ids)):  # stable: equal lengths stay in key order
        # The first row of a micro-batch is its longest, so it sets the padded length.
        if found and len(found[-1][0].token_ids) * (len(found[-1]) + 1) <= tokens_max:
            found[-1].append(row)
        else:
            found.append([row])
    return found


def micro_batch(rows: list[Row], device: torch.device) -> MicroBatch:
    token_ids = np.zeros((len(rows), max(len(row.token_ids) for row in rows)), np.int64)
    for index, row in enumerate(rows):
        token_ids[index, : len(row.token_ids)] = row.token_ids
    counts = [len(row.places) for row in rows]
    row_index = np.repeat(np.arange(len(rows)), counts)
    place = np.concatenate([row.places for row in rows])

    def per_token(values: list[float]) -> Tensor:
        return torch.tensor(np.repeat(np.array(values, np.float32), counts), device=device)

    def joined(arrays: list[np.ndarray]) -> Tensor:
        return torch.tensor(np.concatenate(arrays), device=device)

    return MicroBatch(
        rows=rows,
        token_ids=torch.tensor(token_ids, device=device),
        row=torch.tensor(row_index, device=device),
        place=torch.tensor(place, device=device),
        target=torch.tensor(token_ids[row_index, place], device=device),
        temperature=per_token([row.temperature for row in rows]),
        advantage=joined([row.advantages for row in rows]),
        server=None if rows[0].server_logprobs is None else joined([row.server_logprobs for row in rows]),
        clip_low=per_token([row.clip_low for row in rows]),
        clip_high=per_token([row.clip_high for row in rows]),
    )
