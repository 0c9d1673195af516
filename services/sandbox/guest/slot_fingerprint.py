"""What PID 1 of a slot is: all that its children inherit, or that the next program could see, and that can change.

A list of forbidden calls has an end that nobody knows. This is the other way round: PID 1 compares itself with what it
was when it started, before each fork, and ends itself where anything differs.
"""

import ctypes
import os
import platform
import select

from slot_filter import libc
from slot_output import private_buffer

PR_GET_DUMPABLE, PR_GET_TIMERSLACK, ASK_PERSONALITY, IO_OF_PROCESS = 3, 30, 0xFFFFFFFF, 1
NUMBERS = {"x86_64": (252, 315), "aarch64": (31, 275)}  # ioprio_get, sched_getattr
# What is compared of a file below /proc/self: from the first of a pair to the second, or all of it.
FILES = {
    # The rest are counters of time and memory, which differ from look to look.
    "status": ((b"Umask:", b"State:"), (b"TracerPid:", b"VmPeak:"), (b"Threads:", b"SigQ:"), (b"SigPnd:", b"volunt")),
    # TCP connections of the container, also those of ended processes, which keep their ports for a minute.
    "net/sockstat": ((b"inuse", b"orphan"), (b"tw", b"alloc")),
    "limits": (),
    "oom_score_adj": (),
    "coredump_filter": (),
    "autogroup": (),
}
# Under bubblewrap the slot's user owns these and may change their modes.
PLACES = ("/tmp", "/dev/shm", "/dev/mqueue", "/dev/pts", "/dev/pts/ptmx")


def open_descriptors():
    """Numbers of the descriptors that are open, without the one that lists them."""
    numbers = map(int, os.listdir("/proc/self/fd"))
    return [number for number in numbers if os.path.exists(f"/proc/self/fd/{number}")]


class Fingerprint:
    """How PID 1 was when this was made.

    A page that PID 1 writes after a fork costs a fault, so a look makes few objects and reads into memory that no
    child inherits.
    """

    def __init__(self):
        self.buffer = private_buffer(1 << 16)
        self.room = [memoryview(self.buffer)]
        self.attributes = ctypes.create_string_buffer(64)
        self.ask_io, self.ask_scheduler = NUMBERS[platform.machine()]
        self.places = [path for path in PLACES if os.path.exists(path)]
        self.files = [
            (name, os.open(f"/proc/self/{name}", os.O_RDONLY), parts)
            for name, parts in FILES.items()
            if os.path.exists(f"/proc/self/{name}")
        ]
        self.folder = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
        self.counted = os.fstat(self.folder).st_size > 0  # by the kernel, since Linux 6.2
        mounts = os.open("/proc/self/mountinfo", os.O_RDONLY)
        self.alerts = select.poll()
        # The kernel tells a change of the mounts as an error of their file, and whatever was registered and is closed.
        for fd in open_descriptors():
            self.alerts.register(fd, select.POLLERR if fd == mounts else 0)
        self.at_start = self.look()
        if self.at_start["alerts"]:
            raise RuntimeError(f"these descriptors are of no use at the start: {self.at_start['alerts']}")

    def read(self, fd, parts):
        text = self.buffer[: os.preadv(fd, self.room, 0)]
        return [text[text.index(first) : text.index(end)] for first, end in parts] if parts else text

    def look(self):
        seen = {name: self.read(fd, parts) for name, fd, parts in self.files}
        seen["alerts"] = self.alerts.poll(0)
        seen["descriptors"] = os.fstat(self.folder).st_size if self.counted else len(open_descriptors())
        seen["folder"] = os.getcwd()
        seen["places"] = [(seen.st_mode, seen.st_uid, seen.st_gid) for seen in map(os.stat, self.places)]
        seen["dumpable"] = libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)
        seen["timer slack"] = libc.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)
        seen["personality"] = libc.personality(ASK_PERSONALITY)
        seen["I/O priority"] = libc.syscall(self.ask_io, IO_OF_PROCESS, 0)
        seen["scheduler"] = self.scheduler()
        return seen

    def scheduler(self):
        if libc.syscall(self.ask_scheduler, 0, self.attributes, len(self.attributes), 0) != 0:
            raise OSError(ctypes.get_errno(), "sched_getattr")
        return self.attributes.raw

    def changes(self):
        """The names of what is not as it was."""
        try:
            now = self.look()
        except OSError as error:
            return [str(error)]
        return [name for name, was in self.at_start.items() if now[name] != was]
