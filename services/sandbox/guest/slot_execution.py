"""One program in one child: started, watched, ended, and the evidence of how it ended."""

import os
import select
import signal
import socket
import struct
import time
from contextlib import suppress

from slot_child import BEGUN, child
from slot_cleaning import kill_everyone
from slot_frames import TOKEN_BYTES

# How long the kernel may take to stop a process, or to end a thread that was joined.
MOMENT_SECONDS = 0.2


class Child:
    """A forked process that waits for its program, with the guest's ends of its pipes."""

    def __init__(self):
        mine, theirs = socket.socketpair()
        child_control = theirs.detach()
        self.out, out = os.pipe()
        self.err, err = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                child(child_control, out, err)
            except BaseException as error:
                os.write(2, f"{type(error).__name__}: {error}".encode()[:500])
            finally:
                os._exit(70)
        for fd in (child_control, out, err):
            os.close(fd)
        self.channel, self.control = mine, mine.fileno()
        os.set_blocking(self.out, False)
        os.set_blocking(self.err, False)
        self.pidfd = os.pidfd_open(self.pid)
        self.begun = self.stopped = False

    def go_on(self, seconds):
        """Before the next block of a kept session, whose process may refuse to read it."""
        if self.begun:
            wait = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000) + 1)
            self.channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
        if self.stopped:
            os.kill(self.pid, signal.SIGCONT)
            self.stopped = False

    def words(self):
        """What it has said on its channel. The first says that its program has begun."""
        try:
            said = self.channel.recv(256, socket.MSG_DONTWAIT)
        except (BlockingIOError, ConnectionResetError):
            return b""
        if not self.begun and said.startswith(BEGUN):
            self.begun = True
            return said[len(BEGUN) :]
        return said

    def tasks(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def others(self):
        """Whether another process of the container still runs."""
        return any(name.isdigit() and int(name) not in (1, self.pid) and runs(name) for name in os.listdir("/proc"))

    def rests(self):
        """Stops a kept process between two blocks. False if it is not quiet: threads, processes or words are left."""
        wait_until(lambda: self.tasks() == 1)
        os.kill(self.pid, signal.SIGSTOP)
        self.stopped = wait_until(self.has_stopped)
        return self.stopped and self.tasks() == 1 and not self.others() and self.words() == b""

    def has_stopped(self):
        state = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT | os.WNOHANG)
        return state is not None and state.si_code == os.CLD_STOPPED

    def cpu_seconds(self):
        return time.clock_gettime((~self.pid << 3) | 2)  # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status") as file:
            return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM")), 0)

    def close(self):
        self.channel.close()
        for fd in (self.out, self.err, self.pidfd):
            os.close(fd)


def wait_until(condition):
    """Waits for what the kernel does in a moment; True if it has."""
    latest = time.monotonic() + MOMENT_SECONDS
    while not (holds := condition()) and time.monotonic() < latest:
        time.sleep(0.0002)
    return holds


def runs(pid):
    """Whether a process is more than a record that nobody has asked for yet."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] not in (b"Z", b"X")
    except OSError:
        return False


class Execution:
    """One program in one child: watches it, ends it, and gathers the evidence of how it ended."""

    def __init__(self, worker, limits, keep, streams):
        self.worker, self.limits, self.keep, self.streams = worker, limits, keep, streams
        self.killed = None
        self.code = None
        self.token = os.urandom(TOKEN_BYTES)
        self.started = time.monotonic()
        self.cpu_before = worker.cpu_seconds()

    def watch(self):
        """Returns when the program's process has ended, was killed here, or (kept) has reported the end of a cell."""
        poll = select.poll()
        pipes = {self.worker.out: self.streams[0], self.worker.err: self.streams[1]}
        for fd in (self.worker.pidfd, *pipes, *((self.worker.control,) if self.keep else ())):
            poll.register(fd, select.POLLIN)
        self.started = time.monotonic()
        deadline = self.started + self.limits["wallMs"] / 1000
        while True:
            events = dict(poll.poll(max(0, 1000 * (deadline - time.monotonic()))))
            for fd in events.keys() & pipes.keys():
                if not pipes[fd].drain(fd):
                    poll.unregister(fd)
            if self.worker.pidfd in events:
                return
            if self.worker.control in events and self.hears(poll):
                return
            if sum(stream.total for stream in self.streams) > self.limits["outputBytes"]:
                return self.kill("output_limit")
            if time.monotonic() >= deadline:
                return self.kill("timeout")

    def hears(self, poll):
        """What a kept process has said: True at the end of its block. All but that one word is a forgery."""
        begun = self.worker.begun
        said = self.worker.words()
        if said:
            if len(said) == TOKEN_BYTES + 1 and said.startswith(self.token):
                self.code = said[-1]
            else:
                self.kill("forged")
            return True
        if begun == self.worker.begun:
            poll.unregister(self.worker.control)  # it is ending: its pidfd will tell
        return False

    def kill(self, reason):
        self.killed = reason
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # all at once: what a fork bomb has made would go on forking meanwhile

    def drain(self):
        self.streams[0].drain_rest(self.worker.out)
        self.streams[1].drain_rest(self.worker.err)

    def end(self, oom):
        """Ends every process of the container and gives the verdict with its evidence."""
        wall = time.monotonic() - self.started
        _, status, used = os.wait4(self.worker.pid, 0)
        others = kill_everyone()
        self.drain()
        self.worker.words()
        cpu = used.ru_utime + used.ru_stime + others
        kills = oom.fresh()
        return {
            **self.verdict(status, used.ru_utime + used.ru_stime, kills),
            **self.usage(wall, cpu, used.ru_maxrss << 10, kills),
        }

    def cell(self, oom):
        """The verdict of a cell whose process lives on."""
        self.drain()
        cpu = self.worker.cpu_seconds() - self.cpu_before
        kind = {"kind": "ok"} if self.code == 0 else {"kind": "error", "exitCode": self.code}
        wall = time.monotonic() - self.started
        return {**kind, **self.usage(wall, cpu, self.worker.resident_bytes(), oom.fresh())}

    def usage(self, wall, cpu, resident, kills):
        out, err = self.streams
        return {
            "stdoutBytes": out.total, "stderrBytes": err.total, "wallMs": round(wall * 1000, 3),
            "cpuMs": round(cpu * 1000, 3), "maxRssBytes": resident, "oomKills": kills,
        }  # fmt: skip

    def verdict(self, status, cpu, kills):
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if self.killed == "output_limit":
            return {"kind": "output_limit"}
        if self.killed == "timeout":
            return {"kind": "timeout", "clock": "wall"}
        if self.killed == "forged":
            return {"kind": "crash", "signal": "SIGKILL"}
        # SIGXCPU can be ignored; the kernel then kills at the hard limit, one second later.
        if ended_by == signal.SIGXCPU or (ended_by == signal.SIGKILL and cpu >= -(-self.limits["cpuMs"] // 1000)):
            return {"kind": "timeout", "clock": "cpu"}
        if ended_by == signal.SIGKILL and kills > 0:
            return {"kind": "memory"}
        if ended_by:
            names = {int(known): known.name for known in signal.Signals}
            return {"kind": "crash", "signal": names.get(ended_by, f"SIG{ended_by}")}
        code = os.WEXITSTATUS(status)
        return {"kind": "error", "exitCode": code} if code else {"kind": "ok"}
