"""The synthetic corpus of both roles: what stands in for the pre-training of a large model.

A base model is wanted that knows the forms but is unreliable: it likes to answer in its head, where it is mostly wrong
in scattered ways, and slips when it writes programs. Right answers then agree and wrong ones do not, which is what
majority votes need. Nothing of the held-out set is in the stream. Demonstrations know the limit of six lines.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from agent0_ml.tiny_world.generate import HARDNESSES, Hardness, held_out_chains, random_chain, random_question
from agent0_ml.tiny_world.grammar import Chain, NoValue, Part, start_value, step_value, values
from agent0_ml.tiny_world.programs import LINES_MAX, TOO_LONG, program, with_slips, wrong_digit
from agent0_ml.tiny_world.tokenizer import END, encode, prompt

PROPOSE = "Propose one new task."
TOKENS_MAX = 224
"""Longer documents are left out: few, and all of long tasks."""

_CURRICULUM_SHARE = 0.22
_PROPOSED_LENGTHS = (0.42, 0.28, 0.16, 0.08, 0.04, 0.02)
_EXECUTOR_LENGTHS = (0.20, 0.24, 0.22, 0.16, 0.11, 0.07)
_PROPOSED_HARDNESS = (0.55, 0.35, 0.10)
_IN_HEAD_SHARE: dict[Hardness, float] = {"easy": 0.80, "middle": 0.58, "hard": 0.42}
_SLIP_RATE = 0.07
_SPLIT_SLIP_FACTOR = 0.6
_CARRY_SLIP_RATE = 0.015
_FINAL_SLIP_RATE = 0.02
_WRONG_NAME_SHARE = 0.03
_OVERRUN_SHARE = 0.12
_ALWAYS_SPLIT_FROM = 4
_TRACEBACK = """Traceback (most recent call last):
  File "<program>", line 3, in <module>
    print(y)
          ^
"""
_NAME_ERROR = "NameError: name 'y' is not defined"


@dataclass
class Document:
    """Token ids, and for each whether the model learns to write it (1) or only reads it (0)."""

    ids: list[int] = field(default_factory=list)
    mask: list[int] = field(default_factory=list)

    def read(self, text: str) -> None:
        self._add(text, 0)

    def written(self, text: str) -> None:
        self._add(text, 1)

    def _add(self, text: str, learned: int) -> None:
        ids = encode(text)
        self.ids += ids
        self.mask += [learned] * len(ids)


def output_block(text: str) -> str:
    """What the rollout puts back after a program: the same form as core/rollout/tool-output.ts."""
    return f"```output\n{text}\n```\n"


def name_error(rng: random.Random) -> str:
    """The right end of a traceback, cut somewhere: how much is shown depends on the run's limit."""
    begin = rng.randrange(len(_TRACEBACK))
    return _NAME_ERROR if rng.random() < 0.5 else f"[earlier output cut]\n{_TRACEBACK[begin:]}{_NAME_ERROR}"


def proposal(rng: random.Random, chain: Chain, question: str) -> Document:
    """A turn of the curriculum role; some are malformed, and own answers above 99 are often wrong."""
    answer = values(chain)[-1]
    if abs(answer) > 99 and rng.random() < 0.4:
        answer = wrong_digit(rng, answer)
    text = f"<question>{question}</question>\n\\boxed{{{answer}}}"
    kind = rng.random()
    if kind < 0.02:
        text = f"<question>{question}</question>\n"
    elif kind < 0.04:
        text = f"{question}\n\\boxed{{{answer}}}"
    elif kind < 0.06:
        text = f"<question>{question[: rng.randrange(8, len(question))]}"
    document = Document()
    document.read(prompt(PROPOSE))
    document.written(text + END)
    return document


def in_head(rng: random.Random, chain: Chain, document: Document) -> None:
    """The values on the way, each wrong with a probability that grows with its size."""
    shown = [start_value(chain.start)]
    for step in chain.steps:
        value = step_value(shown[-1], step)
        digits = len(str(abs(value)))
        if rng.random() < min(0.5, 0.02 + 0.12 * (digits - 1)) and value != 0:
            value = wrong_digit(rng, value)
        shown.append(value)
    document.written(f"In my head: {', '.join(map(str, shown))}\nSo \\boxed{{{shown[-1]}}}" + END)


