"""Reads an answer once into a value. What is not known whole is `Opaque`, or `Text` if it is words."""

import re

import algebra as f
import regions
from formula import Reader
from magnitude import same_worth
from shapes import (  # fmt: skip
    DATE,
    EVERYTHING,
    LEADING,
    LENGTH_MAX,
    LETTER,
    MATRICES,
    NOTHING,
    ORDER,
    SIGNS,
    decimals,
    formula_or_none,
    is_comma,
    is_phrase,
    matching,
    name_of,
    numeral_of,
    plain,
    split,
    squeeze,
    trimmed,
    unboxed,
    without_degrees,
)
from spelling import Unread, clean, tokens_of
from units import UnitReader
from values import (  # fmt: skip
    Choice,
    Equation,
    Formula,
    List,
    Matrix,
    Named,
    Opaque,
    Quantity,
    Ratio,
    Relation,
    Residue,
    Set,
    Text,
    Tuple,
)


def value_of(answer):
    """The value of an answer. Never raises on account of what is written."""
    if len(answer) > LENGTH_MAX:
        return Opaque(answer)
    text = answer
    try:
        text = unboxed(answer)
        return read(text)
    except (Unread, ZeroDivisionError, RecursionError, OverflowError, ValueError):
        return Opaque(squeeze(text))


def read(text):
    if text == "":
        raise Unread("nothing")
    bare = plain(text)
    if DATE.fullmatch(bare):
        return Text(bare.lower())
    if is_phrase(bare):
        words = re.sub(r"\s*,\s*", ",", bare.rstrip(".!?").lower())
        if words in EVERYTHING:
            return regions.REALS
        return Set(()) if words in NOTHING else Text(words)
    if chosen := LETTER.fullmatch(bare):
        rest = clean(chosen[3])
        return Choice(chosen[1] or chosen[2], read(rest) if rest else None)
    return read_tokens(tokens_of(text))


def read_tokens(tokens):
    tokens = trimmed(tokens)
    if any(kind == "cmd" and text == "ldots" for kind, text, _ in tokens):
        raise Unread("an ellipsis")
    groups, _ = split(tokens, lambda token: token[:2] == ("op", ";"))
    if len(groups) > 1:
        return listed([read_tokens(group) for group in groups if trimmed(group)])
    pieces, between = split(tokens, is_comma)
    pieces = [piece for piece in pieces if trimmed(piece)]
    if len(pieces) == 1:
        return read_element(trimmed(pieces[0]))
    items = [read_element(trimmed(piece)) for piece in pieces]
    values = [item.value if isinstance(item, Named) else item for item in items]
    if any(isinstance(value, regions.Region) for value in values):
        names = {item.name for item in items if isinstance(item, Named)}
        if len(names) > 1:
            raise Unread("conditions on several names")
        combined = regions.union if "or" in [text.lower() for text in between] else regions.intersection
        return Named(names.pop(), combined(values)) if names else combined(values)
    return listed(items)


def listed(items):
    first = items[0] if items else None
    if isinstance(first, Named) and not any(isinstance(item, Named) for item in items[1:]) and len(items) > 1:
        return Named(first.name, listed([first.value, *items[1:]]))
    return List(tuple(flat(items)))


def flat(items):
    for item in items:
        if isinstance(item, List) and item.signs:
            yield from item.items
        elif isinstance(item, Named) and isinstance(item.value, List) and item.value.signs:
            yield from (Named(item.name, one) for one in item.value.items)
        else:
            yield item


def read_element(tokens):
    sides, signs = split(tokens, lambda token: token[0] in ("op", "cmd", "word", "text") and token[1] in SIGNS)
    sides = [trimmed(side) for side in sides]
    if not signs:
        return read_plain(tokens)
    if signs == ["in"]:
        name = name_of(sides[0])
        if name is None:
            raise Unread("a membership")
        return Named(name, read_tokens(sides[1]))
    if "equiv" in signs or any(text in ("pmod", "mod") for _, text, _ in tokens):
        return read_residue(sides, signs)
    if set(signs) <= {"=", "approx"}:
        return read_equation(sides, signs)
    if set(signs) <= ORDER | {"ne"}:
        return read_inequality(sides, signs)
    raise Unread("a relation")


