"""Random tasks of a wanted length and hardness, and the held-out set that no corpus may hold."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Literal

from agent0_ml.tiny_world.grammar import STEPS, Chain, NoValue, Part, values, write

Hardness = Literal["easy", "middle", "hard"]
HARDNESSES: tuple[Hardness, ...] = ("easy", "middle", "hard")

HELD_OUT_SEED = 20260101
HELD_OUT_LENGTHS = range(1, 7)
HELD_OUT_PER_LENGTH = 50

# Shares of the kinds, in the order of the grammar's tables, and the largest operand by hardness.
_START_SHARES = {"easy": (90, 7, 3), "middle": (75, 15, 10), "hard": (60, 20, 20)}
_STEP_SHARES = {
    "easy": (30, 26, 18, 12, 3, 6, 5),
    "middle": (22, 20, 18, 14, 4, 10, 12),
    "hard": (16, 15, 15, 15, 6, 13, 20),
}
_OPERAND_MAX = {"easy": 12, "middle": 60, "hard": 400}
_FACTOR_MAX = {"easy": 5, "middle": 12, "hard": 30}
_SIZE_MAX = 10**6
"""Values of generated tasks stay below this, so that answers keep few digits."""


def _start(rng: random.Random, hardness: Hardness) -> Part:
    kind = rng.choices(("number", "gcd", "sum"), _START_SHARES[hardness])[0]
    largest = _OPERAND_MAX[hardness]
    if kind == "number":
        return Part(kind, (rng.randint(1, largest),))
    if kind == "gcd":
        common = rng.randint(1, 12)
        return Part(kind, (common * rng.randint(2, 12), common * rng.randint(2, 12)))
    return Part(kind, (rng.randint(2, 9), rng.randint(3, 13), rng.randint(5, 30)))


def _step(rng: random.Random, hardness: Hardness) -> Part:
    kind = rng.choices(tuple(STEPS), _STEP_SHARES[hardness])[0]
    largest = _OPERAND_MAX[hardness]
    if kind in ("square", "digit_sum"):
        return Part(kind, ())
    if kind == "iterate":
        return Part(
            kind, (rng.randint(2, 20), rng.randint(2, 9), rng.randint(1, 9), rng.randint(5, max(9, largest // 4)))
        )
    if kind == "multiply":
        return Part(kind, (rng.randint(2, _FACTOR_MAX[hardness]),))
    return Part(kind, (rng.randint(3 if kind == "remainder" else 1, largest),))


def random_chain(rng: random.Random, length: int, hardness: Hardness) -> Chain:
    """A chain of `length` steps whose values on the way stay small enough to write."""
    while True:
        chain = Chain(_start(rng, hardness), tuple(_step(rng, hardness) for _ in range(length)))
        try:
            if max(map(abs, values(chain))) < _SIZE_MAX:
                return chain
        except NoValue:
            continue


def random_question(rng: random.Random, chain: Chain) -> str:
    return write(chain, [rng.randrange(2) for _ in chain.steps])


@cache
def held_out() -> tuple[tuple[Chain, str], ...]:
    """300 tasks, 50 per length 1 to 6, all different chains: the same ones on every machine."""
    rng = random.Random(HELD_OUT_SEED)
    found: dict[Chain, str] = {}
    for length in HELD_OUT_LENGTHS:
        wanted = len(found) + HELD_OUT_PER_LENGTH
        while len(found) < wanted:
            chain = random_chain(rng, length, rng.choice(HARDNESSES))
            found.setdefault(chain, random_question(rng, chain))
    return tuple(found.items())


@cache
def held_out_chains() -> frozenset[Chain]:
    """What the corpus must leave out. Chains, not texts: another wording would give the task away as well."""
    return frozenset(chain for chain, _ in held_out())


def held_out_lines() -> str:
    """The held-out set as JSON lines: question, steps, answer (for evaluation only)."""
    rows = (
        {"question": question, "steps": len(chain.steps), "answer": str(values(chain)[-1])}
        for chain, question in held_out()
    )
    return "".join(json.dumps(row) + "\n" for row in rows)
