"""Whether two values are equal, different or undecided. Symmetric: what is asked of (a, b) is asked of (b, a)."""

import re
from fractions import Fraction

import regions
from numbers_alike import DIFFERENT, EQUAL, UNDECIDED, formulas
from values import (
    Choice,
    Equation,
    Formula,
    List,
    Matrix,
    Named,
    Numeral,
    Opaque,
    Quantity,
    Ratio,
    Region,
    Relation,
    Residue,  # fmt: skip
    Set,
    Text,
    Tuple,
)

MEMBERS_MAX = 60


def compare(left, right, rules):
    """`rules` are those of contracts/answer-rules.ts."""
    if left.key == right.key:
        return EQUAL
    if isinstance(left, Opaque) or isinstance(right, Opaque):
        return UNDECIDED
    for first, second in ((left, right), (right, left)):
        for kinds, compared in CROSSED:
            if isinstance(first, kinds[0]) and isinstance(second, kinds[1]):
                return compared(first, second, rules)
    if type(left) is type(right):
        return ALIKE[type(left)](left, right, rules)
    return DIFFERENT


def all_of(results):
    results = list(results)
    if DIFFERENT in results:
        return DIFFERENT
    return EQUAL if set(results) <= {EQUAL} else UNDECIDED


def quantities(left, right, rules):
    if {left.unit, right.unit} == {DEGREE, RADIAN}:
        left, right = (
            scaled(one.value, ("const", "degree")) if one.unit == DEGREE else one.value for one in (left, right)
        )
        return compare(left, right, rules)
    value = compare(left.value, right.value, rules)
    return value if left.unit == right.unit else DIFFERENT


PERCENT = (("%", 1),)
DEGREE = (("degree", 1),)
RADIAN = (("radian", 1),)


def quantity_and_other(quantity, other, rules):
    if isinstance(other, (List, Set, Tuple, Region, Matrix, Text, Choice, Ratio, Numeral, Residue)):
        return DIFFERENT
    if not isinstance(other, Formula):
        return UNDECIDED
    if quantity.unit == PERCENT and rules["percent"] == "hundredth":
        return compare(scaled(quantity.value, ("num", Fraction(1, 100))), other, rules)
    # An angle in radians says so by its π.
    if quantity.unit == DEGREE and "const(pi)" in other.key and "const(pi)" not in quantity.key:
        return compare(scaled(quantity.value, ("const", "degree")), other, rules)
    if letter_unit(quantity, other, rules):
        return EQUAL
    if rules["units"] == "required" and quantity.unit != DEGREE:
        return DIFFERENT
    return compare(quantity.value, other, rules)


def scaled(value, factor):
    from algebra import mul

    return Formula(mul(value.ast, factor), value.digits) if isinstance(value, Formula) else value


LETTERS = {"newton": "N", "m": "m", "g": "g", "l": "L", "s": "s", "joule": "J", "watt": "W", "volt": "V", "ampere": "A",
           "kelvin": "K", "hour": "h", "celsius": "C", "coulomb": "C"}  # fmt: skip


def letter_unit(quantity, other, rules):
    """Whether `other` is the same number with the unit's letters as factors: 0.64N, 12 m/s."""
    from algebra import mul, number, power

    if not isinstance(quantity.value, Formula) or not all(name in LETTERS for name, _ in quantity.unit):
        return False
    letters = [power(("sym", LETTERS[name]), number(exponent)) for name, exponent in quantity.unit]
    return compare(Formula(mul(quantity.value.ast, *letters)), other, rules) == EQUAL


def numerals(left, right, rules):
    return DIFFERENT


def residues(left, right, rules):
    return DIFFERENT


def in_order(left, right, rules):
    if len(left) != len(right):
        return DIFFERENT
    return all_of(compare(a, b, rules) for a, b in zip(left, right, strict=False))


def tuples(left, right, rules):
    if len(left.items) == 2 and left.brackets != right.brackets:
        return DIFFERENT
    return in_order(left.items, right.items, rules)