def read_residue(sides, signs):
    if signs == ["="]:
        signs = ["equiv"]
    name = name_of(sides[0]) if len(sides) == 2 else None
    if signs != ["equiv"] or name is None:
        raise Unread("a congruence")
    return Named(name, residue(sides[1]))


def residue(tokens):
    at = next((at for at, (_, text, _) in enumerate(tokens) if text in ("pmod", "mod")), None)
    if at is None:
        raise Unread("a congruence without a modulus")
    before = tokens[:at]
    after = tokens[at + 1 :]
    if before and before[-1][1] == "(" and after and after[-1][1] == ")":
        before, after = before[:-1], after[:-1]
    value, modulus = f.rational(Reader(before).whole()), f.rational(Reader(after).whole())
    if value is None or modulus is None or value.denominator != 1 or modulus.denominator != 1 or modulus < 1:
        raise Unread("a residue")
    return Residue(Formula(f.number(value % modulus)), Formula(f.number(modulus)))


def read_equation(sides, signs):
    # What is approximated is the exact value.
    if "approx" in signs:
        cut = signs.index("approx")
        if cut > 0 or name_of(sides[0]) is None:
            sides, signs = sides[: cut + 1], signs[:cut]
    if not signs:
        return read_plain(sides[0])
    first, last = sides[0], sides[-1]
    name = name_of(first)
    formulas = [formula_or_none(side) for side in sides]
    # 5 = x
    if name is None and len(sides) == 2 and formulas[0] is not None and not f.symbols(formulas[0]):
        name = name_of(last)
        first, last = (last, first) if name is not None else (first, last)
    middle = formulas[1:-1] if name is not None else formulas[:-1]
    if name is not None:
        if middle and not all(agree(one, formulas[-1]) for one in middle):
            raise Unread("a chain of different values")
        left, right = formula_or_none(first), formula_or_none(last)
        known = left is not None and right is not None
        equation = Equation(Formula(f.add(left, f.negative(right)))) if known else None
        words = any(kind in ("text", "word") and len(text) > 2 for kind, text, _ in first)
        return Named(name, read_tokens(last), equation, words)
    if None in formulas:
        raise Unread("an equation")
    if all(not f.symbols(one) for one in formulas):
        if not all(agree(one, formulas[-1]) for one in middle):
            raise Unread("a chain of different values")
        return read_plain(last)
    if len(formulas) != 2:
        raise Unread("a chain of equations")
    return Equation(Formula(f.add(formulas[0], f.negative(formulas[1]))))


def agree(left, right):
    return left is not None and right is not None and same_worth(Formula(left).worth(), Formula(right).worth()) is True


def read_inequality(sides, signs):
    formulas = [formula_or_none(side) for side in sides]
    names = [name_of(side) for side in sides]
    asts = [
        ast if name is None or (ast is not None and ast[0] in ("sym", "call")) else ("sym", name)
        for ast, name in zip(formulas, names, strict=False)
    ]
    if None in asts:
        raise Unread("an inequality")
    if len(signs) == 2 and not f.symbols(asts[0]) and not f.symbols(asts[2]):
        parts = [regions.of_inequality(asts[0], signs[0], asts[1]), regions.of_inequality(asts[1], signs[1], asts[2])]
        if None not in parts:
            return Named(subject_of(asts, names), regions.intersection(parts))
    if len(signs) == 1 and (region := regions.of_inequality(asts[0], signs[0], asts[1])) is not None:
        return Named(subject_of(asts, names), region)
    parts = [f.key(ast) for ast in asts]
    if set(signs) <= {">", "ge"}:
        parts, signs = parts[::-1], [regions.FLIPPED[sign] for sign in signs[::-1]]
    return Relation(tuple(parts), tuple(signs))


