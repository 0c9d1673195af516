"""Runs programs of the tiny world for `measure.py`, in the product's sandbox (`agent0 sandbox --lines`)."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path

from agent0_ml.tiny_world.programs import LINES_MAX, TOO_LONG

CHECKOUT = Path(__file__).parents[3]
NODE = CHECKOUT / "node_modules" / ".bin" / "node"


class Programs:
    """A context that runs programs; equal ones are run once."""

    def __enter__(self) -> Programs:
        command = [NODE, CHECKOUT / "cli" / "agent0.mjs", "sandbox", "--lines"]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.run = cache(self._run)
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stdin.close()
        self._child.wait()

    def _run(self, code: str) -> str:
        """The text of the program's output block: what it printed, its error, or that it is too long to be run."""
        if len(code.splitlines()) > LINES_MAX:
            return TOO_LONG
        print(json.dumps({"source": code}), file=self._child.stdin, flush=True)
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"the sandbox ended with {self._child.wait()}: it says why on standard error")
        return shown(json.loads(line))


def shown(result: dict) -> str:
    """As the loop shows it with `rollout.shownError: last-line` (core/rollout/tool-output.ts)."""
    if result["kind"] == "ok":
        return result["stdout"].removesuffix("\n")
    if result["kind"] == "error":
        text = (result["traceback"] or result["stderr"]).rstrip() or f"Error: exit code {result['exitCode']}"
        return text.rsplit("\n", 1)[-1]
    if result["kind"] == "timeout":
        return f"Error: the program ran out of {result['clock']} time"
    return f"Error: {result['kind']}"
