"""Stop-and-go rollouts in this process, for `measure.py`. The product's are in `core/rollout/`, same protocol but for
the last turn, which is cut at its program here as it was when the base model was measured.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from agent0_ml.model_server.engine import Engine
from agent0_ml.model_server.request import parse_completion
from agent0_ml.model_server.sample import Sample
from agent0_ml.tiny_world import tokenizer
from agent0_ml.tiny_world.corpus import output_block
from agent0_ml.tiny_world.execution import Programs

TURNS_MAX = 4
RESPONSE_TOKENS_MAX = 208
OUTPUT_TOKENS_MAX = 64
STOP = "\n```\n"
CUT = "[earlier output cut]\n"

_PROGRAM = re.compile(r"```python\n(.*?)\n```\n", re.DOTALL)
_BOX = re.compile(r"\\boxed\{([^{}]+)\}")


@dataclass
class Rollout:
    task: int
    prompt: list[int]
    ids: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    calls: int = 0

    @property
    def answer(self) -> str | None:
        found = _BOX.findall("".join(self.texts))
        return found[-1].strip() if found else None


def output_ids(text: str) -> list[int]:
    """The tokens of the output block; a long text loses its beginning."""
    ids = tokenizer.encode(output_block(text))
    kept = len(text)
    while len(ids) > OUTPUT_TOKENS_MAX:
        kept -= len(ids) - OUTPUT_TOKENS_MAX
        ids = tokenizer.encode(output_block(CUT + text[len(text) - max(0, kept) :]))
    return ids


def sample(engine: Engine, bodies: list[dict]) -> list[list[Sample]]:
    """The samples of each request, in the order asked."""
    jobs = [engine.submit(parse_completion({"model": engine.policies.base.name, **body})) for body in bodies]
    while engine.has_work:
        engine.step()
    return [job.samples for job in jobs]


def _goes_on(rollout: Rollout, written: Sample, turn: int, programs: Programs) -> bool:
    """Takes a turn; runs its program, unless it is the last turn's. Whether another turn follows."""
    text = written.text()
    rollout.ids += written.ids
    rollout.texts.append(text)
    program = _PROGRAM.search(text)
    if program is None or written.cut is None or turn == TURNS_MAX - 1:
        return False
    rollout.calls += 1
    rollout.ids += output_ids(programs.run(program[1]))
    return len(rollout.ids) < RESPONSE_TOKENS_MAX


def roll_out(engine: Engine, programs: Programs, questions: list[str], k: int, seed: int) -> list[list[Rollout]]:
    """k rollouts of each question at temperature 1."""
    by_task = [
        [Rollout(task, tokenizer.encode(tokenizer.prompt(question))) for _ in range(k)]
        for task, question in enumerate(questions)
    ]
    running = [rollout for group in by_task for rollout in group]
    for turn in range(TURNS_MAX):
        bodies = [
            {
                "prompt": rollout.prompt + rollout.ids,
                "max_tokens": RESPONSE_TOKENS_MAX - len(rollout.ids),
                "seed": (seed << 48) + (turn << 40) + index,
                "stop": [STOP],
                "include_stop_str_in_output": True,
            }
            for index, rollout in enumerate(running)
        ]
        written = sample(engine, bodies)
        running = [
            rollout
            for rollout, (turn_sample,) in zip(running, written, strict=True)
            if _goes_on(rollout, turn_sample, turn, programs)
        ]
    return by_task


def majority(group: list[Rollout]) -> tuple[str | None, float]:
    """The most frequent answer, the first seen of equals, and its share of all rollouts."""
    votes = Counter(rollout.answer for rollout in group if rollout.answer is not None)
    if not votes:
        return None, 0.0
    answer, count = votes.most_common(1)[0]
    return answer, count / len(group)
