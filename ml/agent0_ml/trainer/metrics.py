"""What is reported of a step: sums that add up over micro-batches and ranks, then means. JSON lines and TensorBoard.

Names with a slash are families: `clip_share/p_hat_0.3`, `sampler_kl/<policy>`. Shares are of sampled tokens, unless the
name says rows. Nothing here enters a checkpoint's digest.
"""

import json
import math
import resource
from collections import defaultdict
from pathlib import Path
from statistics import fmean as mean

import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from agent0_ml.trainer import ranks
from agent0_ml.trainer.micro_batches import MicroBatch


class Tally:
    """Named (sum, count) pairs."""

    def __init__(self) -> None:
        self.sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def add(self, name: str, values: Tensor, count: int | None = None) -> None:
        """Adds values to a mean; `count` if it is of something else than these values."""
        pair = self.sums[name]
        pair[0] += float(values.detach().double().sum())
        pair[1] += values.numel() if count is None else count

    def totals(self) -> dict[str, tuple[float, float]]:
        """(sum, count) over all ranks, where something was counted and is finite: JSON has no other numbers."""
        total: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for sums in ranks.gathered(dict(self.sums)):
            for name, (value, count) in sums.items():
                total[name][0] += value
                total[name][1] += count
        finite = {name: pair for name, pair in sorted(total.items()) if math.isfinite(pair[0])}
        return {name: (value, count) for name, (value, count) in finite.items() if count}


def means(totals: dict[str, tuple[float, float]]) -> dict[str, float]:
    return {name: value / count for name, (value, count) in totals.items()}


def p_hat_bucket(p_hat: float) -> str:
    """The tenth in which p̂ lies, by its lower end; the last includes 1."""
    return f"p_hat_{min(int(p_hat * 10 + 1e-6), 9) / 10:.1f}"


def tally_mismatch(tally: Tally, micro: MicroBatch, log_ratio: Tensor) -> None:
    """Trainer against server, `log_ratio` = log pi_train - log pi_server: overall, and by the policy that sampled."""
    tally.add("sampler_abs_difference", log_ratio.abs())
    tally.add("sampler_kl_k1", -log_ratio)
    kl = log_ratio.clamp(max=20).exp() - 1 - log_ratio
    tally.add("sampler_kl_k3", kl)
    for policy in sorted({row.policy for row in micro.rows}):
        of_policy = torch.tensor([row.policy == policy for row in micro.rows], device=kl.device)[micro.row]
        tally.add(f"sampler_kl/{policy}", kl[of_policy])


def tally_clips(tally: Tally, micro: MicroBatch, clipped: Tensor) -> None:
    tally.add("clip_share", clipped)
    buckets = [None if row.p_hat is None else p_hat_bucket(row.p_hat) for row in micro.rows]
    for bucket in sorted({each for each in buckets if each is not None}):
        of_bucket = torch.tensor([each == bucket for each in buckets], device=clipped.device)[micro.row]
        tally.add(f"clip_share/{bucket}", clipped[of_bucket])


def peak_memory_bytes(device: torch.device) -> int:
    """Of the GPU since the process started; without one, of the process's resident set."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def write_lines(folder: Path, step: int, updates: list[dict]) -> None:
    """A lineage's `steps/<n>.metrics.jsonl`: a line per update."""
    lines = [json.dumps({"step": step, "update": index, **each}) + "\n" for index, each in enumerate(updates)]
    (folder / "steps" / f"{step:06d}.metrics.jsonl").write_text("".join(lines))


def write_scalars(folder: Path, step: int, values: dict[str, float]) -> None:
    with SummaryWriter(folder / "tensorboard") as writer:
        for name, value in values.items():
            writer.add_scalar(name, value, step)


def step_tallies(updates: list[dict]) -> dict[str, dict]:
    """Takes the totals out of the updates and adds them up: what a report can add up further, over steps."""
    total: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in updates:
        for name, pair in each.pop("totals").items():
            total[name] = [old + new for old, new in zip(total[name], pair, strict=True)]
    return {name: {"sum": value, "count": count} for name, (value, count) in sorted(total.items())}


def step_means(updates: list[dict]) -> dict[str, float]:
    """One number per name for the whole step: sums of tokens, the highest peak, else means over the updates."""
    names = sorted({name for each in updates for name in each} - {"skipped"})  # a sentence, not a number
    values = {name: [each[name] for each in updates if name in each] for name in names}
    ways = {"tokens": sum, "peak_memory_bytes": max}
    return {name: ways.get(name, mean)(each) for name, each in values.items()}