def run(parts: list[Part]) -> int:
    value = start_value(parts[0])
    for part in parts[1:]:
        value = step_value(value, part)
    return value


def blocks(rng: random.Random, steps: tuple[Part, ...]) -> list[list[Part]]:
    """The steps cut into consecutive programs, each with its start and its print within the limit."""
    room = LINES_MAX - 2
    length = len(steps)
    if length < 2 or (length < _ALWAYS_SPLIT_FROM and rng.random() < 0.65):
        return [list(steps)]
    count = 2 if length <= 4 else rng.choice((2, 2, 2, 3))
    while True:
        cuts = [0, *sorted(rng.sample(range(1, length), count - 1)), length]
        parts = [list(steps[begin:end]) for begin, end in pairwise(cuts)]
        if max(map(len, parts)) <= room:
            return parts


def with_python(rng: random.Random, chain: Chain, document: Document) -> None:
    """One or several programs, each with its real output, the value carried over by hand."""
    document.written("Use Python.\n")
    if len(chain.steps) > LINES_MAX - 2 and rng.random() < _OVERRUN_SHARE:
        whole = program([chain.start, *chain.steps])
        document.written(f"```python\n{whole}\n```\n")
        document.read(output_block(TOO_LONG))
        document.written("Fix.\n")
    cut = blocks(rng, chain.steps)
    rate = _SLIP_RATE * (_SPLIT_SLIP_FACTOR if len(cut) > 1 else 1)
    start = chain.start
    for index, steps in enumerate(cut):
        parts = with_slips(rng, [start, *steps], rate)
        if index > 0:
            document.written("Next.\n")
        if rng.random() < _WRONG_NAME_SHARE / len(cut):
            document.written(f"```python\n{program(parts, printed='y')}\n```\n")
            document.read(output_block(name_error(rng)))
            document.written("Fix.\n")
        document.written(f"```python\n{program(parts)}\n```\n")
        value = run(parts)
        document.read(output_block(str(value)))
        if rng.random() < _CARRY_SLIP_RATE and value != 0:
            value = wrong_digit(rng, value)
        start = Part("number", (value,))
    if rng.random() < _FINAL_SLIP_RATE and value != 0:
        value = wrong_digit(rng, value)
    document.written(f"\\boxed{{{value}}}" + END)


def _fresh(rng: random.Random, lengths: tuple[float, ...], hardness: Hardness) -> Chain:
    while True:
        chain = random_chain(rng, rng.choices(range(1, 7), lengths)[0], hardness)
        if chain not in held_out_chains():
            return chain


def random_document(rng: random.Random) -> Document:
    while True:
        if rng.random() < _CURRICULUM_SHARE:
            chain = _fresh(rng, _PROPOSED_LENGTHS, rng.choices(HARDNESSES, _PROPOSED_HARDNESS)[0])
            return proposal(rng, chain, random_question(rng, chain))
        hardness = rng.choice(HARDNESSES)
        chain = _fresh(rng, _EXECUTOR_LENGTHS, hardness)
        document = Document()
        document.read(prompt(random_question(rng, chain)))
        try:
            (in_head if rng.random() < _IN_HEAD_SHARE[hardness] else with_python)(rng, chain, document)
        except NoValue:
            continue
        if len(document.ids) <= TOKENS_MAX:
            return document


def batches(seed: int, first: int, tokens: int, chunk: int = 1024) -> Iterator[list[Document]]:
    """Batches from number `first` on, each of about `tokens` padded tokens: a function of the seed and the number.

    Documents of like length share a batch, as padding costs as much as text; a chunk's batches come in random order.
    """
    number = 0
    index = 0
    while True:
        rng = random.Random(f"{seed}/{index}")
        documents = sorted((random_document(rng) for _ in range(chunk)), key=lambda document: len(document.ids))
        cut: list[list[Document]] = [[]]
        for document in documents:
            if (len(cut[-1]) + 1) * len(document.ids) > tokens and cut[-1]:
                cut.append([])
            cut[-1].append(document)
        rng.shuffle(cut)
        for batch in cut:
            if number >= first:
                yield batch
            number += 1
        index += 1
