"""Rows of the batch as the new weights, the parent's and the base's score them; model servers are held against it.

The rows are scored as they were recorded, so a server that scores the same tokens can be compared token by token.
With the parent and the base it can be told whether it has the new weights at all, and how far its numbers are from ours
anyhow.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from agent0_ml.trainer.batch import Row
from agent0_ml.trainer.errors import Diverged
from agent0_ml.trainer.micro_batches import micro_batch
from agent0_ml.trainer.policy import Policy

ROWS = 4
TOKENS = 256
"""Sampled tokens of a row, at most."""
DIGITS = 6
"""Of a log-probability: far below what two computations differ by."""

Beat = Callable[[], None]


class Canary:
    """Make it before the weights move, ask for the record afterwards. All ranks do both."""

    def __init__(self, policy: Policy, rows: list[Row], parent_is_base: bool, beat: Beat):
        self.policy, self.beat = policy, beat
        places = np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).round().astype(int)
        self.rows = [shortened(rows[place]) for place in places]
        parent = self.scores()
        base = parent if parent_is_base else self.scores_of_base()
        # A row that has no finite score before the step says nothing about the weights behind it.
        good = [index for index, scores in enumerate(parent) if is_finite(scores) and is_finite(base and base[index])]
        if not good:
            raise Diverged("the weights before the step give no row of the batch finite log-probabilities")
        self.rows = [self.rows[index] for index in good]
        self.parent = [parent[index] for index in good]
        self.base = base and [base[index] for index in good]

    def scores_of_base(self) -> list[list[float]] | None:
        """None for full weights: the base would have to be read again, and no server is given such a policy anyhow."""
        if self.policy.lora is None:
            return None
        with self.policy.standing_in(None):
            return self.scores()

    @torch.no_grad()
    def scores(self) -> list[list[float]]:
        """The log-probability of each sampled token of each row, at temperature 1, by the weights as they are now."""
        self.policy.adapted.eval()
        found = []
        for row in self.rows:
            self.beat()
            logp, _ = self.policy.score(micro_batch([row], self.policy.device, self.policy.packed))
            found.append([round(each, DIGITS) for each in logp.tolist()])
        return found

    def record(self) -> dict:
        """The fields of `Canary` in contracts/canary.ts."""
        return {"rows": [
            {"tokenIds": row.token_ids.tolist(), "places": row.places.tolist(), "logprobs": logprobs,
             "parent": self.parent[index], "base": self.base and self.base[index]}
            for index, (row, logprobs) in enumerate(zip(self.rows, self.scores(), strict=True))]}


def is_finite(scores: list[float] | None) -> bool:
    return all(map(math.isfinite, scores or []))


def shortened(row: Row) -> Row:
    """The row up to its last token but one, and to `TOKENS` sampled ones: a server samples one more behind it."""
    count = min(TOKENS, len(row.places))
    if count > 1 and row.places[count - 1] == len(row.token_ids) - 1:
        count -= 1
    places = row.places[:count]
    server = None if row.server_logprobs is None else row.server_logprobs[:count]
    return replace(row, token_ids=row.token_ids[: places[-1] + 1], places=places, server_logprobs=server,
                   advantages=row.advantages[:count], temperature=1.0)
