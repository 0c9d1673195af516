"""A step of a lineage, from request to record: idempotent, fenced, all or nothing.

The model stays in memory between steps; weights and moments are read again only when the parent is not what they are.
"""

import os
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import torch

from agent0_ml.trainer import ranks
from agent0_ml.trainer.batch import read_batch
from agent0_ml.trainer.canary import Canary, is_finite
from agent0_ml.trainer.config import StepConfig, parse_config
from agent0_ml.trainer.debug_points import debug_point
from agent0_ml.trainer.errors import Conflict, Diverged, NotHead, OutOfMemory, Refusal
from agent0_ml.trainer.files import SLOW_DISK, Pulse, base_digest, no_pulse, pulse_while_growing, read_file
from agent0_ml.trainer.metrics import step_means, step_tallies, write_lines, write_scalars
from agent0_ml.trainer.policy import Policy
from agent0_ml.trainer.store import Store, digest_of
from agent0_ml.trainer.train import Progress, Training

SKIPPED = "skippedInARow"
"""Key of a manifest and a record: updates skipped since the last one that was not. Absent where there is none."""

BASES = "bases"
"""Folder of the store that remembers digests of base models."""

LIBRARIES = {name: version(name) for name in ("torch", "transformers", "peft", "safetensors")}


@dataclass(frozen=True)
class StepRequest:
    """A step is named by the digests of (parent, batch, config). Files are given by path and digest."""

    lineage: str
    step: int
    parent: str  # digest of the parent checkpoint; of the base model for step 1
    batch_path: Path
    batch: str
    config_path: Path
    config: str
    attempt: int = 0
    set_aside: str | None = None  # digest of the lineage's head, where the parent is an earlier checkpoint of it

    @property
    def made_from(self) -> dict[str, str]:
        return {"parent": self.parent, "batch": self.batch, "config": self.config}

    @property
    def seed(self) -> int:
        """A function of what names the step, so there is no generator whose state could be lost."""
        return int.from_bytes(sha256("".join(self.made_from.values()).encode()).digest()[:8]) >> 1


