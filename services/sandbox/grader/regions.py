"""Sets of reals out of inequalities, intervals and their unions."""

import algebra as f
from magnitude import HIGH, at_point
from mpmath import mp
from spelling import Unread
from values import Formula, Piece, Region, Set, Tuple

REALS = Region((Piece(None, False, None, False),))
FLIPPED = {"<": ">", ">": "<", "le": "ge", "ge": "le"}


def is_infinite(value):
    return isinstance(value, Formula) and f.contains(value.ast, "inf")


def end(value):
    if not isinstance(value, Formula):
        raise Unread("an interval whose end is no formula")
    return None if is_infinite(value) else value


def of_tuple(value):
    """The interval that a pair in brackets may be; None if it cannot be one."""
    if len(value.items) != 2 or not all(isinstance(item, Formula) for item in value.items):
        return None
    low, high = (end(item) for item in value.items)
    return Region(
        (Piece(low, value.brackets[0] == "[" and low is not None, high, value.brackets[1] == "]" and high is not None),)
    )


def place(value):
    """The value of a constant, to be ordered by."""
    if f.symbols(value.ast):
        raise Unread("an end with a variable")
    text = at_point(value.ast, "constant", 0, True, [20_000])
    if text is None or "," in text:
        raise Unread("an end that is no real number")
    with mp.workdps(HIGH):
        return mp.mpf(text)


def normal(pieces):
    """Sorted, joined where they touch; empty ones left out."""
    if len(pieces) == 1 and any(part is not None and f.symbols(part.ast) for part in (pieces[0].low, pieces[0].high)):
        return Region(tuple(pieces))
    placed = []
    for piece in pieces:
        low = -mp.inf if piece.low is None else place(piece.low)
        high = mp.inf if piece.high is None else place(piece.high)
        if low < high or (low == high and piece.low_closed and piece.high_closed):
            placed.append((low, not piece.low_closed, high, piece))
    joined = []
    for low, _, high, piece in sorted(placed, key=lambda one: one[:3]):
        if joined:
            last_high, last = joined[-1]
            if low < last_high or (low == last_high and (piece.low_closed or last.high_closed)):
                if high > last_high:
                    joined[-1] = (high, Piece(last.low, last.low_closed, piece.high, piece.high_closed))
                elif high == last_high and piece.high_closed and not last.high_closed:
                    joined[-1] = (high, Piece(last.low, last.low_closed, last.high, True))
                continue
        joined.append((high, piece))
    return Region(tuple(piece for _, piece in joined))


def pieces_of(value):
    if isinstance(value, Region):
        return list(value.pieces)
    if isinstance(value, Tuple) and (region := of_tuple(value)) is not None:
        return list(region.pieces)
    if isinstance(value, Set) and all(isinstance(item, Formula) for item in value.items):
        return [Piece(item, True, item, True) for item in value.items]
    raise Unread("no set of reals")


def union(values):
    return normal([piece for value in values for piece in pieces_of(value)])


def complement(value):
    low, low_closed, pieces = None, False, []
    for piece in normal(pieces_of(value)).pieces:
        if piece.low is not None:
            pieces.append(Piece(low, low_closed, piece.low, not piece.low_closed))
        low, low_closed = piece.high, not piece.high_closed
        if low is None:
            return Region(tuple(pieces))
    return normal([*pieces, Piece(low, low_closed and low is not None, None, False)])


def intersection(values):
    return complement(union([complement(value) for value in values]))


def affine(ast):
    """(name, rational factor, constant rest) of a formula that is linear in its one name; None otherwise."""
    names = f.symbols(ast)
    if len(names) != 1:
        return None
    factor, rest = 0, []
    for term in ast[1:] if ast[0] == "add" else (ast,):
        if not f.symbols(term):
            rest.append(term)
        elif term[0] == "sym":
            factor += 1
        elif term[0] == "mul" and len(term) == 3 and term[1][0] == "num" and term[2][0] == "sym":
            factor += term[1][1]
        else:
            return None
    return (names.pop(), factor, f.add(*rest) if rest else f.ZERO) if factor != 0 else None


def bound(name_side, sign, other):
    """What `name sign other` leaves: a piece, or for `ne` all reals but one."""
    value = Formula(other)
    if f.contains(other, "inf"):
        value = None
    if sign == "ne":
        return complement(Set((value,)))
    closed = sign in ("le", "ge") and value is not None
    if sign in ("<", "le"):
        return Region((Piece(None, False, value, closed),))
    return Region((Piece(value, closed, None, False),))


def of_inequality(left, sign, right):
    """The reals that an inequality in one name leaves; None if it is of another form."""
    if left[0] in ("sym", "call") and not f.symbols(right):
        return bound(left, sign, right)
    if right[0] in ("sym", "call") and not f.symbols(left):
        return bound(right, FLIPPED.get(sign, sign), left)
    linear = affine(f.add(left, f.negative(right)))
    if linear is None:
        return None
    name, factor, rest = linear
    other = f.mul(f.number(-1 / factor), rest)
    return bound(("sym", name), FLIPPED.get(sign, sign) if factor < 0 else sign, other)
