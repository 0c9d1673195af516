"""Which shapes a batch is computed in, so that a row's bits do not depend on its neighbours.

Measured with torch 2.13 on an AVX-512 CPU, one thread: a matrix product gives a row the same bits for any number of
rows from 4 up, at any place among them; below 4 rows another kernel is used, which differs by 1e-7. Attention of one
query gives the same bits for any number of rows, and for any padded length that is a multiple of 8 (the masked tail
adds exact zeros). Attention of a whole prompt changes bits with its padded length (block sizes depend on it), but not
with the number of prompts. Hence: rows are padded to a multiple of 8, cached lengths to a multiple of 32, and prompts
are computed only together with prompts of the same padded length, which is a function of the prompt alone.

None of this is promised by torch. So the server checks it at start on the model's own shapes, and where it does not
hold, it computes every batch in one largest shape: slow, but the same bits by construction, for the same --max-num-seqs
and --max-model-len.
"""

from __future__ import annotations

from dataclasses import dataclass

ROWS_MULTIPLE = 8
LENGTH_MULTIPLE = 32
PROMPT_TOKENS_MAX = 4096
"""Padded tokens that are prefilled together at most; a longer prompt comes alone."""


def round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


@dataclass(frozen=True)
class Shapes:
    rows_max: int
    """A multiple of 8."""
    length_max: int
    """Tokens of a prompt and its answer."""
    fixed: bool = False
    """Always the largest shape."""

    @property
    def slot_length(self) -> int:
        """Positions that a slot of the cache holds."""
        return round_up(self.length_max, LENGTH_MULTIPLE)

    def rows(self, count: int) -> int:
        return self.rows_max if self.fixed else min(self.rows_max, round_up(count, ROWS_MULTIPLE))

    def length(self, longest: int) -> int:
        return self.slot_length if self.fixed else round_up(longest, LENGTH_MULTIPLE)

    def prompt_length(self, length: int) -> int:
        return round_up(length, LENGTH_MULTIPLE)

    def prompts(self, padded: int) -> int:
        """How many prompts of this padded length are computed together at most; in the fixed shape, one."""
        return 1 if self.fixed else max(1, min(self.rows_max, PROMPT_TOKENS_MAX // padded))
