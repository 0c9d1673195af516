"""Failures on demand, for tests and chaos runs: `POST /faults` where the server was started with --faults.

Where AGENT0_FAULTS names a folder that is so too, `asked.jsonl` in it says what the engine was asked to sample, and
`garbage.jsonl` which garbage was sent.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from agent0_ml.model_server.errors import ApiError, bad_request
from agent0_ml.model_server.garbage import GARBAGE
from agent0_ml.model_server.policies import Policies
from agent0_ml.model_server.request import Completion

VARIABLE = "AGENT0_FAULTS"
KINDS = ("die_mid_batch", "hang", "busy", "garbage", "slow", "forget_adapters", "misscore")
DEATH = 70
"""Exit code of a death on demand."""


@dataclass
class Faults:
    die_after_steps: int | None = None
    hanging: bool = False
    busy: int = 0
    """Requests that are refused from now on, with 503 and 429 in turn."""
    garbage: int = 0
    """Answers below /v1/ that are garbage from now on, one kind after another."""
    step_delay_s: float = 0.0
    misscored: float = 0.0
    """By how much the log-probabilities of prompts are too low, nats. What is sampled stays as it is."""
    folder: Path | None = None

    def plan(self, data: object, policies: Policies) -> None:
        """`{"kind": …, "count": …}`: steps until death, requests refused or answered with garbage, or
        milliseconds per step, or thousandths of a nat; 0 ends it."""
        if not isinstance(data, dict) or data.get("kind") not in KINDS:
            raise bad_request(f"kind must be one of {', '.join(KINDS)}", "kind")
        count = data.get("count", 1)
        if not isinstance(count, int) or count < 0:
            raise bad_request("count must be a whole number, 0 at least", "count")
        match data["kind"]:
            case "die_mid_batch":
                self.die_after_steps = count
            case "hang":
                self.hanging = count > 0
            case "busy":
                self.busy = count
            case "garbage":
                self.garbage = count
            case "slow":
                self.step_delay_s = count / 1000
            case "forget_adapters":
                policies.forget()
            case "misscore":
                self.misscored = count / 1000

    def before_request(self) -> None:
        if self.busy > 0:
            self.busy -= 1
            raise ApiError(429 if self.busy % 2 else 503, "busy on demand")

    def instead_of_answer(self) -> Response | None:
        """Garbage, while it is to be sent. The engine hears nothing of such a request."""
        if self.garbage <= 0:
            return None
        self.garbage -= 1
        name = list(GARBAGE)[self.garbage % len(GARBAGE)]
        status, media_type, body = GARBAGE[name]
        self._note("garbage.jsonl", {"atMs": round(time.time() * 1000), "garbage": name})
        return Response(body, status_code=status, media_type=media_type)

    def _note(self, file: str, line: dict) -> None:
        if self.folder is not None:
            with (self.folder / file).open("a") as notes:
                notes.write(f"{json.dumps(line)}\n")

    def took(self, completion: Completion) -> None:
        """A line for a request that the engine took. It is with the kernel before the first token: no kill loses it."""
        self._note("asked.jsonl", {"atMs": round(time.time() * 1000), "seed": completion.seed, "n": completion.n})

    def before_step(self) -> None:
        """Runs with samples in flight."""
        if self.step_delay_s > 0:
            time.sleep(self.step_delay_s)
        if self.die_after_steps is not None:
            if self.die_after_steps <= 0:
                os._exit(DEATH)
            self.die_after_steps -= 1
