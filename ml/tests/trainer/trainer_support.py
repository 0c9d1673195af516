"""Builders of tiny real models, batches and steps. Models have about 5,000 random weights."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.distributed.tensor import DTensor
from transformers import AutoModelForCausalLM, Qwen3Config

from agent0_ml.trainer import ranks
from agent0_ml.trainer.config import Full, Lora, StepConfig
from agent0_ml.trainer.debug_points import VARIABLE
from agent0_ml.trainer.files import file_digest
from agent0_ml.trainer.policy import Policy
from agent0_ml.trainer.store import Store
from agent0_ml.trainer.trainer import StepRequest, Trainer

VOCABULARY = 40
CPU = torch.device("cpu")
DEVICE = torch.device(os.environ.get("AGENT0_TEST_DEVICE", "cpu"))
"""On which steps are computed, but those of several ranks: they are on the CPU always."""


def make_base(folder: Path) -> Path:
    torch.manual_seed(7)
    config = Qwen3Config(vocab_size=VOCABULARY, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
                         num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=64,
                         initializer_range=0.3, tie_word_embeddings=True)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_text("{}")
    return folder


def plain_logprobs(model: torch.nn.Module, token_ids: list[int], temperature: float = 1.0) -> torch.Tensor:
    """log p of each token given those before it, from whole logits; 0 for the first."""
    device = next(model.parameters()).device
    logits = model(input_ids=torch.tensor([token_ids], device=device)).logits[0, :-1].cpu() / temperature
    found = logits.log_softmax(-1).gather(1, torch.tensor(token_ids[1:])[:, None])[:, 0]
    return torch.cat([torch.zeros(1, dtype=found.dtype), found])


def make_rows(base: Path, groups: int = 4, samples: int = 4, seed: int = 0, noise: float = 0.1) -> list[dict]:
    """Rows of uneven lengths with a tool output in the middle, scored by the base up to some noise of a server."""
    rng = np.random.default_rng(seed)
    model = AutoModelForCausalLM.from_pretrained(base)
    rows = []
    for group in range(groups):
        for sample in range(samples):
            length, prompt = int(rng.integers(8, 30)), int(rng.integers(1, 5))
            ids = rng.integers(1, VOCABULARY, length).tolist()
            mask = [0] * prompt + [1] * (length - prompt)
            mask[prompt + 2] = 0
            with torch.no_grad():
                logprobs = plain_logprobs(model, ids).numpy() + rng.normal(0, noise, length)
            rows.append({
                "group": f"task-{group}", "sample": sample, "tokenIds": ids, "mask": mask, "policy": "run-role-v0",
                "serverLogprobs": [min(0.0, float(each)) if m else 0.0 for each, m in zip(logprobs, mask, strict=True)],
                "temperature": 1.0, "advantage": float(rng.normal()), "clipLow": 0.2, "clipHigh": 0.2,
                "pHat": 0.3 + 0.5 * group / max(1, groups - 1),
            })
    return rows


def write_batch(path: Path, rows: list[dict]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def write_config(path: Path, **fields: object) -> Path:
    """A config with what makes tiny steps fast and visible; `fields` override it."""
    small = {"weights": {"rank": 4, "learningRate": 0.01}, "microBatchTokens": 128, "gradientCheckpointing": False}
    same_bytes = {} if DEVICE.type == "cpu" else {"deterministic": True}
    path.write_text(json.dumps({**small, **same_bytes, **fields}))
    return path


class Bench:
    """A base, a batch and a store in one folder; `step` runs the next step of a lineage."""

    def __init__(self, folder: Path, base: Path):
        self.folder, self.base, self.store = folder, base, Store(folder / "store")
        self.batch = write_batch(folder / "batch.parquet", make_rows(base))
        self.config = write_config(folder / "config.json")

    def trainer(self, **options: int) -> Trainer:
        return Trainer(self.store, self.base, DEVICE, **options)

    def request(self, trainer: Trainer, lineage: str = "run-role", **fields: object) -> StepRequest:
        step, head = self.store.head(lineage, trainer.base)
        known = {"lineage": lineage, "step": step + 1, "parent": head, "batch_path": self.batch,
                 "batch": file_digest(self.batch), "config_path": self.config, "config": file_digest(self.config)}
        return StepRequest(**{**known, **fields})

    def step(self, trainer: Trainer | None = None, lineage: str = "run-role", **fields: object) -> dict:
        trainer = trainer or self.trainer()
        return trainer.step(self.request(trainer, lineage, **fields), silent)

    def metrics(self, step: int = 1, lineage: str = "run-role") -> list[dict]:
        path = self.folder / "store" / "lineages" / lineage / "steps" / f"{step:06d}.metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def checkpoint(self, record: dict) -> Path:
        return self.folder / "store" / record["checkpointDir"]

    def visible_checkpoints(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "store" / "checkpoints").glob("*"))


@contextmanager
def spoilt_embedding() -> Iterator[None]:
    """Inside, token 1 is embedded as NaN by every model: a row that holds it has no finite loss."""
    embed = torch.nn.Embedding.forward

    def spoilt(module: torch.nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
        return embed(module, ids).masked_fill((ids == 1)[..., None], float("nan"))

    torch.nn.Embedding.forward = spoilt
    try:
        yield
    finally:
        torch.nn.Embedding.forward = embed


def rows_without(base: Path, token: int, seed: int = 0) -> list[dict]:
    return [{**row, "tokenIds": [token + 1 if each == token else each for each in row["tokenIds"]]}
            for row in make_rows(base, seed=seed)]


def silent(_phase: str, _tokens: int) -> None:
    pass


def step_in_child(bench: Bench, debug_point: str, answers) -> None:
    """The whole of a child process: step 1, tripping a debug point; its digest goes into the queue `answers`."""
    torch.set_num_threads(1)
    if debug_point:
        faults = bench.folder / "faults"
        faults.mkdir()
        (faults / debug_point).touch()
        os.environ[VARIABLE] = str(faults)
    trainer = bench.trainer()
    answers.put(bench.step(trainer, step=1, parent=trainer.base)["checkpointDigest"])


def join(rank: int, world: int, port: int) -> None:
    """The environment that torchrun gives."""
    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(world), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    ranks.start(CPU)


def step_on_rank(bench: Bench, rank: int, world: int, port: int) -> None:
    """The whole of a child process: its share of one step."""
    join(rank, world, port)
    bench.step(Trainer(bench.store, bench.base, CPU))
    ranks.stop()


def share_on_rank(base: Path, weights: Lora | Full, answers, rank: int, world: int, port: int) -> None:
    """The whole of a child process: the share of the trained weights that it holds goes into the queue `answers`."""
    join(rank, world, port)
    policy = Policy(base, CPU)
    policy.prepare(StepConfig(weights=weights))
    whole = policy.parameters.values()
    held = [each.to_local() if isinstance(each, DTensor) else each for each in whole]
    answers.put(sum(each.numel() for each in held) / sum(each.numel() for each in whole))
    ranks.stop()
