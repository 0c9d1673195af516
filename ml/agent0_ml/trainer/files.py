"""Files as the trainer reads and writes them: regular ones only, and with signs of life on the way."""

import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from agent0_ml.trainer.errors import Refusal

Pulse = Callable[[float], None]
"""Called while work goes on, with the seconds that its next piece may take beyond the usual patience."""

CHUNK = 8 << 20
SLOW_DISK = 20e6
"""Bytes per second below which a disk counts as hanging."""
LOOK_SECONDS = 1.0
SETTLED_NS = 2 * 10**9
"""A file that changed a shorter time ago may change again within the same tick of the file system's clock."""

NO_FILE = (errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.ENXIO)
"""What the kernel says of names that no file can have, and of a socket."""
KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device",
         stat.S_IFBLK: "a device"}


def no_pulse(_seconds: float) -> None:
    pass


def refuse_odd(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Refusal(f"{path.name} is {KINDS.get(stat.S_IFMT(found.st_mode), 'of an unknown kind')}, not a file")


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """A regular file. Refuses all else at once: to open a FIFO, or to read it, may wait for ever."""
    try:
        refuse_odd(path.stat(), path)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO may have come since
    except OSError as error:
        if error.errno in NO_FILE:
            raise Refusal(f"{path.name[:100]} names no file: {error.strerror}") from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        refuse_odd(os.fstat(descriptor), path)
        yield file


def read_file(path: Path) -> bytes:
    with open_file(path) as file:
        return file.read()


def file_digest(path: Path, pulse: Pulse = no_pulse) -> str:
    digest = hashlib.sha256()
    with open_file(path) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            pulse(0)
    return digest.hexdigest()


def sync(path: Path, pulse: Pulse = no_pulse) -> None:
    """Until this returns, a file's bytes or a folder's names may be lost with the power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        pulse(os.fstat(descriptor).st_size / SLOW_DISK)
        os.fsync(descriptor)
        pulse(0)
    finally:
        os.close(descriptor)


@contextmanager
def pulse_while_growing(folder: Path, pulse: Pulse, look_seconds: float = LOOK_SECONDS) -> Iterator[None]:
    """For a library that writes gigabytes in one call: a pulse whenever the folder's files take more of the disk."""
    over = Event()

    def watch() -> None:
        before = -1
        while not over.wait(look_seconds):
            taken = blocks_in(folder)
            if taken != before:
                pulse(0)
            before = taken

    watching = Thread(target=watch, name="growth of a checkpoint", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def blocks_in(folder: Path) -> int:
    found = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                found += entry.stat(follow_symlinks=False).st_blocks
            except FileNotFoundError:  # renamed meanwhile
                continue
    return found


def base_digest(folder: Path, memo: Path | None = None, pulse: Pulse = no_pulse) -> str:
    """Names a base model: its config and its weights.

    `memo`: a folder with the digests that were found before. One counts for as long as its file is the same in device,
    number, size and both times; of those no program can set the time of the last change.
    """
    paths = sorted(path for path in folder.iterdir() if path.name == "config.json" or ".safetensors" in path.name)
    begun = time.time_ns()
    place = memo and memo / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.json"
    known = read_memo(place) if place else {}
    found = {path.name: entry_of(path, known.get(path.name), pulse) for path in paths}
    settled = {name: entry for name, entry in found.items() if begun - entry["state"][-1] > SETTLED_NS}
    if place and settled != known:
        write_memo(place, settled)
    return hashlib.sha256(json.dumps({name: entry["sha256"] for name, entry in found.items()}).encode()).hexdigest()


def state_of(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def entry_of(path: Path, known: object, pulse: Pulse) -> dict:
    """The file's state and digest. It is read again where it changed while it was read."""
    while True:
        state = state_of(path)
        if isinstance(known, dict) and known.get("state") == state and isinstance(known.get("sha256"), str):
            return {"state": state, "sha256": known["sha256"]}
        digest = file_digest(path, pulse)
        if state_of(path) == state:
            return {"state": state, "sha256": digest}


def read_memo(place: Path) -> dict:
    try:
        known = json.loads(read_file(place))
    except (OSError, ValueError, Refusal):
        return {}
    return known if isinstance(known, dict) else {}


def write_memo(place: Path, entries: dict) -> None:
    """A disk that does not take it costs the next start some seconds."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(f"{place.name}.{os.getpid()}")
        fresh.write_text(json.dumps(entries))
        fresh.replace(place)
    except OSError:
        return