def members(left, right, rules):
    """Whether the members can be paired off as equals; undecided where only undecided pairs are missing."""
    if len(left) != len(right):
        return DIFFERENT
    if len(left) > MEMBERS_MAX:
        return UNDECIDED
    table = [[compare(a, b, rules) for b in right] for a in left]
    if paired(table, {EQUAL}):
        return EQUAL
    return UNDECIDED if paired(table, {EQUAL, UNDECIDED}) else DIFFERENT


def paired(table, allowed):
    """Whether every row has a column of its own with an allowed entry."""
    partner = {}

    def place(row, tried):
        for column, entry in enumerate(table[row]):
            if entry in allowed and column not in tried:
                tried.add(column)
                if column not in partner or place(partner[column], tried):
                    partner[column] = row
                    return True
        return False

    return all(place(row, set()) for row in range(len(table)))


def once(items, rules):
    """Members of a set, each once."""
    kept = []
    for item in items:
        if not any(compare(item, other, rules) == EQUAL for other in kept):
            kept.append(item)
    return kept


def solutions(items, rules):
    """A point that is listed twice is one point; a number that is listed twice counts twice."""
    points = [item for item in items if isinstance(item, Tuple)]
    return once(items, rules) if len(points) == len(items) else items


def lists(left, right, rules):
    return members(solutions(left.items, rules), solutions(right.items, rules), rules)


def sets(left, right, rules):
    return members(once(left.items, rules), once(right.items, rules), rules)


def set_and_list(one, other, rules):
    return members(once(one.items, rules), solutions(other.items, rules), rules)


def list_and_tuple(one, other, rules):
    if other.brackets == "[]":
        return members(one.items, other.items, rules)
    names = [item.name for item in one.items if isinstance(item, Named)]
    if len(names) == len(one.items) == len(set(names)):
        return in_order([item.value for item in one.items], other.items, rules)
    return DIFFERENT


def set_and_tuple(one, other, rules):
    if other.brackets != "[]":
        return DIFFERENT
    result = members(once(one.items, rules), once(other.items, rules), rules)
    return UNDECIDED if len(other.items) == 2 and result == EQUAL else result


def single(one, other, rules):
    """A set or list of one member is that member."""
    return compare(one.items[0], other, rules) if len(one.items) == 1 else DIFFERENT


def region_and_tuple(region, pair, rules):
    as_region = regions.of_tuple(pair)
    return DIFFERENT if as_region is None else region_pieces(region, as_region, rules)


def region_and_set(region, one, rules):
    if any(piece.low is None or piece.low is not piece.high for piece in region.pieces):
        return DIFFERENT
    return members([piece.low for piece in region.pieces], once(one.items, rules), rules)


def ends(left, right, rules):
    if left is None or right is None:
        return EQUAL if left is right else DIFFERENT
    return compare(left, right, rules)


def region_pieces(left, right, rules):
    if len(left.pieces) != len(right.pieces):
        return DIFFERENT
    results = []
    for a, b in zip(left.pieces, right.pieces, strict=False):
        closed = (a.low_closed, a.high_closed) == (b.low_closed, b.high_closed)
        results += [EQUAL if closed else DIFFERENT, ends(a.low, b.low, rules), ends(a.high, b.high, rules)]
    return all_of(results)


def matrices(left, right, rules):
    if left.determinant != right.determinant or len(left.rows) != len(right.rows):
        return DIFFERENT
    return all_of(in_order(a, b, rules) for a, b in zip(left.rows, right.rows, strict=False))


def matrix_and_tuple(matrix, other, rules):
    """A column is a tuple; a list of lists, as Python writes it, is a matrix."""
    if other.brackets == "[]" and all(isinstance(row, Tuple) and row.brackets == "[]" for row in other.items):
        if len(matrix.rows) != len(other.items) or matrix.determinant:
            return DIFFERENT
        return all_of(in_order(row, one.items, rules) for row, one in zip(matrix.rows, other.items, strict=True))
    if any(len(row) != 1 for row in matrix.rows) or matrix.determinant:
        return UNDECIDED
    return in_order([row[0] for row in matrix.rows], other.items, rules)


