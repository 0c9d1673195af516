"""The embedded server's engine without HTTP: `serving_in_process.py MODEL JOB`, the job as in serving-plan.ts.

Prints {"seconds", "cpuSeconds", "tokens"}; requests are those of serving-job.ts, so both draw the same tokens.
"""

from __future__ import annotations

import json
import sys
import time

import torch

from agent0_ml.model_server.engine import Engine
from agent0_ml.model_server.options import load_engine, parse_options
from agent0_ml.model_server.request import parse_completion


def run(engine: Engine, job: dict, count: int) -> int:
    """`count` requests, `atOnce` at a time; gives the drawn tokens."""

    def submit(seed: int) -> None:
        body = {
            "prompt": job["promptTokenIds"],
            "max_tokens": job["tokensMax"],
            "n": job["samples"],
            "seed": seed,
            "stop": ["\n```\n"],
            "logprobs": 0,
            "include_stop_str_in_output": True,
        }
        engine.submit(parse_completion(body))

    sent = min(job["atOnce"], count)
    for seed in range(sent):
        submit(seed)
    tokens = 0
    while engine.has_work:
        for done in engine.step():
            tokens += sum(len(sample.ids) for sample in done.samples)
            if sent < count:
                submit(sent)
                sent += 1
    return tokens


def main(model: str, length: str, job: dict) -> None:
    torch.set_num_threads(1)
    engine = load_engine(parse_options([model, "--max-model-len", length]))
    run(engine, job, max(job["atOnce"], job["requests"] // 5))
    started, cpu = time.perf_counter(), time.process_time()
    tokens = run(engine, job, job["requests"])
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpuSeconds": cpu_seconds, "tokens": tokens}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
