"""Whether two numbers or expressions are equal, different or undecided."""

from fractions import Fraction

from magnitude import same_worth
from mpmath import mp

EQUAL, DIFFERENT, UNDECIDED = "equal", "different", "undecided"
# A decimal with as many significant digits may be what is left of an exact value.
LONG_DECIMAL = 15
NOISE = Fraction(1, 10**14)
CLOSE = Fraction(1, 10**4)
INFINITE = {("const", "inf"), ("mul", ("num", Fraction(-1)), ("const", "inf"))}


def truth(same):
    return UNDECIDED if same is None else EQUAL if same else DIFFERENT


def formulas(left, right, rules):
    a, b = left.number, right.number
    if a is not None and b is not None:
        return numbers(left, right, rules)
    if left.ast in INFINITE or right.ast in INFINITE:
        return (
            DIFFERENT
            if (left.ast in INFINITE and right.ast in INFINITE) or left.worth() or right.worth()
            else UNDECIDED
        )
    if (
        left.digits >= LONG_DECIMAL
        or right.digits >= LONG_DECIMAL
        or (rules["decimals"] == "close" and (left.digits or right.digits))
    ):
        limit = CLOSE if rules["decimals"] == "close" else NOISE
        if (near := near_constants(left, right, limit)) is not None:
            return EQUAL if near else DIFFERENT
    same = truth(same_worth(left.worth(), right.worth())) if left.worth() and right.worth() else UNDECIDED
    if same == DIFFERENT and rules["letters"] == "uncased" and left.ast[0] == right.ast[0] == "sym":
        return EQUAL if left.ast[1].lower() == right.ast[1].lower() else DIFFERENT
    return same


def numbers(left, right, rules):
    a, b = left.number, right.number
    if a == b:
        return EQUAL
    difference, size = abs(a - b), max(abs(a), abs(b))
    if rules["decimals"] == "close" and (left.digits or right.digits):
        return EQUAL if difference <= CLOSE * size else DIFFERENT
    long = [value.digits >= LONG_DECIMAL for value in (left, right)]
    if difference > NOISE * size or not any(long):
        return DIFFERENT
    # Which of two long decimals is the rounded one cannot be told.
    return UNDECIDED if all(long) else EQUAL


def near_constants(left, right, limit):
    worths = left.worth().get("constant"), right.worth().get("constant")
    if None in worths or worths[0][0] is None or worths[1][0] is None or "," in worths[0][0] + worths[1][0]:
        return None
    with mp.workdps(70):
        a, b = (mp.mpf(value[0]) for value in worths)
        return abs(a - b) <= mp.mpf(limit.numerator) / limit.denominator * max(abs(a), abs(b))
