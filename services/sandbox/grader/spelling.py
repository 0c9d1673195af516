"""An answer as tokens: what is spelled differently and means the same is one token. Linear in the length of the text.

A token is (kind, text, spaced): `num` a decimal numeral, `rep` a repeating decimal, `name` a letter or a Greek letter,
`word` two or more Latin letters in a row, `text` what stood in \\text{}, `cmd` a command without its backslash, `op` a
sign; `spaced` tells whether white space comes before it.
"""

import re


class Unread(Exception):
    """The text is not of a form that the reader knows whole. Nothing is concluded from a part of it."""


SIGNS = {
    "−": "-", "–": "-", "—": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∗": "*", "÷": r"\div ",
    "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "≡": r"\equiv ",
    "±": r"\pm ",
    "∞": r"\infty ", "π": r"\pi ", "√": r"\sqrt ", "°": r"^\circ ", "²": "^2", "³": "^3", "½": r"\frac{1}{2}",
    "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ",
    "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "…": r"\ldots ",
    "€": r"\text{ euro }", "£": r"\text{ pound sterling }", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ",
    "λ": r"\lambda ", "μ": r"\mu ", "ω": r"\omega ", "φ": r"\phi ", "σ": r"\sigma ", "\u00a0": " ", "\u2009": " ",
    "′": "'", "％": "%", "∖": r"\setminus ",
}  # fmt: skip
SIGN = re.compile("|".join(map(re.escape, SIGNS)))

TEXTS = "text textrm textbf textit textnormal textsf texttt mbox hbox fbox mathrm operatorname textup emph".split()
# What only changes how its argument looks.
STYLES = set("boxed underline mathbf boldsymbol bm mathit mathsf mathtt mathnormal displaylines ensuremath".split())
SIZES = set(
    "displaystyle textstyle scriptstyle left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr middle limits"
    " nolimits allowbreak nobreak relax hfill large Large normalsize bf rm it".split()
)
SPACES = set("quad qquad enspace thinspace hspace hskip space newline".split())
GREEK = set(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma tau"
    " upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar mho aleph"
    " pi odot infty imath jmath nabla partial triangle square circ star dagger".split()
)
SYNONYMS = {
    "leq": "le", "leqslant": "le", "geq": "ge", "geqslant": "ge", "neq": "ne", "lt": "<", "gt": ">", "dfrac": "frac",
    "tfrac": "frac", "cfrac": "frac", "sfrac": "frac", "dbinom": "binom", "tbinom": "binom", "cdotp": "cdot",
    "lvert": "|", "rvert": "|", "vert": "|", "mid": "mid", "varnothing": "emptyset", "land": "and", "lor": "or",
    "wedge": "and", "vee": "or", "dots": "ldots", "cdots": "ldots", "dotsc": "ldots", "dotsb": "ldots",
    "vdots": "ldots",
    "ddots": "ldots", "degree": "degree", "degrees": "degree", "lbrace": "\\{", "rbrace": "\\}", "colon": ":",
    "ast": "*",
    "backslash": "setminus", "smallsetminus": "setminus", "simeq": "approx", "approxeq": "approx",
    "thickapprox": "approx",
    "lbrack": "[", "rbrack": "]", "bmod": "mod", "pmod": "pmod", "iff": "iff", "overline": "bar", "bar": "bar",
    "widehat": "hat", "widetilde": "tilde", "overrightarrow": "vec", "prime": "'", "lg": "log", "tg": "tan",
    "arctg": "arctan",
    "ctg": "cot", "cosec": "csc", "textdegree": "degree", "slash": "/", "dollar": "$", "percent": "%", "Vert": "norm",
    "lVert": "norm", "rVert": "norm", "lparen": "(", "rparen": ")", "langle": "(", "rangle": ")",
}  # fmt: skip

