"""How a base model of the tiny world behaves: `npm run tiny-world:measure`.

Samples with the model server's engine in this process and really runs the programs (`execution.py`, which is no
sandbox). Prints one JSON object: held-out accuracy by length, and what the model proposes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

import torch

from agent0_ml.model_server.engine import Engine
from agent0_ml.model_server.options import load_engine, parse_options
from agent0_ml.tiny_world import tokenizer
from agent0_ml.tiny_world.corpus import PROPOSE
from agent0_ml.tiny_world.execution import Programs
from agent0_ml.tiny_world.grammar import parse, truth
from agent0_ml.tiny_world.rollouts import RESPONSE_TOKENS_MAX, Rollout, majority, roll_out, sample

PROPOSALS = 200
BAND = (0.3, 0.8)
_PROPOSAL = re.compile(r"<question>(.+)</question>\n\\boxed\{[^{}]+\}")


def _share(flags: list[bool]) -> float:
    return round(sum(flags) / max(1, len(flags)), 3)


def scores(groups: list[list[Rollout]], answers: list[str]) -> dict:
    """Against the true answers: mean@k, maj@k, and the same by whether the tool was used."""
    pairs = list(zip(groups, answers, strict=True))
    right = [(rollout, rollout.answer == answer) for group, answer in pairs for rollout in group]
    return {
        "mean": _share([good for _, good in right]),
        "majority": _share([majority(group)[0] == answer for group, answer in pairs]),
        "calls": round(sum(rollout.calls for rollout, _ in right) / max(1, len(right)), 2),
        "without_tool": _share([rollout.calls == 0 for rollout, _ in right]),
        "mean_without_tool": _share([good for rollout, good in right if rollout.calls == 0]),
        "mean_with_tool": _share([good for rollout, good in right if rollout.calls > 0]),
    }


def held_out_scores(engine: Engine, programs: Programs, tasks: list[dict], k: int, seed: int) -> dict:
    groups = roll_out(engine, programs, [task["question"] for task in tasks], k, seed)
    found = {"all": scores(groups, [task["answer"] for task in tasks])}
    for length in sorted({task["steps"] for task in tasks}):
        chosen = [index for index, task in enumerate(tasks) if task["steps"] == length]
        found[str(length)] = scores([groups[index] for index in chosen], [tasks[index]["answer"] for index in chosen])
    return found


def proposal_scores(engine: Engine, programs: Programs, k: int, seed: int) -> dict:
    """Form of what is proposed, and p̂ of the well-formed questions by the same model."""
    prompt = tokenizer.encode(tokenizer.prompt(PROPOSE))
    body = {"prompt": prompt, "n": PROPOSALS, "seed": seed << 48, "max_tokens": RESPONSE_TOKENS_MAX}
    (written,) = sample(engine, [body])
    matches = [_PROPOSAL.fullmatch(one.text()) for one in written]
    questions = [match[1] for match in matches if match]
    chains = [chain for question in questions if truth(question) is not None and (chain := parse(question))]
    well_formed = [question for question in questions if truth(question) is not None]
    shares = [majority(group)[1] for group in roll_out(engine, programs, well_formed, k, seed + 1)]
    steps = Counter(len(chain.steps) for chain in chains)
    return {
        "asked": PROPOSALS,
        "with_tags_and_box": _share([match is not None for match in matches]),
        "well_formed": round(len(well_formed) / PROPOSALS, 3),
        "distinct": round(len(set(questions)) / max(1, len(questions)), 3),
        "mean_steps": round(sum(len(chain.steps) for chain in chains) / max(1, len(chains)), 2),
        "steps": [steps[length] for length in range(9)],
        "p_histogram": [sum(1 for share in shares if round(share * 10) == tenth) for tenth in range(11)],
        "p_mean": round(sum(shares) / max(1, len(shares)), 3),
        "in_band": _share([BAND[0] <= round(share, 9) <= BAND[1] for share in shares]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    engine = load_engine(parse_options([str(options.model), "--max-num-queued-reqs", "100000"]))
    tasks = [json.loads(line) for line in (options.model / "held-out.jsonl").read_text().splitlines()]
    started = time.monotonic()
    with Programs() as programs:
        report = {
            "held_out": held_out_scores(engine, programs, tasks, options.k, options.seed),
            "proposals": proposal_scores(engine, programs, options.k, options.seed + 1),
        }
    seconds = time.monotonic() - started
    report["seconds"] = round(seconds, 1)
    report["sampled_tokens_per_second"] = round(engine.generated_tokens / seconds)
    json.dump(report, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
