"""Checkpoints and lineages as files. A process may die at any moment: an incomplete checkpoint is never visible.

    checkpoints/<digest>/…, manifest.json     the digest is the manifest's SHA-256; the manifest names every file's
    lineages/<lineage>/steps/000007.json      the record of step 7: what it was made from, and what it made
    lineages/<lineage>/steps/000007.metrics.jsonl, tensorboard/, lock, attempts/, scratch/
    pins/<digest>/<holder>                    somebody (a model server) may still read this checkpoint

A checkpoint is written in scratch/, synced, its manifest last, and renamed. A record is put if absent, after that.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent0_ml.trainer.debug_points import debug_point
from agent0_ml.trainer.errors import Aborted, Refusal
from agent0_ml.trainer.files import Pulse, file_digest, no_pulse, read_file, sync

MANIFEST = "manifest.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
DIGEST = re.compile(r"[0-9a-f]{64}")
RECORD = re.compile(r"[0-9]{6,}\.json")
ATTEMPT = re.compile(r"([0-9]+)-([0-9]+)")
LOCK_POLL_SECONDS = 0.05


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def checked_digest(text: str) -> str:
    if not DIGEST.fullmatch(text):
        raise Refusal(f"invalid digest {text!r}")
    return text


def checked_holder(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Refusal(f"invalid pin holder {name!r}")
    return name


class Store:
    def __init__(self, root: Path):
        self.root = root.resolve()

    def lineage(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise Refusal(f"invalid lineage name {name!r}")
        return self.root / "lineages" / name

    def inside(self, uri: str) -> Path:
        """The file that a request names, relative to the store. Refuses all that lies outside."""
        try:
            path = (self.root / uri).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # too long, links in a circle, NUL
            raise Refusal(f"{uri[:100]!r} names no file: {error}") from error
        if not path.is_relative_to(self.root):
            raise Refusal(f"{uri!r} is outside the store")
        return path

    def checkpoint(self, digest: str, pulse: Pulse = no_pulse) -> Path:
        """The folder of a checkpoint, checked against its manifest. OSError where a file is missing or corrupted."""
        folder = self.checkpoint_path(digest)
        manifest = read_file(folder / MANIFEST)
        if digest_of(manifest) != digest:
            raise OSError(f"{folder}: corrupted: the manifest does not match the digest")
        for name, wanted in json.loads(manifest)["files"].items():
            if file_digest(folder / name, pulse) != wanted:
                raise OSError(f"{folder / name}: is corrupted: its digest differs from the manifest's")
        return folder

    def manifest(self, digest: str) -> dict:
        return json.loads(read_file(self.checkpoint_path(digest) / MANIFEST))

    def checkpoint_path(self, digest: str) -> Path:
        return self.root / "checkpoints" / checked_digest(digest)

    def record(self, lineage: str, step: int) -> dict | None:
        try:
            return read_record(self.lineage(lineage) / "steps" / f"{step:06d}.json")
        except FileNotFoundError:
            return None

    def head(self, lineage: str, base: str) -> tuple[int, str]:
        """(step, digest) of the last step with a record; (0, base) if there is none.

        A record is only ever put behind its parent's and under the lineage's lock, so the last one is the newest.
        """
        steps = self.steps(lineage)
        return (steps[-1], self.record(lineage, steps[-1])["checkpointDigest"]) if steps else (0, base)

    def steps(self, lineage: str) -> list[int]:
        """The numbers of the steps with a record, ascending."""
        return [int(path.stem) for path in records_in(self.lineage(lineage) / "steps")]

    def digests(self, lineage: str) -> list[str]:
        """The checkpoints of all steps with a record, oldest first."""
        return [self.record(lineage, step)["checkpointDigest"] for step in self.steps(lineage)]

    @contextmanager
    def lock(self, lineage: str, waiting: Callable[[], None]) -> Iterator[Path]:
        """Holds the lineage against all processes; the kernel frees it when this one dies. Gives the scratch folder."""
        folder = self.lineage(lineage)
        (folder / "steps").mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "r+b", buffering=0, opener=open_lock) as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    waiting()
                    time.sleep(LOCK_POLL_SECONDS)
            scratch = folder / "scratch"
            shutil.rmtree(scratch, ignore_errors=True)  # of one that died
            scratch.mkdir()
            try:
                yield scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def announce(self, lineage: str, step: int, attempt: int) -> int:
        """Fences older attempts: from now on `check_attempt` refuses them. Gives the number to go by.

        A run that is started again counts from 1 again, so a new attempt counts as at least as new as those before.
        """
        folder = self.lineage(lineage) / "attempts"
        folder.mkdir(parents=True, exist_ok=True)
        attempt = max(attempt, self.newest_attempt(lineage, step))
        (folder / f"{step:06d}-{attempt:06d}").touch()
        return attempt

    def newest_attempt(self, lineage: str, step: int) -> int:
        begun = (ATTEMPT.fullmatch(path.name) for path in (self.lineage(lineage) / "attempts").glob("*"))
        return max((int(name[2]) for name in begun if name is not None and int(name[1]) == step), default=0)

    def check_attempt(self, lineage: str, step: int, attempt: int) -> None:
        if self.newest_attempt(lineage, step) > attempt:
            raise Aborted(f"attempt {attempt} at step {step} of {lineage}: a newer attempt has started")

    def put_checkpoint(self, scratch: Path, made: dict, pulse: Pulse = no_pulse) -> str:
        """Moves the files in `scratch` to their checkpoint. `made` joins their digests in the manifest."""
        files = sorted(path for path in scratch.iterdir())
        for path in files:
            sync(path, pulse)
        manifest = {**made, "files": {path.name: file_digest(path, pulse) for path in files}}
        data = json.dumps(manifest, sort_keys=True, indent=1).encode()
        (scratch / MANIFEST).write_bytes(data)
        sync(scratch / MANIFEST)
        sync(scratch)
        debug_point("before-rename")
        target = self.root / "checkpoints" / digest_of(data)
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            scratch.rename(target)
            sync(target.parent)
        debug_point("after-rename")
        return target.name

    def put_record(self, lineage: str, step: int, record: dict) -> None:
        """FileExistsError if the step has one."""
        folder = self.lineage(lineage)
        temporary = folder / "record"
        temporary.write_text(json.dumps(record, sort_keys=True, indent=1))
        sync(temporary)
        os.link(temporary, folder / "steps" / f"{step:06d}.json")
        temporary.unlink()
        sync(folder / "steps")
        debug_point("after-record")

    def prunable(self, keep_last: int, milestone_every: int, lineages: list[str] | None = None,
                 needed: Collection[str] = ()) -> list[str]:
        """Digests of checkpoints that can be deleted: not the last ones, no n-th (0: none), not pinned, not `needed`.

        `lineages`: those to search; the others keep all of theirs.
        """
        keep = set(needed) | self.pinned()
        found: set[str] = set()
        for steps in (self.root / "lineages").glob("*/steps"):
            paths = records_in(steps)
            chosen = lineages is None or steps.parent.name in lineages
            for place, path in enumerate(paths):
                digest = read_record(path)["checkpointDigest"]
                milestone = milestone_every > 0 and int(path.stem) % milestone_every == 0
                kept = not chosen or milestone or place >= len(paths) - keep_last
                (keep if kept else found).add(digest)
        return [digest for digest in sorted(found - keep) if self.checkpoint_path(digest).exists()]

    def prune(self, keep_last: int, milestone_every: int, lineages: list[str] | None = None,
              needed: Collection[str] = ()) -> list[str]:
        """Deletes what `prunable` finds; their digests."""
        gone = []
        for digest in self.prunable(keep_last, milestone_every, lineages, needed):
            folder, aside = self.checkpoint_path(digest), self.root / "checkpoints" / f"deleted-{digest}"
            folder.rename(aside)
            if digest in self.pinned():  # meanwhile
                aside.rename(folder)
            else:
                gone.append(digest)
        for folder in (self.root / "checkpoints").glob("deleted-*"):
            if folder.is_dir():
                shutil.rmtree(folder)
        return gone

    def pinned(self) -> set[str]:
        return {path.name for path in (self.root / "pins").glob("*") if path.is_dir() and any(path.iterdir())}

    def pin(self, digest: str, holder: str) -> None:
        """Refuses a digest under which there is no checkpoint (any more): nothing would be kept."""
        place = self.pin_path(digest, holder)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        if not self.checkpoint_path(digest).is_dir():  # looked at behind the pin: `prune` does it the other way round
            self.unpin(digest, holder)
            raise Refusal(f"there is no checkpoint {digest} to pin")

    def hold(self, holder: str, digests: Collection[str]) -> None:
        """From now on the holder needs these checkpoints, and none of those that it named before. Refuses unknown ones
        before anything is let go.
        """
        for digest in digests:
            self.pin(digest, holder)
        for pin in (self.root / "pins").glob(f"*/{checked_holder(holder)}"):
            if pin.parent.name not in digests and DIGEST.fullmatch(pin.parent.name):
                self.unpin(pin.parent.name, holder)

    def unpin(self, digest: str, holder: str) -> None:
        place = self.pin_path(digest, holder)
        place.unlink(missing_ok=True)
        with suppress(OSError):  # another holder's pin is still there, or there was none
            place.parent.rmdir()

    def pin_path(self, digest: str, holder: str) -> Path:
        return self.root / "pins" / self.checkpoint_path(digest).name / checked_holder(holder)


def open_lock(name: str, _flags: int) -> int:
    """Does not wait where a FIFO stands in the lock's place."""
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o600)


def records_in(steps: Path) -> list[Path]:
    """The records of a lineage, by step. What else lies there, such as a copy, is left alone."""
    paths = [path for path in steps.glob("*.json") if RECORD.fullmatch(path.name)]
    return sorted(paths, key=lambda path: int(path.stem))


def read_record(path: Path) -> dict:
    """A step's record. Those written before 2026-12 say `checkpoint` and `uri`: read for one version."""
    record = json.loads(read_file(path))
    if "checkpoint" in record:
        record["checkpointDigest"], record["checkpointDir"] = record.pop("checkpoint"), record.pop("uri", "")
    return record