# `np.float64(0.5)` is printed for a number, `math.pi` for π.
PYTHON = re.compile(r"(?<![\w.])(?:(?:np|numpy|math|cmath|sympy|sp|mpmath)\.(?=[A-Za-z]))?(?:(?:float|int)\d\d(?=\())?")
THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|,? ?\\[!,;: ] ?)(?=\d{3}(?!\d))")
STYLE = re.compile(r"\\(?:display|text|script)style(?![A-Za-z])")
REPEATING = re.compile(r"(\d*)\.(\d*)\\(?:overline|bar|dot)\s*\{(\d{1,40})\}")
NUMERAL = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5}(?![\w.]))?")
GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,]?\d)(?:\.\d+)?|\d{1,3}(?: \d{3})+(?![\d]| ?\d)(?:\.\d+)?")
LISTED = re.compile(r"\d,$")
WORD = re.compile(r"[A-Za-z]+")
LATIN = re.compile(r"[^\W\d_]+")


def without_dollars(text):
    """Dollar signs that delimit mathematics are taken out; one that belongs to a number becomes \\$."""
    text = text.replace("$$", " ")
    parts = re.split(r"(?<!\\)\$", text)
    if len(parts) % 2 == 1:
        return "".join(parts)
    first, second = text.split("$", 1) if not text.startswith("\\$") else (None, None)
    if first is not None and len(parts) == 2 and re.match(r"\s*\d", second) and first.strip() in ("", "-", "+"):
        return first + r"\$" + second
    return "".join(parts)


def clean(answer):
    text = SIGN.sub(lambda sign: SIGNS[sign[0]], answer)
    text = re.sub(r"\\[()\[\]]", " ", text) if not re.search(r"\\\\[\[(]", text) else text
    text = without_dollars(text).strip()
    text = re.sub(r"^(\*\*|__|`|\*)(.*)\1$", r"\2", text, flags=re.DOTALL)
    text = PYTHON.sub("", STYLE.sub("", text))
    text = THOUSANDS.sub("", text)
    text = (
        text.strip().rstrip(".,;:。").strip()
        if not text.rstrip().endswith((r"\,", r"\;", r"\:", "..."))
        else text.strip()
    )
    return text


def group_end(text, start):
    """Where the brace that is open before `start` closes."""
    depth, at = 1, start
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 1
    raise Unread("a brace that does not close")


