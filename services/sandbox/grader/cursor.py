"""A place in a row of tokens."""

from spelling import Unread


class Cursor:
    def __init__(self, tokens):
        self.tokens, self.at, self.depth = list(tokens), 0, 0
        self.closing_bars = 0

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else ("end", "", False)

    def is_next(self, *texts):
        kind, text, _ = self.peek()
        return kind in ("op", "cmd") and text in texts

    def take(self, *texts):
        if self.is_next(*texts):
            self.at += 1
            return True
        return False

    def expect(self, text):
        if not self.take(text):
            raise Unread(f"no {text}")

    def skip_spaces(self):
        while self.take("quad"):
            pass

    def is_degree(self):
        return self.after_degree() is not None

    def after_degree(self):
        texts = [self.peek(ahead)[1] for ahead in range(4)]
        if texts[:2] == ["^", "circ"]:
            return self.at + 2
        return self.at + 4 if texts == ["^", "{", "circ", "}"] else None

    def digits_argument(self):
        """A braced whole number, or one digit."""
        if self.take("{"):
            kind, text, _ = self.peek()
            if kind != "num" or not text.isdigit() or self.peek(1)[1] != "}":
                return None
            self.at += 2
            return int(text)
        kind, text, _ = self.peek()
        return int(self.one_digit()) if kind == "num" and text.isdigit() else None

    def one_digit(self):
        """The first digit of the numeral that comes next; the others stay."""
        kind, text, _ = self.tokens[self.at]
        if len(text) == 1:
            self.at += 1
        else:
            self.tokens[self.at] = (kind, text[1:], False)
        return text[0]

    def split_word(self):
        _, text, spaced = self.tokens[self.at]
        self.tokens[self.at : self.at + 1] = [("name", letter, spaced and at == 0) for at, letter in enumerate(text)]

    def group_tokens(self):
        """The tokens of a brace group, or the one that comes next."""
        if not self.take("{"):
            if self.at >= len(self.tokens):
                raise Unread("nothing where something belongs")
            self.at += 1
            return self.tokens[self.at - 1 : self.at]
        start, depth = self.at, 1
        while self.at < len(self.tokens):
            depth += {"{": 1, "}": -1}.get(self.tokens[self.at][1], 0)
            self.at += 1
            if depth == 0:
                return self.tokens[start : self.at - 1]
        raise Unread("a brace that does not close")
