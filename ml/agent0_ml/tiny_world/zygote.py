"""Child program of `execution.py`: forks itself for each program that it reads. Standard library only."""

from __future__ import annotations

import contextlib
import io
import math  # noqa: F401  programs import it, and cannot open its file
import os
import resource
import signal
import struct
import sys

CPU_S = 1
WALL_S = 20
MEMORY_BYTES = 256 * 2**20
OUTPUT_CHARACTERS_MAX = 4096


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    signal.alarm(WALL_S)


def _run(code: str) -> str:
    """What the program prints, or the last line of its error."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "<program>", "exec"), {"__name__": "__main__"})
    except BaseException as error:  # whatever a program does is data
        return f"{type(error).__name__}: {error}"
    return printed.getvalue()[-OUTPUT_CHARACTERS_MAX:]


def _answer(code: str) -> str:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        _limited()
        os.write(write_end, _run(code).encode(errors="replace"))
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        text = stream.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return text if status == 0 else f"Error: the program was ended by signal {os.waitstatus_to_exitcode(status)}"


def main() -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(4):
        text = _answer(source.read(struct.unpack(">I", header)[0]).decode()).encode()
        sink.write(struct.pack(">I", len(text)) + text)
        sink.flush()


if __name__ == "__main__":
    main()