def ratios(left, right, rules):
    return in_order(left.items, right.items, rules)


def equations(left, right, rules):
    """Equal if one difference is a multiple of the other."""
    from algebra import mul, power

    if left.difference.key == right.difference.key:
        return EQUAL
    quotient = Formula(mul(left.difference.ast, power(right.difference.ast, ("num", Fraction(-1)))))
    found = quotient.worth()
    if "constant" in found:
        return UNDECIDED
    values = [value for kind in found.values() for value in kind if value is not None]
    if len(values) < 3:
        return UNDECIDED
    return EQUAL if len(set(values)) == 1 else DIFFERENT


def renamed_argument(left, right):
    """(y, x) of the names f(x) and f(y): one function, whatever its argument is called."""
    shapes = [re.fullmatch(r"([^()]+)\((\w+)\)", name) for name in (left, right)]
    if None in shapes or shapes[0][1] != shapes[1][1] or shapes[0][2].isdigit() or shapes[1][2].isdigit():
        return None
    return shapes[1][2], shapes[0][2]


def substituted(value, old, new):
    def inside(part):
        return (
            tuple(inside(one) if isinstance(one, tuple) else one for one in part)
            if part != ("sym", old)
            else ("sym", new)
        )

    # Made again, so that terms come in their order.
    return Formula(inside(value.ast)) if isinstance(value, Formula) else value


def named(left, right, rules):
    value = compare(left.value, right.value, rules)
    if left.name == right.name:
        return value
    if (argument := renamed_argument(left.name, right.name)) is not None:
        return compare(left.value, substituted(right.value, *argument), rules)
    if left.equation and right.equation:
        return equations(left.equation, right.equation, rules)
    return UNDECIDED if value == EQUAL else value


def named_and_equation(one, other, rules):
    return UNDECIDED if one.equation is None else equations(one.equation, other, rules)


def named_and_other(one, other, rules):
    return compare(one.value, other, rules)


def choices(left, right, rules):
    if left.letter != right.letter:
        return DIFFERENT
    return EQUAL if left.rest is None or right.rest is None else compare(left.rest, right.rest, rules)


def choice_and_other(choice, other, rules):
    """A letter alone is the choice; what stands behind the letter is what was chosen."""
    if isinstance(other, Formula) and other.ast[0] == "sym" and len(other.ast[1]) == 1:
        return EQUAL if other.ast[1].upper() == choice.letter else DIFFERENT
    if isinstance(other, Formula) and other.ast in (("const", "e"), ("const", "i")):
        return EQUAL if other.ast[1].upper() == choice.letter else DIFFERENT
    return UNDECIDED if choice.rest is None else compare(choice.rest, other, rules)


CROSSED = [
    (
        (Choice, (Formula, Text, Quantity, List, Set, Tuple, Named, Region, Numeral, Ratio, Residue, Matrix, Equation)),
        choice_and_other,
    ),
    ((Named, Equation), named_and_equation),
    (
        (Named, (Formula, Quantity, List, Set, Tuple, Region, Ratio, Numeral, Residue, Matrix, Text, Relation)),
        named_and_other,
    ),
    (
        (Quantity, (Formula, List, Set, Tuple, Region, Matrix, Text, Ratio, Numeral, Residue, Equation, Relation)),
        quantity_and_other,
    ),
    ((Region, Tuple), region_and_tuple),
    ((Region, Set), region_and_set),
    ((Set, List), set_and_list),
    ((List, Tuple), list_and_tuple),
    ((Set, Tuple), set_and_tuple),
    ((Matrix, Tuple), matrix_and_tuple),
    (((Set, List), Formula), single),
]
ALIKE = {
    Formula: formulas, Quantity: quantities, Numeral: numerals, Residue: residues, Tuple: tuples, List: lists,
    Set: sets,
    Region: region_pieces, Matrix: matrices, Ratio: ratios, Equation: equations, Named: named, Choice: choices,
    Relation: lambda left, right, rules: UNDECIDED, Text: lambda left, right, rules: DIFFERENT,
}  # fmt: skip
