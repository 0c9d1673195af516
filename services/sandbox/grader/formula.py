"""Reads tokens as a formula, whole or not at all."""

from fractions import Fraction

from algebra import (
    CONSTANTS,
    FUNCTIONS,
    GREEK_WORDS,
    add,
    function,
    mul,
    negative,
    number,
    numeral,
    power,
    repeating,
    root_of,  # fmt: skip
)
from cursor import Cursor
from spelling import Unread, written
from units import is_unit_word

DEPTH_MAX = 60
SUFFIXES_MAX = 6
NUMBER_TYPES = {"Float", "Integer", "float", "int", "mpf"}
DECORATIONS = {"bar", "hat", "vec", "tilde", "dot", "ddot", "mathring", "check", "acute"}
OPENING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}"}
INVERSE = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
           "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh"}  # fmt: skip


class Reader(Cursor):
    def expression(self):
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Unread("brackets that are too deep")
        self.skip_spaces()
        terms = [self.signed_term()]
        while self.is_next("+", "-"):
            terms.append(self.signed_term())
        self.depth -= 1
        return add(*terms) if len(terms) > 1 else terms[0]

    def signed_term(self):
        sign = 1
        while self.is_next("+", "-"):
            sign = -sign if self.tokens[self.at][1] == "-" else sign
            self.at += 1
        term = self.term()
        return negative(term) if sign < 0 else term

    def term(self):
        result = self.factor()
        while True:
            self.skip_spaces()
            if self.take("*", "cdot", "times"):
                result = mul(result, self.signed_factor())
            elif self.take("/", "div"):
                result = mul(result, power(self.signed_factor(), number(-1)))
            elif self.starts_factor():
                result = mul(result, self.factor())
            else:
                return result

    def signed_factor(self):
        if self.take("-"):
            return negative(self.signed_factor())
        self.take("+")
        return self.factor()

    def starts_factor(self):
        """Whether the next token multiplies what comes before it."""
        kind, text, spaced = self.peek()
        if kind in ("num", "rep"):
            # Two numerals side by side are no product.
            return self.at > 0 and self.tokens[self.at - 1][0] not in ("num", "rep")
        if kind == "name":
            return True
        if kind == "word":
            if text in FUNCTIONS or text in CONSTANTS or text in GREEK_WORDS:
                return True
            return not is_unit_word(text, spaced)
        if kind == "op":
            return text in ("(", "[", "{") or (text == "|" and self.closing_bars == 0)
        if text == "frac" and self.peek(1)[1] == "{" and self.peek(2)[0] == "text" and len(self.peek(3)[1]) == 1:
            return False  # a fraction of units
        return kind == "cmd" and (
            text in FUNCTIONS or text in ("frac", "sqrt", "lfloor", "lceil", "binom") or text in DECORATIONS
        )

    def factor(self):
        self.skip_spaces()
        base = self.mixed_number() or self.primary()
        for _ in range(SUFFIXES_MAX):
            if self.take("!"):
                base = function("factorial", base)
            elif self.is_next("^"):
                if self.is_degree():
                    self.at = self.after_degree()
                    base = mul(base, ("const", "degree"))
                    continue
                self.at += 1
                base = power(base, self.exponent())
            elif self.take("degree"):
                base = mul(base, ("const", "degree"))
            else:
                return base
        raise Unread("too many signs behind an operand")

    def mixed_number(self):
        """A whole number and a proper fraction behind it are their sum: 2\\frac{1}{3}, 2 1/3."""
        kind, whole, _ = self.peek()
        before = self.tokens[self.at - 1][1] if self.at else ""
        if kind != "num" or not whole.isdigit() or before in ("^", "_", "}"):
            return None
        ahead = self.peek(1)
        if ahead[0] == "cmd" and ahead[1] == "frac":
            inner = Reader(self.tokens[self.at + 2 :])
            parts = []
            for _ in range(2):
                found = inner.digits_argument()
                if found is None:
                    return None
                parts.append(found)
            after = self.at + 2 + inner.at
        elif ahead[0] == "num" and ahead[2] and ahead[1].isdigit():
            if self.peek(2)[1] != "/" or not self.peek(3)[1].isdigit():
                return None
            parts, after = [int(ahead[1]), int(self.peek(3)[1])], self.at + 4
        else:
            return None
        if not 0 < parts[0] < parts[1] or (after < len(self.tokens) and self.tokens[after][1] in ("^", "!")):
            return None
        self.at = after
        return number(int(whole) + Fraction(*parts))

    def argument(self):
        """What stands in braces, or the one sign that comes next."""
        self.skip_spaces()
        kind, text, _ = self.peek()
        if self.take("{"):
            inside = self.expression()
            self.expect("}")
            return inside
        if kind == "num" and text.isdigit():
            return number(self.one_digit())
        if kind == "word" and text not in FUNCTIONS and text not in CONSTANTS:
            self.split_word()
        return self.primary()

    def exponent(self):
        kind, text, _ = self.peek()
        if self.is_next("-", "+"):
            return self.signed_factor()
        if kind == "num":
            self.at += 1
            base = numeral(text)
            return power(base, self.exponent()) if self.take("^") else base
        base = self.argument()
        return power(base, self.exponent()) if self.take("^") else base

    def bracketed(self, opening):
        inside = self.expression()
        if opening == "{" and self.take("choose"):
            inside = function("binom", inside, self.expression())
        self.expect(OPENING[opening])
        return inside

    def primary(self):
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Unread("a formula that is too deep")
        result = self.operand()
        self.depth -= 1
        return result

    def operand(self):
        kind, text, _ = self.peek()
        if kind == "num":
            self.at += 1
            return numeral(text)
        if kind == "rep":
            self.at += 1
            return repeating(text)
        if kind == "name" or (kind == "text" and len(text) == 1 and text.isalpha()):
            return self.name()
        if kind == "word":
            return self.word()
        if kind == "op":
            for opening in ("(", "[", "{"):
                if text == opening:
                    self.at += 1
                    bars, self.closing_bars = self.closing_bars, 0
                    result = self.bracketed(opening)
                    self.closing_bars = bars
                    return result
            for bar, name in (("|", "abs"), ("norm", "norm")):
                if text == bar:
                    self.at += 1
                    self.closing_bars += 1
                    inside = self.expression()
                    self.closing_bars -= 1
                    self.expect(bar)
                    return function(name, inside)
        if kind == "cmd":
            return self.command(text)
        raise Unread("no operand")

    def command(self, text):
        self.at += 1
        if text == "frac":
            return self.fraction()
        if text == "sqrt":
            degree = number(2)
            if self.take("["):
                degree = self.bracketed("[")
            if self.take("("):
                return root_of(self.bracketed("("), degree)
            return root_of(self.argument(), degree)
        if text in ("lfloor", "lceil"):
            inside = self.expression()
            self.expect({"lfloor": "rfloor", "lceil": "rceil"}[text])
            return function({"lfloor": "floor", "lceil": "ceil"}[text], inside)
        if text == "binom":
            return function("binom", self.argument(), self.argument())
        if text in ("sum", "prod"):
            return self.series(text)
        if text in DECORATIONS:
            inside = written(self.group_tokens())
            return self.suffixed(f"{text}({inside})")
        if text in FUNCTIONS:
            return self.applied(text)
        raise Unread(f"the command {text}")

    def fraction(self):
        start = self.at
        if self.is_next("{"):
            above = self.group_tokens()
            below = self.group_tokens() if self.is_next("{") else []
            if above and below and is_differential(above) and is_differential(below):
                return ("sym", f"frac({written(above)},{written(below)})")
            self.at = start
        above = self.argument()
        return mul(above, power(self.argument(), number(-1)))

    def series(self, name):
        self.expect("_")
        self.expect("{")
        kind, variable, _ = self.peek()
        if kind != "name":
            raise Unread("a sum without a variable")
        self.at += 1
        self.expect("=")
        start = self.expression()
        self.expect("}")
        self.expect("^")
        end = self.argument()
        return (name, variable, start, end, self.term())

    def applied(self, name):
        """A function and its argument: in brackets, or the factors up to a sign or the next function."""
        exponent, base = None, None
        for _ in range(2):
            if self.take("^"):
                exponent = self.exponent()
            elif name == "log" and self.take("_"):
                base = self.argument()
        if self.take("("):
            arguments = [self.expression()]
            while self.take(","):
                arguments.append(self.expression())
            self.expect(")")
        else:
            arguments = [self.simple_argument()]
        if exponent == number(-1) and name in INVERSE:
            name, exponent = INVERSE[name], None
        if name == "log" and base is not None:
            result = mul(function("ln", arguments[0]), power(function("ln", base), number(-1)))
        else:
            result = function("ln" if name == "log" else name, *arguments) if base is None else None
        return result if exponent is None else power(result, exponent)

    def simple_argument(self):
        argument = self.signed_factor()
        while True:
            kind, text, _ = self.peek()
            is_function = (kind == "cmd" or kind == "word") and text in FUNCTIONS and text != "sqrt"
            if is_function or self.is_next("(", "[") or not self.starts_factor():
                return argument
            argument = mul(argument, self.factor())

    def name(self):
        _, text, _ = self.tokens[self.at]
        self.at += 1
        # A letter with a subscript is another name.
        if text in CONSTANTS and not self.is_next("_") and text not in ("I", "E"):
            return ("const", CONSTANTS[text])
        return self.suffixed(text)

    def suffixed(self, text):
        """A name with its subscript and primes, or applied to one letter or number in brackets."""
        name, index = text, None
        while True:
            if self.take("_"):
                inside = self.group_tokens()
                if any(kind == "op" and sign in "+-" for kind, sign, _ in inside):
                    index = Reader(inside).whole()
                else:
                    name += "_" + "".join(part for _, part, _ in inside)
            elif self.take("'"):
                name += "'"
            elif self.is_next("^") and self.peek(1)[1] in ("'", "*"):
                name += self.peek(1)[1]
                self.at += 2
            elif self.is_next("^") and self.peek(1)[1] == "{" and self.peek(2)[1] == "'":
                self.at += 1
                name += "".join(part for _, part, _ in self.group_tokens())
            else:
                break
        if index is not None:
            return ("call", name, index)
        if self.is_next("(") and self.peek(1)[0] in ("name", "num") and self.peek(2)[1] == ")":
            inside = ("sym", self.peek(1)[1]) if self.peek(1)[0] == "name" else numeral(self.peek(1)[1])
            self.at += 3
            return ("call", name, inside)
        if text == "C" and self.is_next("("):
            start = self.at
            self.at += 1
            above = self.expression()
            if self.take(","):
                below = self.expression()
                self.expect(")")
                return function("binom", above, below)
            self.at = start
        return ("sym", name)

    def word(self):
        _, text, _ = self.tokens[self.at]
        if text in NUMBER_TYPES:
            self.at += 1
            return self.primary()
        if text in ("Fraction", "Rational"):
            self.at += 1
            self.expect("(")
            above = self.expression()
            self.expect(",")
            below = self.expression()
            self.expect(")")
            return mul(above, power(below, number(-1)))
        if text in FUNCTIONS:
            self.at += 1
            return self.applied(text)
        if text in CONSTANTS:
            self.at += 1
            return ("const", CONSTANTS[text])
        if text in GREEK_WORDS:
            self.at += 1
            return self.suffixed(text)
        self.split_word()
        return self.name()

    def whole(self):
        result = self.expression()
        self.skip_spaces()
        if self.at < len(self.tokens):
            raise Unread("more than a formula")
        return result


def is_differential(tokens):
    """dx, d^2 x, dt^2, \\partial x: what stands above or below in a derivative."""
    first = tokens[0]
    return (first[1] in ("d", "partial") and len(tokens) > 1) or (
        first[0] == "word" and len(first[1]) == 2 and first[1][0] == "d"
    )
