"""The tokenizer of a model folder, and where stop texts end."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from agent0_ml.qwen3.config import BadModel, Qwen3Config


def _eos_token(folder: Path) -> str | None:
    path = folder / "tokenizer_config.json"
    value = json.loads(path.read_text()).get("eos_token") if path.is_file() else None
    return value.get("content") if isinstance(value, dict) else value


class Text:
    def __init__(self, folder: Path, config: Qwen3Config) -> None:
        """Raises BadModel where the tokenizer is missing, broken or another model's."""
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            eos = _eos_token(folder)
        except Exception as error:  # tokenizers raises bare Exception
            raise BadModel(f"{folder}/tokenizer.json cannot be read: {error}") from error
        self.size = self._tokenizer.get_vocab_size(with_added_tokens=True)
        if self.size > config.vocab_size:
            raise BadModel(f"the tokenizer has {self.size} entries, the model only {config.vocab_size}")
        if eos is not None and config.eos_token_ids and self._tokenizer.token_to_id(eos) not in config.eos_token_ids:
            raise BadModel(f"the tokenizer ends texts with {eos!r}, config.json with {config.eos_token_ids}")
        self.may_end = cache(self._may_end)
        self.token = cache(self._token)

    def encode(self, text: str, special: bool = True) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=special).ids

    def decode(self, ids: list[int], skip_special: bool = True) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=skip_special)

    def _token(self, index: int) -> str:
        """One token as text, special ones too."""
        return self._tokenizer.decode([index], skip_special_tokens=False)

    def token_string(self, index: int) -> str | None:
        """The entry as the tokenizer's file spells it."""
        return self._tokenizer.id_to_token(index)

    def _may_end(self, stop: str) -> frozenset[int] | None:
        """The tokens whose text holds the last character of a stop text; None where that cannot be told by token.

        Only after such a token the text so far has to be decoded and searched.
        """
        last = stop[-1]
        if not last.isascii():
            return None
        return frozenset(index for index in range(self.size) if last in self.token(index))
