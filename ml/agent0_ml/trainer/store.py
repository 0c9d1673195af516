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
from contextlib import contextmanager
from pathlib import Path

from agent0_ml.trainer.debug_points import debug_point
from agent0_ml.trainer.errors import Aborted, Refusal

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


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def base_digest(folder: Path) -> str:
    """Names a base model: its config and its weights."""
    files = sorted(path for path in folder.iterdir() if path.name == "config.json" or ".safetensors" in path.name)
    return digest_of(json.dumps({path.name: file_digest(path) for path in files}).encode())


class Store:
    def __init__(self, root: Path):
        self.root = root.resolve()

    def lineage(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise Refusal(f"invalid lineage name {name!r}")
        return self.root / "lineages" / name

    def inside(self, uri: str) -> Path:
        """The file that a request names, relative to the store. Refuses all that lies outside."""
        path = (self.root / uri).resolve()
        if not path.is_relative_to(self.root):
            raise Refusal(f"{uri!r} is outside the store")
        return path

    def checkpoint(self, digest: str) -> Path:
        """The folder of a checkpoint, checked against its manifest. OSError where a file is missing or corrupted."""
        folder = self.checkpoint_path(digest)
        manifest = (folder / MANIFEST).read_bytes()
        if digest_of(manifest) != digest:
            raise OSError(f"{folder}: corrupted: the manifest does not match the digest")
        for name, wanted in json.loads(manifest)["files"].items():
            if file_digest(folder / name) != wanted:
                raise OSError(f"{folder / name}: is corrupted: its digest differs from the manifest's")
        return folder

    def manifest(self, digest: str) -> dict:
        return json.loads((self.checkpoint_path(digest) / MANIFEST).read_bytes())

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
        with (folder / "lock").open("w") as file:
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

    def put_checkpoint(self, scratch: Path, made: dict) -> str:
        """Moves the files in `scratch` to their checkpoint. `made` joins their digests in the manifest."""
        files = sorted(path for path in scratch.iterdir())
        for path in files:
            sync(path)
        manifest = {**made, "files": {path.name: file_digest(path) for path in files}}
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
        pinned = {path.name for path in (self.root / "pins").glob("*") if path.is_dir() and any(path.iterdir())}
        keep = set(needed) | pinned
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
        gone = self.prunable(keep_last, milestone_every, lineages, needed)
        for digest in gone:
            self.checkpoint_path(digest).rename(self.root / "checkpoints" / f"deleted-{digest}")
        for folder in (self.root / "checkpoints").glob("deleted-*"):
            if folder.is_dir():
                shutil.rmtree(folder)
        return gone

    def pin(self, digest: str, holder: str) -> None:
        self.pin_path(digest, holder).parent.mkdir(parents=True, exist_ok=True)
        self.pin_path(digest, holder).touch()

    def unpin(self, digest: str, holder: str) -> None:
        self.pin_path(digest, holder).unlink(missing_ok=True)

    def pin_path(self, digest: str, holder: str) -> Path:
        if not NAME.fullmatch(holder):
            raise Refusal(f"invalid pin holder {holder!r}")
        return self.root / "pins" / self.checkpoint_path(digest).name / holder


def records_in(steps: Path) -> list[Path]:
    """The records of a lineage, by step. What else lies there, such as a copy, is left alone."""
    paths = [path for path in steps.glob("*.json") if RECORD.fullmatch(path.name)]
    return sorted(paths, key=lambda path: int(path.stem))


def read_record(path: Path) -> dict:
    """A step's record. Those written before 2026-12 say `checkpoint` and `uri`: read for one version."""
    record = json.loads(path.read_text())
    if "checkpoint" in record:
        record["checkpointDigest"], record["checkpointDir"] = record.pop("checkpoint"), record.pop("uri", "")
    return record


def sync(path: Path) -> None:
    """Until this returns, a file's bytes or a folder's names may be lost with the power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
