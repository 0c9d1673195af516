"""Failures on demand, for tests and chaos runs: `POST /faults` where the server was started with --faults."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from agent0_ml.model_server.errors import ApiError, bad_request
from agent0_ml.model_server.policies import Policies

KINDS = ("die_mid_batch", "hang", "busy", "slow", "forget_adapters")
DEATH = 70
"""Exit code of a death on demand."""


@dataclass
class Faults:
    die_after_steps: int | None = None
    hanging: bool = False
    busy: int = 0
    """Requests that are answered with 503 from now on."""
    step_delay_s: float = 0.0

    def plan(self, data: object, policies: Policies) -> None:
        """`{"kind": …, "count": …}`: steps until death, requests refused, or milliseconds per step; 0 ends it."""
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
            case "slow":
                self.step_delay_s = count / 1000
            case "forget_adapters":
                policies.forget()

    def before_request(self) -> None:
        if self.busy > 0:
            self.busy -= 1
            raise ApiError(503, "busy on demand")

    def before_step(self) -> None:
        """Runs with samples in flight."""
        if self.step_delay_s > 0:
            time.sleep(self.step_delay_s)
        if self.die_after_steps is not None:
            if self.die_after_steps <= 0:
                os._exit(DEATH)
            self.die_after_steps -= 1
