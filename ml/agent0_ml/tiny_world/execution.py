"""Runs programs of the tiny world for `measure.py`: a bare Python that forks per program, with limits and a time-out.

This is not a sandbox. It runs one-line arithmetic of a model that was trained on nothing else; the product's sandbox is
`services/sandbox/`.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from functools import cache
from pathlib import Path

from agent0_ml.tiny_world.programs import LINES_MAX, TOO_LONG

_ZYGOTE = Path(__file__).with_name("zygote.py")


class Programs:
    """A context that runs programs; equal ones are run once."""

    def __enter__(self) -> Programs:
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_ZYGOTE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}
        )
        self.run = cache(self._run)
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stdin.close()
        self._child.wait()

    def _run(self, code: str) -> str:
        """The text of the program's output block: what it printed, its error, or that it is too long to be run."""
        if len(code.splitlines()) > LINES_MAX:
            return TOO_LONG
        source = code.encode()
        self._child.stdin.write(struct.pack(">I", len(source)) + source)
        self._child.stdin.flush()
        (length,) = struct.unpack(">I", self._child.stdout.read(4))
        return self._child.stdout.read(length).decode().removesuffix("\n")