class Trainer:
    def __init__(self, store: Store, base: Path, device: torch.device, keep_last: int = 0, milestone_every: int = 0,
                 pulse: Pulse = no_pulse):
        """`keep_last` 0 keeps every checkpoint. `pulse`: while the base is read."""
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # before the first product on a GPU reads it
        self.store = store
        self.base = base_digest(base, store.root / BASES, pulse)
        pulse(sum(path.stat().st_size for path in base.glob("*.safetensors")) / SLOW_DISK)
        self.policy = Policy(base, device)
        self.keep = (keep_last, milestone_every)
        self.pulse = no_pulse
        self.resident: str | None = None  # digest of the checkpoint whose weights and moments are in memory
        self.moments: dict = {}

    def stored(self, request: StepRequest) -> dict | None:
        """The record if the step is done; None if it may run now. Conflict, NotHead: see errors."""
        record = self.store.record(request.lineage, request.step)
        if record is not None:
            if record["madeFrom"] != request.made_from:
                raise Conflict(f"step {request.step} of {request.lineage} was made from {record['madeFrom']}")
            return record
        head_step, head = self.store.head(request.lineage, self.base)
        if request.step != head_step + 1 or not self.continues(request, head):
            raise NotHead(request.lineage, head_step, head)
        return None

    def continues(self, request: StepRequest, head: str) -> bool:
        """Whether the parent is the head, or an earlier checkpoint where the request sets the head aside."""
        if request.parent == head:
            return True
        earlier = {self.base, *self.store.digests(request.lineage)}
        return request.set_aside == head and request.parent in earlier

    def step(self, request: StepRequest, progress: Progress, pulse: Pulse = no_pulse) -> dict:
        """The record of the step, made now or before. Only rank 0 touches the lineage; all ranks compute.

        `pulse` may be called from any thread, and must not throw.
        """
        self.pulse = self.policy.pace.pulse = pulse
        if ranks.rank() != 0:
            return self.follow(request, progress)
        attempt = self.store.announce(request.lineage, request.step, request.attempt)
        request = replace(request, attempt=attempt)

        def checked_progress(phase: str, tokens: int) -> None:
            progress(phase, tokens)
            self.store.check_attempt(request.lineage, request.step, request.attempt)

        with self.store.lock(request.lineage, lambda: checked_progress("waiting for the lineage", 0)) as scratch:
            record = self.stored(request)
            if ranks.gathered(record)[0] is None:
                computed = self.compute(request, checked_progress)
                checked_progress("save", 0)
                record = self.commit(request, scratch, *computed)
        return record

    def follow(self, request: StepRequest, progress: Progress) -> dict:
        record = ranks.gathered(None)[0]
        if record is None:
            self.compute(request, progress)
        return record or {}

    def compute(self, request: StepRequest, progress: Progress) -> tuple[list[dict], int, dict, dict, dict]:
        """(metrics of each update, how many were skipped at the end of the lineage, canary, weights and moments as
        `Policy.save` takes them).
        """
        try:
            return self.compute_in_memory(request, progress)
        except Exception as error:
            if is_out_of_memory(error):
                raise OutOfMemory(f"{type(error).__name__}: {error}") from error
            raise

    def compute_in_memory(self, request: StepRequest, progress: Progress) -> tuple[list[dict], int, dict, dict, dict]:
        progress("read", 0)
        config = parse_config(read_checked(request.config_path, request.config))
        self.set_numerics(config)
        rows = read_batch(read_checked(request.batch_path, request.batch), config,
                          self.policy.vocabulary_size, self.policy.length_max)
        debug_point("batch-read")
        reference = None if config.kl.reference == "base" else self.checkpoint(config.kl.reference, config)
        progress("load", 0)
        optimizer = self.load(request.parent, config, request.seed)
        progress("canary", 0)
        canary = Canary(self.policy, rows, request.parent == self.base, lambda: progress("canary", 0))
        torch.manual_seed(request.seed)  # independent of what loading drew
        training = Training(self.policy, config, optimizer, progress, self.skipped_before(request.parent))
        updates = training.run(rows, reference, request.step)
        self.moments = {name: optimizer.state[each] or no_moments(each)
                        for name, each in self.policy.parameters.items()}
        proof = canary.record()
        if not proof["rows"] or not all(is_finite(row["logprobs"]) for row in proof["rows"]):
            raise Diverged(f"the weights after step {request.step} give no finite log-probabilities")
        return updates, training.skipped_in_a_row, proof, *self.policy.files(self.moments)

    def skipped_before(self, parent: str) -> int:
        """How many updates in a row were skipped up to this checkpoint: it is part of what its digest names."""
        return 0 if parent == self.base else self.store.manifest(parent).get(SKIPPED, 0)

    def set_numerics(self, config: StepConfig) -> None:
        on_cpu = self.policy.device.type == "cpu"
        torch.use_deterministic_algorithms(on_cpu if config.deterministic is None else config.deterministic)
        torch.set_num_threads(config.threads)  # of the thread that computes, hence here

    def load(self, parent: str, config: StepConfig, seed: int) -> torch.optim.AdamW:
        shape_before = self.policy.shape
        self.policy.prepare(config)
        if parent != self.resident or shape_before != self.policy.shape or parent == self.base:
            folder = None if parent == self.base else self.checkpoint(parent, config)
            torch.manual_seed(seed)
            self.policy.load(folder)
            self.moments = {} if folder is None else self.policy.read_moments(folder)
        self.resident = None  # from here on the weights move
        return self.policy.new_optimizer(config, self.moments)

    def checkpoint(self, digest: str, config: StepConfig) -> Path:
        folder = self.store.checkpoint(digest, self.pulse)
        self.pulse(sum(path.stat().st_size for path in folder.iterdir()) / SLOW_DISK)  # which are read now
        held = self.store.manifest(digest)["weights"]
        if held != config.weights.kind:
            raise Refusal(f"config: trains {config.weights.kind} weights, {digest} holds {held} ones")
        return folder

    def commit(self, request: StepRequest, scratch: Path, updates: list[dict], skipped: int, canary: dict,
               weights: dict, moments: dict) -> dict:
        with pulse_while_growing(scratch, self.pulse):
            self.policy.save(scratch, weights, moments)
        self.store.check_attempt(request.lineage, request.step, request.attempt)
        kind = "full" if self.policy.lora is None else "lora"
        made = {"madeFrom": request.made_from, "step": request.step, "weights": kind,
                "libraries": LIBRARIES, **({SKIPPED: skipped} if skipped else {})}
        digest = self.store.put_checkpoint(scratch, made, self.pulse)
        tallies = step_tallies(updates)
        aside = {} if request.set_aside is None else {"setAside": request.set_aside}
        record = {"lineage": request.lineage, **made, **aside, "checkpointDigest": digest,
                  "checkpointDir": f"checkpoints/{digest}", "metrics": step_means(updates), "tallies": tallies,
                  "canary": canary}
        folder = self.store.lineage(request.lineage)
        write_lines(folder, request.step, updates)
        self.store.put_record(request.lineage, request.step, record)
        self.resident = digest
        write_scalars(folder, request.step, record["metrics"])
        if self.keep[0] > 0:
            self.store.prune(*self.keep)
        return self.store.record(request.lineage, request.step)


def read_checked(path: Path, digest: str) -> bytes:
    data = read_file(path)
    if digest_of(data) != digest:
        raise Refusal(f"{path.name}: its digest is {digest_of(data)}, not {digest}")
    return data


def no_moments(parameter: torch.Tensor) -> dict[str, torch.Tensor]:
    """Adam's state before the first update, as Adam itself begins."""
    return {"step": torch.zeros(()), "exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter)}


def is_out_of_memory(error: Exception) -> bool:
    """On the CPU torch throws a plain RuntimeError."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
