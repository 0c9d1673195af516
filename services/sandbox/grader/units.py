"""Units and nouns behind a number: which words name the same unit."""

from spelling import Unread

SAME = [
    "cm centimeter centimetre", "mm millimeter millimetre", "dm decimeter decimetre", "km kilometer kilometre",
    "m meter metre", "g gram gramme", "kg kilogram", "mg milligram", "l liter litre L", "ml milliliter millilitre mL",
    "inch in", "foot feet ft", "yard yd", "mile mi", "pound lb", "ounce oz", "gallon gal", "s second sec",
    "minute min", "hour h hr", "day", "week", "month", "year yr", "dollar USD $ buck", "cent", "euro EUR",
    "pound-sterling", "yuan RMB", "rupee", "unit", "degree deg", "radian rad",
    "% percent pct percentage percentage-point", "newton N", "joule J", "watt W", "volt V", "ampere amp A",
    "kelvin K", "hertz Hz", "pascal Pa", "celsius C", "fahrenheit F", "mph", "kmph kph", "kilowatt kW",
    "kilojoule kJ", "kilopascal kPa", "ms millisecond", "nm nanometer nanometre", "mol mole", "ton tonne", "acre",
    "angstrom", "eV", "keV", "MeV", "tesla T", "coulomb", "ohm", "farad", "henry", "lightyear", "pint", "quart",
    "cup", "mol", "amu", "AU", "parsec",
]  # fmt: skip
CANONICAL = {word: line.split()[0] for line in SAME for word in line.split()}
PLURAL = {f"{word}s": one for word, one in CANONICAL.items() if len(word) > 2}
PLURAL |= {
    "inches": "inch",
    "henries": "henry",
    "lbs": "pound",
    "hrs": "hour",
    "mins": "minute",
    "secs": "s",
    "yrs": "year",
    "kgs": "kg",
    "cms": "cm",
}
POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}
# Words of a unit that two people spell differently without meaning another one.
FILLERS = {"of", "the", "per", "each", "a", "an"}
PHRASES = {
    ("miles", "per", "hour"): "mph",
    ("degrees", "celsius"): "celsius",
    ("degrees", "fahrenheit"): "fahrenheit",
    ("pound", "sterling"): "pound-sterling",
    ("percentage", "points"): "%",
    ("percentage", "point"): "%",
}
COMPOUND = {"mph": {"mile": 1, "hour": -1}, "kmph": {"km": 1, "hour": -1}}
# Units that are written like a product of two variables: only with white space before them.
PRODUCTS = {"nm", "ms", "mg", "ml", "mi", "gal", "cup", "min", "rad", "mol", "deg", "AU", "lb", "kW", "kJ"}
SHORT_NOUNS = set(
    "egg man men box bag car cat dog hat pie pen jar row set way toy key kid bus act ant bee cow pig tie".split()
)
NOT_UNITS = {"in", "a", "A", "C", "F", "T", "N", "V", "W", "J", "K", "L", "m", "s", "g", "l", "h"}


def is_unit_word(word, spaced):
    """Whether a plain word of two letters or more behind a number is a unit or a noun, not a product of letters."""
    if word in FILLERS or word in POWERS or word in PRODUCTS:
        return spaced
    if word in CANONICAL or word in PLURAL:
        return word not in NOT_UNITS
    return spaced and word.islower() and (len(word) >= 4 or word in SHORT_NOUNS)


def canonical(word):
    for spelling in (word, word.lower()):
        if spelling in CANONICAL:
            return CANONICAL[spelling]
        if spelling in PLURAL:
            return PLURAL[spelling]
    word = word.lower()
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class UnitReader:
    """Reads the tokens behind a number, whole, as powers by unit."""

    def __init__(self, tokens):
        self.words = []
        for kind, text, _ in tokens:
            if kind in ("text", "word", "name"):
                self.words += text.replace(".", "").replace("-", " ").split()
            elif kind == "num" or text in (
                "^",
                "{",
                "}",
                "/",
                "-",
                "cdot",
                "%",
                "$",
                "*",
                "frac",
                "degree",
                "circ",
                "(",
                ")",
                "times",
            ):
                self.words.append(text)
            elif text != "quad":
                raise Unread("no unit")
        self.at = 0

    def next(self):
        return self.words[self.at] if self.at < len(self.words) else None

    def read(self):
        powers, sign = {}, 1
        while (word := self.next()) is not None:
            self.at += 1
            if word in ("/", "per"):
                sign = -1
            elif word in ("cdot", "*", "times", "of", "the", "each", "a", "an", "(", ")"):
                continue
            elif word == "frac":
                above, below = self.group(), self.group()
                for part, direction in ((above, 1), (below, -1)):
                    for name, exponent in part.items():
                        powers[name] = powers.get(name, 0) + direction * exponent
            elif (word == "^" and self.words[self.at :][:1] == ["circ"]) or (word == "degree" and not powers):
                self.at += word == "^"
                powers["degree"] = powers.get("degree", 0) + 1
            elif word == "^" and self.words[self.at :][:3] == ["{", "circ", "}"]:
                self.at += 3
                powers["degree"] = powers.get("degree", 0) + 1
            elif not (word[0].isalpha() or word in "%$"):
                raise Unread("no unit")
            else:
                self.unit(word, sign, powers)
        if self.words and not powers:
            raise Unread("no unit")
        return tuple(sorted((name, exponent) for name, exponent in powers.items() if exponent))

    def group(self):
        if self.next() != "{":
            raise Unread("no unit")
        depth, start = 1, self.at + 1
        self.at += 1
        while depth and self.at < len(self.words):
            depth += {"{": 1, "}": -1}.get(self.words[self.at], 0)
            self.at += 1
        inner = UnitReader([])
        inner.words = self.words[start : self.at - 1]
        return dict(inner.read())

    def unit(self, word, sign, powers):
        exponent = 1
        if word in POWERS and self.next() and self.next()[0].isalpha():
            exponent = POWERS[word]
            word = self.next()
            self.at += 1
        for phrase, name in PHRASES.items():
            if [word.lower(), *(part.lower() for part in self.words[self.at : self.at + len(phrase) - 1])] == list(
                phrase
            ):
                word = name
                self.at += len(phrase) - 1
                break
        if self.next() in ("squared", "cubed"):
            exponent = POWERS[self.next()]
            self.at += 1
        elif self.next() == "^" and "circ" not in self.words[self.at + 1 : self.at + 3]:
            self.at += 1
            text = (
                "".join(part for part in self.words[self.at : self.at + 4]) if self.next() == "{" else self.next() or ""
            )
            inside = text[1 : text.index("}")] if text.startswith("{") and "}" in text else text
            if not inside.lstrip("-").isdigit():
                raise Unread("no unit")
            exponent = int(inside)
            self.at += 1 if not text.startswith("{") else 2 + ("-" in inside) + 1
        name = canonical(word)
        for part, power in COMPOUND.get(name, {name: 1}).items():
            powers[part] = powers.get(part, 0) + sign * exponent * power