def subject_of(asts, names):
    """What an inequality is a condition on: the side that is a name, else the only letter."""
    sides = [(ast, name) for ast, name in zip(asts, names, strict=True) if f.symbols(ast)]
    if len(sides) == 1 and sides[0][1] is not None:
        return sides[0][1]
    letters = set().union(*(f.symbols(ast) for ast, _ in sides))
    if len(letters) != 1:
        raise Unread("an inequality in several letters")
    return letters.pop()


def read_plain(tokens):
    tokens = trimmed(tokens)
    if not tokens:
        raise Unread("nothing")
    texts = [text for _, text, _ in tokens]
    if texts in (["emptyset"], ["\\{", "\\}"], ["{", "}"]):
        return Set(())
    if texts == ["mathbbR"]:
        return regions.REALS
    if any(text in ("pmod", "mod") for text in texts):
        return residue(tokens)
    if texts[0] == "begin" or (matching(tokens) and texts[1:2] == ["begin"]):
        return read_matrix(tokens if texts[0] == "begin" else tokens[1:-1])
    for signs, combined in (({"cup"}, regions.union), ({"cap"}, regions.intersection)):
        parts, between = split(tokens, lambda token, signs=signs: token[0] == "cmd" and token[1] in signs)
        if between:
            return combined([read_plain(part) for part in parts])
    parts, between = split(tokens, lambda token: token[1] == "setminus" or (texts[0] == "mathbbR" and token[1] == "-"))
    if len(between) == 1:
        return regions.intersection([read_plain(parts[0]), regions.complement(read_plain(parts[1]))])
    if matching(tokens):
        return read_bracketed(tokens)
    if (lead := words_before(tokens)) is not None:
        return Named(*lead, None, True)
    parts, between = split(tokens, lambda token: token[:2] == ("op", ":"))
    if between:
        return read_ratio(parts)
    if any(kind == "cmd" and text in ("pm", "mp") for kind, text, _ in tokens):
        return read_signs(tokens)
    if based := numeral_of(tokens):
        return based
    return read_quantity(tokens)


def words_before(tokens):
    """Words that say of what a value is the value, and the value: The area is 12. None if there are none."""
    at = next((at for at, (kind, _, _) in enumerate(tokens) if kind not in ("text", "word")), len(tokens))
    words = " ".join(text.lower() for _, text, _ in tokens[:at]).split()
    rest = tokens[at:]
    colon = bool(rest) and rest[0][1] == ":" and any(len(word) > 2 for word in words)
    if not words or not rest or not (colon or words[-1] in LEADING):
        return None
    return " ".join(words), read_plain(rest[1:] if colon else rest)


def read_ratio(parts):
    if parts[-1] and parts[-1][-1][1].lower() in ("am", "pm"):
        raise Unread("a time of day with its half")
    items = [Formula(Reader(part).whole()) for part in parts]
    return Ratio(tuple(items))


def read_signs(tokens):
    """Each ± is + and −; a ∓ in the same element is the other one."""
    places = [at for at, (_, text, _) in enumerate(tokens) if text == "pm"]
    if not 1 <= len(places) <= 3 or (len(places) > 1 and any(text == "mp" for _, text, _ in tokens)):
        raise Unread("too many signs")
    items = []
    for choice in range(2 ** len(places)):
        signed = list(tokens)
        for number, at in enumerate(places):
            sign = "-" if choice >> number & 1 else "+"
            signed[at] = ("op", sign, False)
        other = "+" if choice & 1 else "-"
        signed = [("op", other, False) if text == "mp" else (kind, text, spaced) for kind, text, spaced in signed]
        items.append(read_plain(signed))
    return List(tuple(items), signs=True)


