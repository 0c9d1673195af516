"""What PID 1 of a slot is: all that its children inherit, or that the next program could see, and that can change.

A list of forbidden calls has an end that nobody knows. This is the other way round: PID 1 compares itself with what it
was when it started, before each fork, and ends itself where anything differs.
"""

import ctypes
import os
import platform
import select

libc = ctypes.CDLL(None, use_errno=True)
PR_GET_DUMPABLE, PR_GET_TIMERSLACK, ASK_PERSONALITY, IO_OF_PROCESS = 3, 30, 0xFFFFFFFF, 1
NUMBERS = {"x86_64": (252, 315), "aarch64": (31, 275)}  # ioprio_get, sched_getattr
# Of /proc/self/status: what lies between these is not counters of time and memory, which differ from look to look.
STATUS = ((b"Umask:", b"State:"), (b"TracerPid:", b"VmPeak:"), (b"Threads:", b"SigQ:"), (b"SigPnd:", b"voluntary_"))
# Under bubblewrap the slot's user owns these and may change their modes.
PLACES = ("/tmp", "/dev/shm", "/dev/mqueue", "/dev/pts", "/dev/pts/ptmx")
WHOLE = ("limits", "oom_score_adj", "coredump_filter", "autogroup")


class Fingerprint:
    """How PID 1 was when this was made."""

    def __init__(self):
        self.attributes = ctypes.create_string_buffer(64)
        self.ask_io, self.ask_scheduler = NUMBERS[platform.machine()]
        self.places = [path for path in PLACES if os.path.exists(path)]
        self.files = {}
        for name in ("status", "net/sockstat", *WHOLE):
            if os.path.exists(f"/proc/self/{name}"):
                self.files[name] = os.open(f"/proc/self/{name}", os.O_RDONLY)
        self.mounts = select.poll()  # the kernel tells a change of them as an error of this file
        self.mounts.register(os.open("/proc/self/mountinfo", os.O_RDONLY), select.POLLERR)
        self.at_start = self.look()

    def read(self, name):
        return os.pread(self.files[name], 1 << 16, 0)

    def look(self):
        status = self.read("status")
        seen = {
            "status": [status[status.index(first) : status.index(end)] for first, end in STATUS],
            "mounts": self.mounts.poll(0),
            "sockets": self.sockets(),
            "descriptors": os.listdir("/proc/self/fd"),
            "folder": os.getcwd(),
            "places": [(seen.st_mode, seen.st_uid, seen.st_gid) for seen in map(os.stat, self.places)],
            "dumpable": libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
            "timer slack": libc.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0),
            "personality": libc.personality(ASK_PERSONALITY),
            "I/O priority": libc.syscall(self.ask_io, IO_OF_PROCESS, 0),
            "scheduler": self.scheduler(),
        }
        return seen | {name: self.read(name) for name in WHOLE if name in self.files}

    def scheduler(self):
        if libc.syscall(self.ask_scheduler, 0, self.attributes, len(self.attributes), 0) != 0:
            raise OSError(ctypes.get_errno(), "sched_getattr")
        return self.attributes.raw

    def sockets(self):
        """TCP connections of the container, also those of ended processes, which keep their ports for a minute."""
        line = next(line for line in self.read("net/sockstat").split(b"\n") if line.startswith(b"TCP:")).split()
        return line[line.index(b"inuse") + 1], line[line.index(b"tw") + 1]

    def changes(self):
        """The names of what is not as it was."""
        try:
            now = self.look()
        except OSError as error:
            return [str(error)]
        return [name for name, was in self.at_start.items() if now[name] != was]
