"""The task grammar of the tiny world: text to chain and back, and the value of a chain.

A task is a chain: a start value, then 0 to 8 steps, then `What is x?`. The grammar is strict, so that "parses and has a
value" is a test for well-formedness. The value itself serves evaluation only: no reward, label or filter may see it.
`core/tiny-world/` is the same grammar in TypeScript; a committed fixture holds the two together.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

STEPS_MAX = 8
VALUE_MAX = 10**15
"""No value on the way, inside a repetition too, may be larger: it then is exact in a 64-bit float as well."""

NUMBER = "(0|[1-9][0-9]{0,2})"
"""Three digits at most, as in the corpus: longer ones the base model cannot copy, and its wrong votes then agree."""

# One `#` for each number. The first wording of a kind is the one with "Then".
STARTS = {
    "number": ("#",),
    "gcd": ("gcd(#,#)",),
    "sum": ("sum of i*#%# for i<#",),
}
STEPS = {
    "add": ("Then add #", "Increase x by #"),
    "subtract": ("Then subtract #", "Decrease x by #"),
    "multiply": ("Then multiply by #", "Scale x by #"),
    "remainder": ("Then take the remainder by #", "Reduce x modulo #"),
    "square": ("Then square it", "Multiply x by itself"),
    "digit_sum": ("Then take the digit sum", "Add up the digits of x"),
    "iterate": ("Then repeat # times x=(#*x+#)%#", "Do # times x=(#*x+#)%#"),
}


@dataclass(frozen=True)
class Part:
    """A start or a step: its kind and the numbers of its wording, left to right."""

    kind: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Chain:
    start: Part
    steps: tuple[Part, ...]


class NoValue(Exception):
    """The chain divides by zero, takes the greatest common divisor of zeros, or grows too large."""


def _patterns(wordings: dict[str, tuple[str, ...]]) -> list[tuple[str, re.Pattern[str]]]:
    return [
        (kind, re.compile(NUMBER.join(re.escape(piece) for piece in wording.split("#"))))
        for kind, texts in wordings.items()
        for wording in texts
    ]


_START_PATTERNS = _patterns(STARTS)
_STEP_PATTERNS = _patterns(STEPS)
_OPENING = "Let x="
_CLOSING = " What is x?"


def _part(text: str, patterns: list[tuple[str, re.Pattern[str]]]) -> Part | None:
    for kind, pattern in patterns:
        match = pattern.fullmatch(text)
        if match:
            return Part(kind, tuple(int(number) for number in match.groups()))
    return None


def parse(question: str) -> Chain | None:
    """The chain that a question asks for; None if it is not a sentence of the grammar."""
    if not question.startswith(_OPENING) or not question.endswith("." + _CLOSING):
        return None
    first, *rest = question[len(_OPENING) : -len("." + _CLOSING)].split(". ")
    start = _part(first, _START_PATTERNS)
    steps = [_part(text, _STEP_PATTERNS) for text in rest]
    if start is None or len(steps) > STEPS_MAX or None in steps:
        return None
    return Chain(start, tuple(step for step in steps if step is not None))


def write(chain: Chain, wordings: list[int]) -> str:
    """The question of a chain; `wordings[i]` picks the wording of step i."""
    texts = [_fill(STARTS[chain.start.kind][0], chain.start.numbers)]
    texts += [
        _fill(STEPS[step.kind][wording], step.numbers) for step, wording in zip(chain.steps, wordings, strict=True)
    ]
    return _OPENING + ". ".join(texts) + "." + _CLOSING


def _fill(wording: str, numbers: tuple[int, ...]) -> str:
    pieces = wording.split("#")
    return pieces[0] + "".join(f"{number}{piece}" for number, piece in zip(numbers, pieces[1:], strict=True))


def _bounded(value: int) -> int:
    if abs(value) > VALUE_MAX:
        raise NoValue(f"a value above {VALUE_MAX}")
    return value


def _remainder(value: int, modulus: int) -> int:
    if modulus == 0:
        raise NoValue("a remainder by zero")
    return value % modulus


def start_value(start: Part) -> int:
    numbers = start.numbers
    if start.kind == "number":
        return numbers[0]
    if start.kind == "gcd":
        if numbers == (0, 0):
            raise NoValue("gcd(0,0)")
        return math.gcd(*numbers)
    factor, modulus, count = numbers
    return sum(_remainder(index * factor, modulus) for index in range(count))


def step_value(value: int, step: Part) -> int:
    """The value after a step. A remainder is never negative; the digit sum ignores the sign."""
    numbers = step.numbers
    match step.kind:
        case "add":
            return _bounded(value + numbers[0])
        case "subtract":
            return _bounded(value - numbers[0])
        case "multiply":
            return _bounded(value * numbers[0])
        case "remainder":
            return _remainder(value, numbers[0])
        case "square":
            return _bounded(value * value)
        case "digit_sum":
            return sum(map(int, str(abs(value))))
    times, factor, summand, modulus = numbers
    for _ in range(times):
        value = _remainder(_bounded(factor * value + summand), modulus)
    return value


def values(chain: Chain) -> list[int]:
    """The start value and the value after each step. Raises NoValue."""
    found = [start_value(chain.start)]
    for step in chain.steps:
        found.append(step_value(found[-1], step))
    return found


def truth(question: str) -> int | None:
    """The value of a well-formed question, else None. For evaluation only."""
    chain = parse(question)
    if chain is None:
        return None
    try:
        return values(chain)[-1]
    except NoValue:
        return None
