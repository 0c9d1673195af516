"""PID 1 of a sandbox slot: a fork server that runs one program at a time and says how it ended.

The host speaks frames over stdin and stdout (services/sandbox/frames.ts). A child forked ahead of time waits for each
program; it is locked down before it reads one. When the program's own process ends, everything else in the container
is killed, reaped and wiped before the result is sent, so that the next program finds nothing.

Trust: nothing that a program can touch decides anything here. Its end is taken from a pidfd and the kernel's status,
its memory deaths from the cgroup, its output is bounded. Left out: CPU limits below one second (RLIMIT_CPU counts
whole seconds) and a CPU limit over several processes (the wall clock is their backstop).

Usage: python3 -sP /opt/agent0/guest bare|math|grader     (what each has imported before it serves: TEMPLATES)
"""

import ctypes
import fcntl
import gc
import io
import json
import os
import signal
import sys
import time
from importlib import import_module

import slot_frames as frames
from slot_child import PR_SET_DUMPABLE
from slot_cleaning import OomCounter, Wiper, kill_everyone
from slot_execution import Child, Execution
from slot_filter import filter_this_process, libc
from slot_fingerprint import Fingerprint
from slot_output import Capture, private_buffer

# What short programs import: loaded once here instead of in each of them.
COMMON = "bisect cmath collections copy datetime decimal fractions functools heapq itertools math operator random re"
COMMON += " statistics string time typing"
MATHS = ("sympy", "numpy", "numpy.fft", "numpy.linalg", "numpy.random")
TEMPLATES = {"bare": (), "math": MATHS, "grader": (*MATHS, "math_verify")}


class Guest:
    def __init__(self, template):
        os.closerange(3, 1 << 16)  # what whoever started us has left open
        self.host_in = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 10)
        self.host_out = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 10)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        open_streams()
        load_template(template)
        self.request = private_buffer(frames.HEADER.size + frames.JSON_MAX + frames.SOURCE_MAX + frames.STDIN_MAX)
        self.view = memoryview(self.request)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.request))
        self.streams = (Capture(), Capture())
        self.oom, self.wiper = OomCounter(), Wiper()
        gc.collect()
        libc.malloc_trim(0)  # what the imports needed only for a while
        gc.freeze()
        filter_this_process()
        self.at_start = Fingerprint()
        self.child = None

    def send(self, kind, identity, content, a=(), b=()):
        text = json.dumps(content, separators=(",", ":")).encode()
        sizes = [sum(map(len, part)) for part in (a, b)]
        parts = [frames.HEADER.pack(frames.MAGIC, frames.PROTOCOL, kind, 0, identity, len(text), *sizes), text, *a, *b]
        views = [memoryview(part) for part in parts]  # never copied: a copy would stay in what children inherit
        while views:
            sent = os.writev(self.host_out, views)
            while views and sent >= len(views[0]):
                sent -= len(views.pop(0))
            if sent:
                views[0] = views[0][sent:]

    def read_frame(self):
        """One whole frame, left in the private buffer. Gives its header, or None when the host has hung up."""
        have, need = 0, frames.HEADER.size
        while have < need:
            count = os.readv(self.host_in, [self.view[have:]])
            if count == 0:
                return None
            have += count
            if have >= frames.HEADER.size and need == frames.HEADER.size:
                magic, protocol, kind, _, identity, *sizes = frames.HEADER.unpack_from(self.request)
                bounds = (frames.JSON_MAX, frames.SOURCE_MAX, frames.STDIN_MAX)
                if (magic, protocol) != (frames.MAGIC, frames.PROTOCOL) or any(
                    n > most for n, most in zip(sizes, bounds, strict=True)
                ):
                    raise ValueError("a frame of the host is not of this protocol")
                need += sum(sizes)
        if have > need:
            raise ValueError("the host sent more than one frame")
        return kind, identity, sizes, need

    def serve(self):
        self.send(frames.READY, 0, {})
        self.child = Child()
        while (frame := self.read_frame()) is not None:
            kind, identity, sizes, length = frame
            if kind == frames.PING:
                self.send(frames.PONG, identity, {})
            elif kind == frames.END:
                self.replace_child()
                self.send(frames.PONG, identity, {})
            elif kind == frames.RUN:
                self.run(identity, sizes, length)
            else:
                raise ValueError(f"the host sent a frame of kind {kind}")

    def run(self, identity, sizes, length):
        request = json.loads(bytes(self.view[frames.HEADER.size : frames.HEADER.size + sizes[0]]))
        execution = Execution(self.child, request["limits"], request["keep"], self.streams)
        if self.hand_over(execution, length):
            execution.watch()
        else:
            execution.kill("timeout")
        began = time.process_time()  # a busy machine is not the program's doing
        kept, changes = False, []
        if execution.code is None:
            evidence = execution.end(self.oom)
        else:
            kept = self.child.rests()
            evidence = execution.cell(self.oom)
        if not kept:
            if execution.code is not None:
                kill_everyone()
            changes = self.clear_away()
        (out, out_cut), (err, err_cut) = (stream.parts() for stream in self.streams)
        if not self.child.begun:
            said = bytes(b"".join(err))[:500].decode("utf-8", "replace")
            raise NotBegun(f"a program's process ended before it began: {evidence['kind']} {said}".strip())
        cleanup = round(1000 * (time.process_time() - began), 3)
        state = {"truncated": out_cut or err_cut, "cleanupMs": cleanup, "kept": kept, "changed": changes}
        self.send(frames.RESULT, identity, {**evidence, **state}, out, err)
        for stream in self.streams:
            stream.clear()
        if changes:
            raise Changed(changes)
        if not kept:
            self.child = Child()

    def hand_over(self, execution, length):
        """Gives the child its program. False where a kept one does not take it."""
        patience = execution.limits["wallMs"] / 1000
        self.child.go_on(patience)
        sent, latest = 0, time.monotonic() + patience
        try:
            os.write(self.child.control, execution.token)
            while sent < length:
                sent += os.write(self.child.control, self.view[sent:length])
                if sent < length and self.child.begun and time.monotonic() >= latest:
                    return False
        except (BrokenPipeError, ConnectionResetError):
            pass  # the child is dead already; its status tells how
        except BlockingIOError:
            return False
        finally:
            ctypes.memset(self.address, 0, length)
        return True

    def clear_away(self):
        """Wipes what ended processes have left. Gives what is still not as it was."""
        self.child.close()
        self.wiper.wipe()
        return self.at_start.changes()

    def replace_child(self):
        kill_everyone()
        if changes := self.clear_away():
            raise Changed(changes)
        self.child = Child()


