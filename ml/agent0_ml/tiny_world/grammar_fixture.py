"""Writes the questions that hold the two grammars together: 10,000 generated and 10,000 mutated ones.

`python -m agent0_ml.tiny_world.grammar_fixture tests/core/tiny-world/questions.jsonl.gz` makes the committed file, of
lines `[question, steps or null, value or null]`: null steps where it does not parse, a null value where it has none.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from pathlib import Path

from agent0_ml.tiny_world.generate import HARDNESSES, random_chain, random_question
from agent0_ml.tiny_world.grammar import STEPS_MAX, parse, truth

COUNT = 10_000
_EXTREMES = ("Then square it", "Then square it", "Scale x by 999", "Reduce x modulo 0", "Do 2 times x=(9*x+1)%0")
_ALPHABET = "0123456789xi. ,()*+%<-TLéa\n"


def mutated(rng: random.Random, question: str) -> str:
    """One change of a few characters, or of whole sentences; many of the results still parse."""
    place = rng.randrange(len(question))
    end = min(len(question), place + rng.choice((1, 1, 2, 5)))
    match rng.randrange(8):
        case 0:
            return question[:place] + question[end:]
        case 1:
            return question[:place] + rng.choice(_ALPHABET) + question[place:]
        case 2:
            return question[:place] + rng.choice(_ALPHABET) + question[place + 1 :]
        case 3:
            return question[:place]
        case 4:
            digits = [index for index, letter in enumerate(question) if letter.isdigit()]
            place = rng.choice(digits)
            return question[:place] + rng.choice(("0", "00", "7", "99", "999", "1000", "")) + question[place + 1 :]
        case 5:
            sentences = question.split(". ")
            rng.shuffle(sentences)
            return ". ".join(sentences)
        case 6:
            first, *rest = question.split(". ")
            sentences = rng.sample(_EXTREMES, rng.randrange(1, 4))
            return ". ".join([first, *sentences, *rest])
    first, *middle, last = question.split(". ")
    return ". ".join([first, *middle * rng.choice((2, 3, 6)), last])


def lines(seed: int) -> list[str]:
    rng = random.Random(seed)
    questions = []
    for _ in range(COUNT):
        chain = random_chain(rng, rng.randrange(STEPS_MAX + 1), rng.choice(HARDNESSES))
        questions.append(random_question(rng, chain))
    questions += [mutated(rng, rng.choice(questions)) for _ in range(COUNT)]
    rows = []
    for question in questions:
        chain = parse(question)
        rows.append(json.dumps([question, None if chain is None else len(chain.steps), truth(question)]))
    return rows


if __name__ == "__main__":
    # No time and no file name in the header: the same seed gives the same bytes.
    Path(sys.argv[1]).write_bytes(gzip.compress(("\n".join(lines(0)) + "\n").encode(), mtime=0))
