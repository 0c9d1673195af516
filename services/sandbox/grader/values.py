"""The kinds of value that an answer can be, each with a canonical key: equal keys are equal answers."""

from dataclasses import dataclass, field

import algebra as f
from magnitude import worth
from spelling import Unread


class Value:
    """Subclasses have `key`, a text."""

    @property
    def key(self):
        raise NotImplementedError


@dataclass(frozen=True)
class Formula(Value):
    """A number or an expression. `digits`: significant digits of a number that was written as a decimal, else 0."""

    ast: tuple
    digits: int = 0
    memo: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def number(self):
        return f.rational(self.ast)

    @property
    def key(self):
        return f"number {f.key(self.ast)}" if self.number is not None else f"formula {f.key(self.ast)}"

    def worth(self):
        """Values at points; empty where they cannot be had."""
        if "worth" not in self.memo:
            try:
                self.memo["worth"] = worth(self.ast)
            except Unread:
                self.memo["worth"] = {}
        return self.memo["worth"]


@dataclass(frozen=True)
class Quantity(Value):
    """A value with a unit: powers by name. A percent sign is a unit."""

    value: Value
    unit: tuple

    @property
    def key(self):
        return f"quantity {self.value.key} {' '.join(f'{name}^{power}' for name, power in self.unit)}"


@dataclass(frozen=True)
class Numeral(Value):
    """Digits to a base."""

    digits: str
    base: int

    @property
    def key(self):
        return f"numeral {self.digits} {self.base}"


@dataclass(frozen=True)
class Residue(Value):
    value: Value
    modulus: Value

    @property
    def key(self):
        return f"residue {self.value.key} {self.modulus.key}"


@dataclass(frozen=True)
class Tuple(Value):
    """Members in order, in brackets of these two kinds; of two members it may be an interval as well."""

    items: tuple
    brackets: str

    @property
    def key(self):
        return f"tuple {self.brackets} {' ; '.join(item.key for item in self.items)}"


@dataclass(frozen=True)
class List(Value):
    """Members without an order; each counts as often as it occurs."""

    items: tuple
    signs: bool = False  # from one ± in an element: members of the list around it

    @property
    def key(self):
        return f"list {' ; '.join(sorted(item.key for item in self.items))}"


@dataclass(frozen=True)
class Set(Value):
    items: tuple

    @property
    def key(self):
        return f"set {' ; '.join(sorted({item.key for item in self.items}))}"


@dataclass(frozen=True)
class Piece:
    """An interval; an end that is None is infinite."""

    low: Formula | None
    low_closed: bool
    high: Formula | None
    high_closed: bool

    @property
    def key(self):
        low = "-inf" if self.low is None else self.low.key
        high = "inf" if self.high is None else self.high.key
        return f"{'[' if self.low_closed else '('}{low} , {high}{']' if self.high_closed else ')'}"


@dataclass(frozen=True)
class Region(Value):
    """A set of reals: intervals in order, no two of which touch."""

    pieces: tuple

    @property
    def key(self):
        return f"region {' '.join(piece.key for piece in self.pieces)}"


@dataclass(frozen=True)
class Matrix(Value):
    rows: tuple
    determinant: bool = False

    @property
    def key(self):
        rows = " / ".join(" ; ".join(item.key for item in row) for row in self.rows)
        return f"{'determinant' if self.determinant else 'matrix'} {rows}"


@dataclass(frozen=True)
class Ratio(Value):
    """Numbers with colons between them: a ratio, or a time of day."""

    items: tuple

    @property
    def key(self):
        return f"ratio {' : '.join(item.key for item in self.items)}"


@dataclass(frozen=True)
class Equation(Value):
    """Left side less right side."""

    difference: Formula

    @property
    def key(self):
        return f"equation {self.difference.key}"


@dataclass(frozen=True)
class Relation(Value):
    """An inequality that is no set of reals: its parts, each less than the next."""

    parts: tuple
    signs: tuple

    @property
    def key(self):
        return f"relation {' '.join(self.signs)} {' ; '.join(self.parts)}"


@dataclass(frozen=True)
class Named(Value):
    """A value with what it is the value of. `equation` is None where the name cannot be calculated with."""

    name: str
    value: Value
    equation: Equation | None = None
    words: bool = False

    @property
    def key(self):
        return f"named {self.name} {self.value.key}"


@dataclass(frozen=True)
class Choice(Value):
    """A letter of a choice, perhaps with the text of what was chosen."""

    letter: str
    rest: Value | None = None

    @property
    def key(self):
        return f"choice {self.letter}{'' if self.rest is None else f' {self.rest.key}'}"


@dataclass(frozen=True)
class Text(Value):
    words: str

    @property
    def key(self):
        return f"text {self.words}"


@dataclass(frozen=True)
class Opaque(Value):
    """What the reader does not know whole: equal to the same text, else undecided."""

    text: str

    @property
    def key(self):
        return f"unread {self.text}"