def read_builder(element, condition):
    """{x | x > 0}, {x ∈ R | x > 0}: the reals that satisfy a condition on the name before the bar."""
    texts = [text for _, text, _ in element]
    name = name_of(element[:1])
    value = read_tokens(condition)
    if texts[1:] not in ([], ["in", "mathbbR"]) or not isinstance(value, Named) or value.name != name:
        raise Unread("a set of another kind")
    return value.value


def read_bracketed(tokens):
    opening, closing, inside = tokens[0][1], tokens[-1][1], trimmed(tokens[1:-1])
    if opening == "\\{":
        for bar in ("mid", "|", ":"):
            parts, between = split(inside, lambda token, bar=bar: token[0] in ("op", "cmd") and token[1] == bar)
            if len(between) == 1:
                return read_builder(trimmed(parts[0]), parts[1])
    separator = ";" if any(token[:2] == ("op", ";") for token in inside) else ","
    pieces, between = split(inside, lambda token: token[0] == "op" and token[1] in (separator, "quad"))
    pieces = [piece for piece in pieces if trimmed(piece)]
    if opening == "\\{" or (opening == "{" and separator in between):
        return Set(tuple(flat([read_element(trimmed(piece)) for piece in pieces])))
    if len(pieces) == 1:
        letter = inside[0][1] if len(inside) == 1 else ""
        if opening == "(" and len(letter) == 1 and letter in "ABCDEFGHIJ":
            return Choice(letter)
        return read_tokens(inside)
    items = [read_element(trimmed(piece)) for piece in pieces]
    if any(isinstance(item, List) and item.signs for item in items):
        # (±1, 2) are two points.
        raise Unread("a tuple with two signs")
    return Tuple(tuple(items), f"{opening}{closing}")


def read_matrix(tokens):
    texts = [text for _, text, _ in tokens]
    end = len(texts) - 1 - texts[::-1].index("end") if "end" in texts else None
    # \begin {pmatrix} … \end {pmatrix}
    if (
        end is None
        or texts[1:2] != ["{"]
        or texts[2] not in MATRICES
        or texts[end + 1 : end + 2] != ["{"]
        or len(texts) != end + 4
    ):
        raise Unread("an environment")
    body = tokens[4:end]
    if texts[2] == "array" and body and body[0][1] == "{":
        close = next(at for at, token in enumerate(body) if token[1] == "}")
        body = body[close + 1 :]
    body = [token for token in body if token[1] != "hline"]
    rows, _ = split(body, lambda token: token[:2] == ("op", "\\\\"))
    read_rows = []
    for row in rows:
        if not trimmed(row):
            continue
        cells, _ = split(row, lambda token: token[:2] == ("op", "&"))
        read_rows.append(tuple(read_element(trimmed(cell)) for cell in cells))
    if len({len(row) for row in read_rows}) != 1:
        raise Unread("rows of different lengths")
    return Matrix(tuple(read_rows), texts[2] in ("vmatrix", "Vmatrix"))


def read_quantity(tokens):
    sign = 1
    rest = list(tokens)
    while rest and rest[0][1] in ("-", "+") and len(rest) > 1 and rest[1][1] == "$":
        sign = -sign if rest[0][1] == "-" else sign
        rest = rest[1:]
    unit = {}
    if rest[0][1] == "$":
        unit, rest = {"dollar": 1}, rest[1:]
    reader = Reader(rest)
    ast = reader.expression()
    reader.skip_spaces()
    behind = reader.tokens[reader.at :]
    if behind:
        for name, power in UnitReader(behind).read():
            unit[name] = 1 if name == "dollar" and unit.get(name) else unit.get(name, 0) + power
    if sign < 0:
        ast = f.negative(ast)
    ast, degrees = without_degrees(ast)
    if degrees:
        unit["degree"] = 1
    digits = decimals(rest[: len(rest) - len(behind)]) if f.rational(ast) is not None else 0
    value = Formula(ast, digits)
    return Quantity(value, tuple(sorted(unit.items()))) if unit else value
