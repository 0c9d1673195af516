"""Programs of the corpus: how a chain is written in Python, and the slips that an imperfect writer makes.

A program is a list of parts, a line each. A slip changes a part, so that the wrong program's true output is known too.
"""

from __future__ import annotations

import random

from agent0_ml.tiny_world.grammar import Part

LINES_MAX = 6
"""A longer program is not run: a rule of this world that makes long tasks need several calls."""
TOO_LONG = f"Error: more than {LINES_MAX} lines"

# One `#` for each number of the part.
_START_LINES = {
    "number": "x=#",
    "gcd": "from math import gcd;x=gcd(#,#)",
    "sum": "x=sum(i*#%# for i in range(#))",
}
_STEP_LINES = {
    "add": "x+=#",
    "subtract": "x-=#",
    "multiply": "x*=#",
    "remainder": "x%=#",
    "square": "x*=x",
    "digit_sum": "x=sum(map(int,str(abs(x))))",
    "iterate": "for _ in range(#):x=(#*x+#)%#",
}
_LOOPS = ("sum", "iterate")
_SWAPPED = {"add": "subtract", "subtract": "add", "multiply": "add", "remainder": "subtract"}


def line(part: Part) -> str:
    text = _START_LINES.get(part.kind) or _STEP_LINES[part.kind]
    pieces = text.split("#")
    return pieces[0] + "".join(f"{number}{piece}" for number, piece in zip(part.numbers, pieces[1:], strict=True))


def program(parts: list[Part], printed: str = "x") -> str:
    return "\n".join([*map(line, parts), f"print({printed})"])


def wrong_digit(rng: random.Random, number: int) -> int:
    """The number with one digit replaced; never zero, which could not be a modulus."""
    while True:
        digits = list(str(abs(number)))
        digits[rng.randrange(len(digits))] = str(rng.randrange(10))
        slipped = int("".join(digits)) * (-1 if number < 0 else 1)
        if slipped != number and slipped != 0:
            return slipped


def with_slips(rng: random.Random, parts: list[Part], rate: float) -> list[Part]:
    """The parts as a careless writer copies them: a wrong digit, a wrong operation or a line left out."""
    written = []
    for index, part in enumerate(parts):
        if rng.random() >= rate * (2 if part.kind in _LOOPS else 1):
            written.append(part)
            continue
        slip = rng.random()
        if slip < 0.25 and index > 0:
            continue
        if slip < 0.45 and part.kind in _SWAPPED:
            written.append(Part(_SWAPPED[part.kind], part.numbers))
        elif part.numbers:
            place = rng.randrange(len(part.numbers))
            numbers = list(part.numbers)
            numbers[place] = wrong_digit(rng, numbers[place])
            written.append(Part(part.kind, tuple(numbers)))
        else:
            written.append(Part("square" if part.kind == "digit_sum" else "digit_sum", ()))
    return written
