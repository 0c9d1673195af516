"""The shapes of answers: what stands around them, where they are parted, which of them is a name."""

import re

import algebra as f
from formula import Reader
from spelling import TEXTS, Unread, clean, group_end
from values import Numeral

LENGTH_MAX = 1_000
SHELLS = (r"\boxed{", r"\fbox{", r"\framebox{")
SHELL = re.compile(r"\\(?:{})\s*\{{([^{{}}]*)\}}".format("|".join(TEXTS)))
SAME_COMMANDS = [
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\(?:[cdl]?dots[bc]?|textellipsis)(?![A-Za-z])|\.\.\.|…"), r"\\ldots"),
]
NOON = re.compile(r"(?<=\d)([apAP])\.?[mM]\.?$")
DRESS = re.compile(
    r"\\(?:left|right|displaystyle|textstyle|mathbf|boldsymbol|underline|boxed|fbox|q?quad)(?![A-Za-z])|\\[,;:!> ]"
    r"|[~\s$*`]"
)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}([-/])\d{1,2}\1\d{4}|\d+(?:st|nd|rd|th)")
PHRASE = re.compile(r"[^\W\d_]+(?:[\s'’,.-]+[^\W\d_]+)*[.!?]?")
SHORT_WORDS = {"no", "up", "on", "he", "we", "it"}
LETTER = re.compile(r"(?:\(([A-J])\)[.:]?\s*|([A-J])[.:)]\s+)(\S.*)", re.DOTALL)
EVERYTHING = {
    "all real numbers",
    "all reals",
    "the real numbers",
    "real numbers",
    "the set of all real numbers",
    "all real number",
}
NOTHING = {"empty set", "the empty set"}
OPENING, CLOSING = {"(", "[", "{", "\\{", "lfloor", "lceil"}, {")", "]", "}", "\\}", "rfloor", "rceil"}
SIGNS = {"=", "approx", "le", "ge", "<", ">", "ne", "equiv", "in", "->", "=>", "sim", "cong", "propto", "subset", "to",
         "iff",
         "rightarrow", "Rightarrow", "implies", "notin", "subseteq", "longrightarrow", "parallel", "perp"}  # fmt: skip
ORDER = {"<", "le", ">", "ge"}
LEADING = {"is", "are", "be", "equals", "equal", "answer", "to", "value"}
NAME_SIGNS = set("_{}(),|:'/") | {"norm"}
NAME_COMMANDS = {"frac", "angle", "bar", "vec", "hat", "dot", "ddot", "tilde", "max", "min", "deg", "arg"}
MATRICES = {"pmatrix", "bmatrix", "matrix", "array", "vmatrix", "Bmatrix", "smallmatrix", "Vmatrix"}


def unboxed(answer):
    text = clean(answer)
    for shell in SHELLS:
        if text.startswith(shell) and group_end(text, len(shell)) == len(text) - 1:
            return unboxed(text[len(shell) : -1])
    return text


def squeeze(answer):
    """What is left of a text when its dress is taken off: for answers that are not read."""
    text = answer
    for pattern, one in SAME_COMMANDS:
        text = pattern.sub(one, text)
    return NOON.sub(lambda found: f"{found[1].lower()}m", DRESS.sub("", SHELL.sub(r"\1", text))).rstrip(".") or answer


def plain(text):
    for _ in range(3):
        text = SHELL.sub(r" \1 ", text)
    return " ".join(re.sub(r"\\[,;:! ]|~|\\q?quad(?![A-Za-z])", " ", text).split())


def is_phrase(bare):
    if not PHRASE.fullmatch(bare):
        return False
    words = re.findall(r"[^\W\d_]+", bare)
    known = f.FUNCTIONS | set(f.CONSTANTS) | f.GREEK_WORDS | {"and", "or"}
    if len(words) == 1 and words[0].lower() in SHORT_WORDS:
        return True
    return any(len(word) >= 3 and word.lower() not in known for word in words)


def trimmed(tokens):
    start, end = 0, len(tokens)
    while start < end and tokens[start][1] == "quad":
        start += 1
    while end > start and tokens[end - 1][1] in ("quad", "."):
        end -= 1
    return tokens[start:end]


