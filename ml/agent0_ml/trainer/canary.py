"""What the trained weights say to a prompt of the batch, greedily. A model server that has them says the same."""

import torch

from agent0_ml.trainer.batch import Row
from agent0_ml.trainer.policy import Policy

TOKENS = 8
TOLERANCES = {torch.float32: 1e-3, torch.bfloat16: 0.05}
"""Largest difference of a log-probability between two computations with the same weights, by dtype."""


def make_canary(policy: Policy, rows: list[Row]) -> dict:
    """The fields of `Canary` in contracts/ports/model-server.ts. Never longer than a row that a server wrote."""
    row = next((row for row in rows if room(row) >= TOKENS), rows[0])
    prompt = row.token_ids[: row.places[0]].tolist()
    token_ids, logprobs = policy.continue_greedily(prompt, min(TOKENS, room(row)))
    return {"promptTokenIds": prompt, "tokenIds": token_ids, "logprobs": logprobs,
            "tolerance": TOLERANCES[policy.base_dtype]}


def room(row: Row) -> int:
    return len(row.token_ids) - int(row.places[0])
