"""Formulas as nested tuples. Rational arithmetic is done when they are made; the rest is kept in one order.

("num", Fraction), ("sym", name), ("const", name), ("add", ...), ("mul", ...), ("pow", base, exponent),
("fn", name, ...arguments),
("sum" | "prod", variable, from, to, body), ("call", name, argument): a function that nobody knows.
"""

from fractions import Fraction
from math import comb, gcd, isqrt, lcm

from spelling import COMMANDS, Unread

BITS_MAX = 100_000
FACTORIAL_MAX = 3_000
CONSTANTS = {
    "pi": "pi",
    "e": "e",
    "i": "i",
    "infty": "inf",
    "oo": "inf",
    "infinity": "inf",
    "inf": "inf",
    "I": "I",
    "E": "E",
}
FUNCTIONS = COMMANDS - {"mod", "ker", "dim", "deg"} | set(
    "sqrt cbrt abs floor ceil factorial Abs binomial comb".split()
)
RENAMED = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "Abs": "abs",
    "comb": "binom",
    "binomial": "binom",
    "lg": "log",
}
GREEK_WORDS = set("alpha beta gamma delta theta lambda mu sigma omega phi rho tau epsilon".split())
ZERO, ONE = ("num", Fraction(0)), ("num", Fraction(1))


def number(value):
    return ("num", Fraction(value))


def rational(formula):
    return formula[1] if formula[0] == "num" else None


def small(value):
    if value.numerator.bit_length() + value.denominator.bit_length() > BITS_MAX:
        raise Unread("a number that is too large")
    return value


def add(*terms):
    total, rest = Fraction(0), []
    for term in terms:
        for part in term[1:] if term[0] == "add" else (term,):
            if part[0] == "num":
                total += part[1]
            else:
                rest.append(part)
    if total != 0 or not rest:
        rest.append(("num", small(total)))
    return rest[0] if len(rest) == 1 else ("add", *sorted(rest, key=key))


def mul(*factors):
    total, rest = Fraction(1), []
    for factor in factors:
        for part in factor[1:] if factor[0] == "mul" else (factor,):
            if part[0] == "num":
                total *= part[1]
            else:
                rest.append(part)
    if total == 0 and not any(contains(part, "inf") for part in rest):
        return ZERO
    if total != 1 or not rest:
        rest.append(("num", small(total)))
    return rest[0] if len(rest) == 1 else ("mul", *sorted(rest, key=key))


def negative(formula):
    return mul(number(-1), formula)


def exact_root(value, degree):
    """The rational root of a rational that is not negative, or None."""
    parts = []
    for part in (value.numerator, value.denominator):
        root = isqrt(part) if degree == 2 else round(part ** (1 / degree)) if part.bit_length() < 900 else 0
        if root**degree != part:
            return None
        parts.append(root)
    return Fraction(*parts)


def power(base, exponent):
    b, e = rational(base), rational(exponent)
    if e is not None and e == 1:
        return base
    if b is not None and e is not None:
        if e.denominator == 1:
            if b == 0 and e < 0:
                raise Unread("a division by zero")
            bits = max(abs(b.numerator).bit_length(), b.denominator.bit_length()) * abs(e.numerator)
            if abs(b) == 1 or b == 0 or bits <= BITS_MAX:
                return (
                    "num",
                    b
                    ** (
                        e.numerator
                        if abs(b) not in (0, 1)
                        else e.numerator % 2
                        if b == -1
                        else min(abs(e.numerator), 1)
                    ),
                )
        elif b >= 0 and e.denominator <= 12 and (root := exact_root(b, e.denominator)) is not None:
            return power(("num", root), ("num", Fraction(e.numerator)))
    if (
        e is not None
        and e.denominator == 1
        and base[0] == "pow"
        and rational(base[2]) is not None
        and rational(base[2]).denominator == 1
    ):
        return power(base[1], mul(base[2], exponent))
    return ("pow", base, exponent)


def root_of(formula, degree):
    value, n = rational(formula), rational(degree)
    if n is None or n.denominator != 1 or not 2 <= n <= 1000:
        return ("pow", formula, power(degree, number(-1)))
    if value is not None and value < 0 and n % 2 == 1:
        return negative(power(("num", -value), ("num", 1 / n)))
    if n % 2 == 1 and value is None:
        return ("fn", "root", formula, degree)
    return power(formula, ("num", 1 / n))


FOLDED = {
    "abs": abs, "floor": lambda x: x.__floor__(), "ceil": lambda x: x.__ceil__(), "max": max, "min": min,
}  # fmt: skip


def function(name, *arguments):
    name = RENAMED.get(name, name)
    values = [rational(argument) for argument in arguments]
    if name == "sqrt":
        return root_of(arguments[0], number(2))
    if name == "cbrt":
        return root_of(arguments[0], number(3))
    if name == "exp":
        return power(("const", "e"), arguments[0])
    if None not in values:
        whole = all(value.denominator == 1 for value in values)
        if name in FOLDED:
            return number(FOLDED[name](*values))
        if name == "factorial" and whole and 0 <= values[0] <= FACTORIAL_MAX:
            return number(comb_free_factorial(values[0].numerator))
        if name == "binom" and whole and 0 <= values[0] <= FACTORIAL_MAX and values[1] >= 0:
            return number(comb(values[0].numerator, values[1].numerator))
        if name in ("gcd", "lcm") and whole:
            return number({"gcd": gcd, "lcm": lcm}[name](*(value.numerator for value in values)))
        if name in ("Fraction", "Rational") and len(values) == 2 and values[1] != 0:
            return number(values[0] / values[1])
    if name in ("sin", "tan", "sinh", "arcsin", "arctan") and values[0] == 0:
        return ZERO
    if name in ("cos", "cosh", "sec") and values[0] == 0:
        return ONE
    if name == "ln" and (values[0] == 1 or arguments[0] == ("const", "e")):
        return number(1 if values[0] is None else 0)
    return ("fn", name, *arguments)


def comb_free_factorial(n):
    product = 1
    for factor in range(2, n + 1):
        product *= factor
    return product


def key(formula):
    """A text that is the same for formulas which differ only in the order of terms and factors."""
    kind = formula[0]
    if kind == "num":
        value = formula[1]
        return str(value) if value.numerator.bit_length() < 4_000 else f"{value.numerator:x}/{value.denominator:x}"
    return f"{kind}({','.join(part if isinstance(part, str) else key(part) for part in formula[1:])})"


def contains(formula, constant):
    if formula[0] == "const":
        return formula[1] == constant
    return any(contains(part, constant) for part in formula[1:] if isinstance(part, tuple))


def symbols(formula):
    """Names of what a formula leaves open."""
    if formula[0] == "sym":
        return {formula[1]}
    found = set()
    for part in formula[1:]:
        if isinstance(part, tuple):
            found |= symbols(part)
    if formula[0] in ("sum", "prod"):
        found.discard(formula[1])
    if formula[0] == "call":
        found.add(formula[1] + "()")
    return found


def numeral(text):
    value = Fraction(text.rstrip(".") if not text.startswith(".") else f"0{text}")
    return ("num", small(value))


def repeating(text):
    whole, start, period = text.split("|")
    scale = 10 ** len(start)
    return number(
        int(whole or 0) + Fraction(int(start or 0), scale) + Fraction(int(period), scale * (10 ** len(period) - 1))
    )