def split(tokens, is_separator):
    """Pieces at depth 0, and the separators between them."""
    pieces, between, depth, start, environments = [], [], 0, 0, 0
    for at, token in enumerate(tokens):
        kind, text, _ = token
        if kind in ("op", "cmd"):
            depth += (text in OPENING) - (text in CLOSING)
            environments += (text == "begin") - (text == "end")
        if depth == 0 and environments == 0 and is_separator(token):
            pieces.append(tokens[start:at])
            between.append(text)
            start = at + 1
    return [*pieces, tokens[start:]], between


def is_comma(token):
    kind, text, _ = token
    return (kind == "op" and text in (",", "quad")) or (
        kind in ("text", "word", "cmd", "op") and text.lower() in ("and", "or")
    )


def name_of(tokens):
    """The name that a side of an equation is, or None: letters, functions of letters, ratios and lengths."""
    texts = [text for _, text, _ in tokens]
    if not tokens or any(kind in ("rep",) for kind, _, _ in tokens):
        return None
    for at, (kind, text, _) in enumerate(tokens):
        if kind == "num" and (at == 0 or (texts[at - 1] not in ("_", "{", "(", ",") and tokens[at - 1][0] != "name")):
            return None
        if kind == "op" and text not in NAME_SIGNS and not (text == "^" and texts[at + 1 : at + 2] in (["'"], ["{"])):
            return None
        if kind == "cmd" and text not in NAME_COMMANDS:
            return None
    if not any(kind in ("name", "word", "text") for kind, _, _ in tokens):
        return None
    if len(tokens) == 1 and tokens[0][1] in ("e", "i", "pi"):
        return None
    return "".join(text for text in texts if text not in "{}" and text != "quad")


def formula_or_none(tokens):
    try:
        return Reader(tokens).whole()
    except Unread:
        return None


def matching(tokens):
    """Whether the first token is a bracket that the last one closes."""
    if not tokens or tokens[0][1] not in ("(", "[", "{", "\\{") or tokens[-1][1] not in (")", "]", "}", "\\}"):
        return False
    depth = 0
    for at, (kind, text, _) in enumerate(tokens):
        if kind in ("op", "cmd"):
            depth += (text in OPENING) - (text in CLOSING)
        if depth == 0:
            return at == len(tokens) - 1
    return False


def without_degrees(ast):
    if ast[0] == "mul" and ("const", "degree") in ast[1:]:
        return f.mul(*(part for part in ast[1:] if part != ("const", "degree"))), True
    return ast, False


def decimals(tokens):
    """Significant digits of a number that is written as a decimal, and as nothing else."""
    numerals = [text for kind, text, _ in tokens if kind == "num"]
    if len(numerals) != 1 or any(kind not in ("num", "op") or text in ("^", "/") for kind, text, _ in tokens):
        return 0
    mantissa = re.split("[eE]", numerals[0])[0]
    return len(mantissa.replace(".", "").lstrip("0")) if "." in mantissa else 0


BASES = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "sixteen": 16,
}


def numeral_of(tokens):
    """Digits with the base below them, or in words behind them."""
    texts = [text for kind, text, _ in tokens if text not in ("{", "}", "(", ")")]
    if tokens[0][0] not in ("num", "word", "name", "text") and tokens[0][1] != "(":
        return None
    at = texts.index("_") if "_" in texts else None
    if at is None:
        words = " ".join(texts).lower().split()
        if len(words) >= 3 and words[-2] == "base" and words[0].isalnum():
            digits, base = "".join(texts[: len(texts) - 1]), words[-1]
            digits = re.sub(r"(?i)\s*(?:in\s*)?base.*$", "", digits)
        else:
            return None
    else:
        digits, base = "".join(texts[:at]), "".join(texts[at + 1 :]).lower()
        if not digits[:1].isdigit() and not (
            base.isdigit() and int(base) > 10 and digits.isupper() and len(digits) > 1
        ):
            return None
    base = base.replace("base", "").strip()
    number = BASES.get(base) or (int(base) if base.isdigit() and len(base) <= 2 else None)
    if number is None or number < 2 or number > 36 or not re.fullmatch(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)?", digits):
        return None
    if any(int(digit, 36) >= number for digit in digits.replace(".", "")):
        raise Unread("digits that the base does not have")
    return Numeral(digits.upper().lstrip("0") or "0", number)
