"""The tokenizer of the tiny world: printable ASCII plus some pieces, always the longest that fits.

Digits are single tokens. The pieces are what both roles write again and again; they bring a rollout down to 10 to 40
sampled tokens. The form is a `tokenizer.json` that transformers and vLLM load.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from agent0_ml.tiny_world.grammar import STEPS

PAD, START, END, UNKNOWN = "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|unknown|>"
SPECIALS = (PAD, START, END, UNKNOWN)

_QUESTION_PIECES = (
    "Let x=",
    "gcd(",
    "sum of i*",
    " for i<",
    " times x=(",
    "*x+",
    ")%",
    ". What is x?",
    *(f". {wording.split('#')[0]}" for wordings in STEPS.values() for wording in wordings),
)
_TURN_PIECES = (
    "user\n",
    "assistant\n",
    "Propose one new task.",
    "<question>",
    "</question>\n",
    "\\boxed{",
    "Use Python.\n",
    "Next.\n",
    "Fix.\n",
    "In my head: ",
    ", ",
    "\nSo ",
    "```python\n",
    "```output\n",
    "\n```\n",
    "[earlier output cut]\n",
    "Error: more than 6 lines",
    "NameError: name '",
    "' is not defined",
)
_PROGRAM_PIECES = (
    "x=",
    "from math import gcd;x=gcd(",
    "x=sum(i*",
    " for i in range(",
    "))",
    "\nx+=",
    "\nx-=",
    "\nx*=",
    "\nx%=",
    "\nx*=x",
    "\nx=sum(map(int,str(abs(x))))",
    "\nfor _ in range(",
    "):x=(",
    "\nprint(",
)


def pieces() -> list[str]:
    """All entries, in the order of their ids."""
    ascii_text = ["\n", *(chr(code) for code in range(32, 127))]
    return [*SPECIALS, *ascii_text, *_QUESTION_PIECES, *_TURN_PIECES, *_PROGRAM_PIECES]


@cache
def build() -> Tokenizer:
    entries = pieces()
    longest_first = sorted(entries[len(SPECIALS) :], key=len, reverse=True)
    pattern = "|".join([*(re.escape(entry).replace("\\\n", "\\n") for entry in longest_first), r"[\s\S]"])
    tokenizer = Tokenizer(models.WordLevel({entry: index for index, entry in enumerate(entries)}, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([AddedToken(entry, special=True, normalized=False) for entry in SPECIALS])
    return tokenizer


def encode(text: str) -> list[int]:
    return build().encode(text).ids


def prompt(text: str) -> str:
    """What the user says, in the chat form of Qwen3, up to where the assistant begins."""
    return f"{START}user\n{text}{END}\n{START}assistant\n"


CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save(folder: Path) -> None:
    """Writes tokenizer.json and tokenizer_config.json."""
    build().save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "eos_token": END,
        "unk_token": UNKNOWN,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 512,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
