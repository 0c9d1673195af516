"""One program in one child: started, watched, ended, and the evidence of how it ended."""

import os
import select
import signal
import socket
import time

from slot_child import child
from slot_cleaning import kill_everyone


class Child:
    """A forked process that waits for its program, with the guest's ends of its pipes."""

    def __init__(self, filter_address):
        mine, theirs = socket.socketpair()
        self.control, child_control = mine.detach(), theirs.detach()
        self.out, out = os.pipe()
        self.err, err = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                child(child_control, out, err, filter_address)
            finally:
                os._exit(70)
        for fd in (child_control, out, err):
            os.close(fd)
        os.set_blocking(self.out, False)
        os.set_blocking(self.err, False)
        self.pidfd = os.pidfd_open(self.pid)

    def cpu_seconds(self):
        return time.clock_gettime((~self.pid << 3) | 2)  # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status") as file:
            return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM")), 0)

    def close(self):
        for fd in (self.control, self.out, self.err, self.pidfd):
            os.close(fd)


class Execution:
    """One program in one child: watches it, ends it, and gathers the evidence of how it ended."""

    def __init__(self, worker, limits, keep, streams):
        self.worker, self.limits, self.keep, self.streams = worker, limits, keep, streams
        self.killed = None
        self.code = None
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
            if self.worker.control in events:
                if code := os.read(self.worker.control, 1):
                    self.code = code[0]
                    return
                poll.unregister(self.worker.control)  # it is ending: its pidfd will tell
            if sum(stream.total for stream in self.streams) > self.limits["outputBytes"]:
                return self.kill("output_limit")
            if time.monotonic() >= deadline:
                return self.kill("timeout")

    def kill(self, reason):
        self.killed = reason
        os.kill(self.worker.pid, signal.SIGKILL)

    def drain(self):
        self.streams[0].drain(self.worker.out)
        self.streams[1].drain(self.worker.err)

    def end(self, oom):
        """Ends every process of the container and gives the verdict with its evidence."""
        wall = time.monotonic() - self.started
        _, status, used = os.wait4(self.worker.pid, 0)
        others = kill_everyone()
        self.drain()
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