class NotBegun(Exception):
    """The slot could not start a program; what would be its verdict says nothing about it."""


class Changed(Exception):
    """PID 1 is not as it was: whoever changed it is gone, and the next program would meet the change."""


def open_streams():
    """Standard streams for programs, made once: a child only puts its pipes under them."""
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "r", closefd=False)), "utf-8", "surrogateescape")
    for fd, name in ((1, "stdout"), (2, "stderr")):
        raw = io.BufferedWriter(io.FileIO(fd, "w", closefd=False))
        stream = io.TextIOWrapper(raw, "utf-8", "backslashreplace", line_buffering=fd == 2)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.__stdin__ = sys.stdin


def load_template(template):
    """Imports what the children of this slot will have, and proves that it works."""
    for name in (*COMMON.split(), *TEMPLATES[template]):
        import_module(name)
    if sympy := sys.modules.get("sympy"):
        warm_up(sympy)
    grader = sys.modules.get("math_verify")
    if grader and not grader.verify(grader.parse("$1/2$"), grader.parse("$0.5$")):
        raise RuntimeError("math-verify does not work")


def warm_up(sympy):
    """A first use imports lazily and fills caches: here, instead of in each child."""
    x, y = sympy.symbols("x y")
    if sympy.solve(x**2 - 1) != [-1, 1]:
        raise RuntimeError("sympy does not work")
    sympy.solve(x**3 - 7 * x + 5, x)
    sympy.solve([x + y - 3, x - y - 1], [x, y])
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2)
    sympy.integrate(sympy.diff(x**2 * sympy.exp(x), x), x)
    sympy.factor(sympy.expand((x + 1) ** 3))
    sympy.Matrix([[1, 2], [3, 4]]).det()
    sympy.N(sympy.sqrt(2), 20)
    sympy.factorint(360)


def main():
    sys.path.pop(0)  # this folder: programs do not import from it
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # or a program of the same user could open /proc/1/fd and forge results
    # As PID 1 the kernel drops every signal that has no handler; Python handles this one.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    guest = None
    try:
        guest = Guest(sys.argv[1])
        guest.serve()
    except BaseException as error:
        if guest is not None:
            message = f"{type(error).__name__}: {error}"[:500]
            guest.send(frames.FATAL, 0, {"message": message, "begun": not isinstance(error, NotBegun)})
        raise


if __name__ == "__main__":
    main()