class Tokens:
    def __init__(self, text):
        self.text, self.at, self.depth, self.spaced = text, 0, 0, False
        self.found = []

    def add(self, kind, text):
        self.found.append((kind, text, self.spaced))
        self.spaced = False

    def braced(self):
        """The content of a brace group that comes next, or one character where none comes."""
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        if self.text[self.at : self.at + 1] != "{":
            self.at += 1
            return self.text[self.at - 1 : self.at]
        end = group_end(self.text, self.at + 1)
        inside, self.at = self.text[self.at + 1 : end], end + 1
        return inside

    def inline(self, content):
        spaced = self.spaced
        inner = Tokens(content)
        inner.depth = self.depth
        inner.read()
        if inner.found:
            kind, text, own = inner.found[0]
            self.found += [(kind, text, own or spaced), *inner.found[1:]]
        self.spaced = False

    def read_text(self, content):
        plain = content.replace("~", " ")
        if re.search(r"[\d\\$(){}\[\]=<>+*/^%]", plain):
            return self.inline(plain)
        if plain.strip(" .,;:"):
            self.spaced = self.spaced or plain[0].isspace()
            lead = plain.strip()[0]
            if lead in ",;":
                self.add("op", lead)
            self.add("text", plain.strip().strip(",;:").strip())
            if plain.strip()[-1] in ",;":
                self.add("op", plain.strip()[-1])
        elif plain.strip() in (",", ";", ":"):
            self.add("op", plain.strip())
        else:
            self.spaced = True

    def read_command(self):
        found = WORD.match(self.text, self.at + 1)
        if not found:
            sign = self.text[self.at + 1 : self.at + 2]
            self.at += 2
            if sign in ",;:!> ":
                self.spaced = self.spaced or sign != "!"
            elif sign in "{}":
                self.depth += 1 if sign == "{" else -1
                self.add("op", "\\" + sign)
            elif sign in "$%&#_":
                self.add("op", sign if sign != "&" else "and")
            elif sign == "\\":
                self.add("op", "\\\\")
                skipped = re.compile(r"\s*\[[\d.\s]*(?:pt|em|ex|mm|cm)\]").match(self.text, self.at)
                self.at = skipped.end() if skipped else self.at
            elif sign == "|":
                self.add("op", "norm")
            else:
                raise Unread("a command that is unknown")
            return
        name = found[0]
        self.at = found.end()
        if self.text[self.at : self.at + 1] == "*":
            self.at += 1
        if name in TEXTS:
            content = self.braced()
            if name in ("mathrm", "operatorname") and len(content.strip()) > 1 and content.strip() in COMMANDS:
                self.add("cmd", SYNONYMS.get(content.strip(), content.strip()))
            else:
                self.read_text(content)
        elif name in ("color", "textcolor", "vspace", "hspace", "label", "tag", "phantom", "hphantom"):
            self.braced()
        elif name in STYLES or name in SIZES:
            # The dot of \left. and \right. is nothing.
            if name in ("left", "right") and self.text[self.at : self.at + 1] == ".":
                self.at += 1
        elif name in SPACES:
            self.spaced = True
            self.add("op", "quad")
        elif name in ("mathbb", "mathcal", "mathfrak", "mathscr"):
            self.add("name", f"{name}{self.braced().strip()}")
        elif name in GREEK:
            self.add("name", name)
        else:
            name = SYNONYMS.get(name, name)
            if name in ("\\{", "\\}"):
                self.depth += 1 if name == "\\{" else -1
            self.add("op" if not name.isalpha() else "cmd", name)

    def read_number(self):
        repeated = REPEATING.match(self.text, self.at)
        if repeated:
            self.at = repeated.end()
            return self.add("rep", "|".join(repeated.groups()))
        # 27,54,108 is a list: its second number is no beginning of thousands.
        begins = self.depth == 0 and not LISTED.search(self.text[max(0, self.at - 2) : self.at])
        grouped = GROUPED.match(self.text, self.at) if begins else None
        if grouped:
            self.at = grouped.end()
            return self.add("num", re.sub(r"[ ,]", "", grouped[0]))
        found = NUMERAL.match(self.text, self.at)
        if not found:
            return False
        end = found.end()
        # The full stop of an ellipsis, or of a sentence, belongs to no number.
        if found[0].endswith(".") and self.text[end : end + 1] in ("", ".", " ", ","):
            end -= 1
        self.add("num", self.text[self.at : end])
        self.at = end

    def read(self):
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "\\":
                self.read_command()
            elif character.isspace() or character == "~":
                self.spaced = True
                self.at += 1
            elif character.isascii() and (character.isdigit() or character == "."):
                if self.text.startswith("...", self.at):
                    self.add("cmd", "ldots")
                    self.at += 3
                elif self.read_number() is False:
                    raise Unread("a full stop")
            elif LATIN.match(character):
                run = LATIN.match(self.text, self.at)[0]
                self.at += len(run)
                # `\frac` and its like take what follows a letter at a time, but no one writes words there.
                self.add("name" if len(run) == 1 else "word", run)
            elif character in "+-*/^_()[]{},;:|!=<>%&'":
                self.depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
                two = self.text[self.at : self.at + 2]
                if two in ("**", "<=", ">=", "!=", "==", "->", "=>"):
                    self.at += 1
                    character = {"**": "^", "<=": "le", ">=": "ge", "!=": "ne", "==": "="}.get(two, two)
                self.add("cmd" if character in ("le", "ge", "ne") else "op", character)
                self.at += 1
            elif character == "#":
                self.at += 1
            else:
                raise Unread("a sign that is unknown")
        return self.found


COMMANDS = set(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh ln log exp lg gcd lcm max min det sgn Re Im arg deg"
    " ker dim mod arccot arcsec arccsc arcsinh arccosh arctanh asin acos atan".split()
)


def tokens_of(text):
    return Tokens(text).read()


def written(tokens):
    """Tokens as one text, without the white space that means nothing."""
    return " ".join(text for _, text, _ in tokens if text != "quad")
