"""What a formula is worth: its values at fixed points, to 60 digits. Equal formulas are equal at every point.

The points depend on nothing but the names of the variables, so that a formula has one worth, whatever it is compared
with. What would take too long is not computed: the budget counts operations, not time, so that a verdict does not
depend on the machine.
"""

import hashlib
from fractions import Fraction

import mpmath
from algebra import contains, symbols
from mpmath import mp
from spelling import Unread

DIGITS = 60
LOW, HIGH = 90, 140
# Positive reals, reals of both signs, positive integers.
POINTS = {"positive": 4, "mixed": 4, "whole": 8}
# Terms that are smaller than their sum by more digits than this are lost in it.
LOST = 50
NUMBER_BITS_MAX = 190
OPERATIONS_MAX = 20_000
EXPONENT_MAX = 10**9
ANGLE_MAX = 10**30
WHOLE_FUNCTIONS = ("factorial", "binom", "gcd", "lcm")
# What people call whole numbers.
WHOLE_NAMES = set("ijklmnpqrstNMK")
TERMS_MAX = 1_000
ANGLES = {"sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "cot": mp.cot, "sec": mp.sec, "csc": mp.csc}
# Where a function is so near to another one that 60 digits do not tell them apart.
FLAT = {"sinh": 50, "cosh": 50, "tanh": 50, "arctan": 10**40, "arccot": 10**40, "arcsinh": 10**20, "arccosh": 10**20}
OTHERS = {"sinh": mp.sinh, "cosh": mp.cosh,
          "tanh": mp.tanh, "arcsin": mp.asin, "arccos": mp.acos, "arctan": mp.atan, "arccot": mp.acot,
          "arcsec": mp.asec, "arccsc": mp.acsc, "arcsinh": mp.asinh, "arccosh": mp.acosh, "arctanh": mp.atanh,
          "ln": mp.log, "abs": abs, "norm": abs,
          "floor": mp.floor, "ceil": mp.ceil, "Re": mp.re, "Im": mp.im, "arg": mp.arg}  # fmt: skip


class Undefined(Exception):
    """The formula has no value at this point, or leaves the reals there."""


def drawn(name, kind, index):
    digest = hashlib.sha256(f"{name}/{kind}/{index}".encode()).digest()
    whole = int.from_bytes(digest[:6], "big")
    if kind == "whole":
        return Fraction(whole % (9 if index < 4 else 60) + 2)
    value = Fraction(whole % 1_999_993 + 300_007, 1_000_003)
    return -value if kind == "mixed" and digest[6] % 2 else value


class Evaluation:
    """One formula at one point."""

    def __init__(self, kind, index, complex_allowed, budget):
        self.kind, self.index, self.complex_allowed, self.budget = kind, index, complex_allowed, budget
        self.bound = {}

    def value(self, formula):
        self.budget[0] -= 1
        if self.budget[0] < 0:
            raise Unread("a formula that takes too long")
        result = getattr(self, f"value_of_{formula[0]}")(*formula[1:])
        if not mp.isfinite(result):
            raise Undefined
        if isinstance(result, mpmath.mpc):
            if abs(result.imag) <= abs(result) * mp.mpf(10) ** -DIGITS:
                return result.real
            if not self.complex_allowed:
                raise Undefined
        return result

    def value_of_num(self, value):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > NUMBER_BITS_MAX:
            raise Undefined
        return mp.mpf(value.numerator) / value.denominator

    def value_of_const(self, name):
        if name == "inf":
            raise Unread("infinity in a formula")
        return {"pi": mp.pi, "e": mp.e, "i": mp.mpc(0, 1), "degree": mp.pi / 180}[name] + 0

    def value_of_sym(self, name):
        if name in self.bound:
            return mp.mpf(self.bound[name])
        base, _, index = name.partition("_")
        if index in self.bound or index.isdigit():
            return self.member(base, mp.mpf(self.bound.get(index, index)))
        return self.value_of_num(drawn(name, self.kind, self.index))

    def value_of_call(self, name, argument):
        """A function that nobody knows: some value for each argument."""
        return self.member(name, self.value(argument))

    def member(self, name, where):
        return self.value_of_num(drawn(f"{name}({mp.nstr(where, 25)})", self.kind, self.index))

    def value_of_add(self, *terms):
        return self.total([self.value(term) for term in terms])

    def total(self, values):
        total = mp.fsum(values)
        # 2^1000 + 1 cannot be told from 2^1000.
        if any(value != 0 and abs(value) < abs(total) * mp.mpf(10) ** -LOST for value in values):
            raise Undefined
        return total

    def value_of_mul(self, *factors):
        return mp.fprod([self.value(factor) for factor in factors])

    def value_of_pow(self, base, exponent):
        b, e = self.value(base), self.value(exponent)
        if b == 0 and mp.re(e) <= 0:
            raise Undefined
        if b != 0 and abs(e * mp.log(abs(b) + 2)) > EXPONENT_MAX:
            raise Unread("a power that is too large")
        if isinstance(e, mpmath.mpf) and e == int(e):
            return b ** int(e)
        return mp.power(b, e)

    def value_of_fn(self, name, *arguments):
        values = [self.value(argument) for argument in arguments]
        first = values[0]
        try:
            if name in ANGLES and abs(first) < ANGLE_MAX:
                return ANGLES[name](first)
            if name in FLAT and abs(first) > FLAT[name]:
                raise Undefined
            if name in OTHERS:
                if name == "ln" and first == 0:
                    raise Undefined
                return OTHERS[name](first)
            return self.several(name, values)
        except (ZeroDivisionError, ValueError) as error:
            raise Undefined from error

    def several(self, name, values):
        first = values[0]
        if name == "root":
            if isinstance(first, mpmath.mpf) and first < 0:
                return -mp.root(-first, int(values[1]))
            return mp.root(first, int(values[1]))
        if name == "factorial" and abs(first) < EXPONENT_MAX:
            return mp.factorial(first)
        if name == "binom" and all(abs(value) < 10**6 for value in values):
            return mp.binomial(*values)
        if name in ("max", "min"):
            return {"max": max, "min": min}[name](values)
        if name in ("gcd", "lcm") and all(value == int(value) and abs(value) < 10**30 for value in values):
            from math import gcd, lcm

            return mp.mpf({"gcd": gcd, "lcm": lcm}[name](*map(int, values)))
        if name == "sgn":
            return mp.sign(first)
        raise Unread(f"the value of {name}")

    def terms(self, variable, start, end, body):
        first, last = self.value(start), self.value(end)
        if first != int(first) or last != int(last):
            raise Undefined
        if last - first > TERMS_MAX:
            raise Unread("a sum that takes too long")
        outer = self.bound
        for index in range(int(first), int(last) + 1):
            self.bound = {**outer, variable: index}
            yield self.value(body)
        self.bound = outer

    def value_of_sum(self, *parts):
        return self.total(list(self.terms(*parts)))

    def value_of_prod(self, *parts):
        return mp.fprod(list(self.terms(*parts)))


def rounded(part, scale):
    if abs(part) <= scale * mp.mpf(10) ** -DIGITS:
        return "0"
    return mp.nstr(part, DIGITS)


def at_point(formula, kind, index, complex_allowed, budget):
    """The value as a text of 60 digits; None where there is none."""
    values = []
    for digits in (LOW, HIGH):
        with mp.workdps(digits):
            try:
                values.append(Evaluation(kind, index, complex_allowed, budget).value(formula))
            except (Undefined, OverflowError):
                return None
    low, high = values
    with mp.workdps(HIGH):
        size = abs(high)
        # What shrinks with the precision is the rounding of a zero.
        if size == 0 or size < abs(low) * mp.mpf(10) ** -20:
            return "0"
        if abs(high - low) > size * mp.mpf(10) ** -(DIGITS + 5):
            return None
        return f"{rounded(mp.re(high), size)},{rounded(mp.im(high), size)}" if mp.im(high) else rounded(high, size)


def is_whole(formula):
    """Whether a formula only makes sense for whole numbers."""
    if formula[0] in ("sum", "prod"):
        return True
    if formula[0] == "fn" and symbols(formula):
        if formula[1] in WHOLE_FUNCTIONS:
            return True
        if formula[1] in ("floor", "ceil") and symbols(formula) <= WHOLE_NAMES:
            return True
    if formula[0] == "pow" and formula[1][0] == "num" and formula[1][1] < 0 and symbols(formula[2]):
        return True
    return any(is_whole(part) for part in formula[1:] if isinstance(part, tuple))


def worth(formula):
    """Values by kind of point; of a constant there is one."""
    budget = [OPERATIONS_MAX]
    complex_allowed = contains(formula, "i") or not symbols(formula)
    if not symbols(formula):
        return {"constant": [at_point(formula, "constant", 0, complex_allowed, budget)]}
    kinds = ["whole"] if is_whole(formula) else POINTS
    found = {}
    for kind in kinds:
        found[kind] = [at_point(formula, kind, index, complex_allowed, budget) for index in range(POINTS[kind])]
    return found


def same_worth(left, right):
    """True, False, or None if the points do not tell."""
    if "constant" in left and "constant" in right:
        (a,), (b,) = left["constant"], right["constant"]
        return None if a is None or b is None else a == b
    if "constant" in left or "constant" in right:
        constant, other = (left, right) if "constant" in left else (right, left)
        values = [value for kind in other.values() for value in kind if value is not None]
        if len(values) < 3 or constant["constant"][0] is None:
            return None
        return all(value == constant["constant"][0] for value in values)
    agreed = 0
    for kind in POINTS:
        if kind not in left or kind not in right:
            continue
        pairs = [(a, b) for a, b in zip(left[kind], right[kind], strict=False) if a is not None and b is not None]
        if any(a != b for a, b in pairs):
            return False
        agreed += len(pairs)
    return True if agreed >= 3 else None
