"""`python -m agent0_ml.standby PACKAGE ARGUMENT…`: a service that is ready to begin, and begins when its turn has come.

Runs `main(arguments)` of `PACKAGE.__main__`, whose import takes seconds where torch and transformers are in it, once it
has the lock on the file that AGENT0_LOCK names. So one works, and a second waits behind it with all imported: the
kernel gives it the lock in the moment in which the first one dies, also by SIGKILL.
"""

import fcntl
import os
import sys
from importlib import import_module
from threading import Thread

LOCK_VARIABLE = "AGENT0_LOCK"


def import_at_leisure(name: str) -> None:
    """In a thread of its own: it never gets back the priority that it gives up to whoever works on this machine."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    import_module(name)


def main(arguments: list[str]) -> int:
    package, *rest = arguments
    name = f"{package}.__main__"
    # Open, and so locked, for as long as this process lives; no child inherits it.
    lock = os.open(os.environ[LOCK_VARIABLE], os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        leisurely = Thread(target=import_at_leisure, args=[name], daemon=True)
        leisurely.start()
        fcntl.flock(lock, fcntl.LOCK_EX)
        if leisurely.is_alive():  # needed before it was ready: from the start, at full speed
            os.execv(sys.executable, [sys.executable, "-m", "agent0_ml.standby", *arguments])
    return import_module(name).main(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
