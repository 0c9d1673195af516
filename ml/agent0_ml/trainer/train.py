"""The compute of one step: weights and moments of the parent, a batch and a config in; the same, trained, out."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from agent0_ml.trainer import losses, ranks
from agent0_ml.trainer.batch import Row
from agent0_ml.trainer.config import CrossEntropy, RecomputedOld, RowClip, StepConfig
from agent0_ml.trainer.debug_points import debug_point
from agent0_ml.trainer.errors import Diverged, Refusal
from agent0_ml.trainer.metrics import Tally, means, peak_memory_bytes, tally_clips, tally_mismatch
from agent0_ml.trainer.micro_batches import MicroBatch, micro_batch, updates_of
from agent0_ml.trainer.policy import Policy

Progress = Callable[[str, int], None]
"""Told the phase and how many tokens it has done; throws Aborted to end the step."""


def learning_rate(config: StepConfig, step: int) -> float:
    """Constant after a linear warm-up; the first step of a warm-up over n has 1/n of it."""
    if config.warmup.steps == 0:
        return config.weights.learning_rate
    done = max(0, step - config.warmup.from_step) / config.warmup.steps
    return config.weights.learning_rate * min(1.0, done)


def share_of(micro_batches: list[list[Row]]) -> list[list[Row]]:
    """This rank's micro-batches; empty ones at the end make it as many as every rank has."""
    mine = micro_batches[ranks.rank() :: ranks.world()]
    return mine + [[]] * (len(micro_batches[:: ranks.world()]) - len(mine))


class Training:
    """One step on one rank."""

    def __init__(self, policy: Policy, config: StepConfig, optimizer: torch.optim.Optimizer, progress: Progress,
                 skipped_in_a_row: int = 0):
        """`skipped_in_a_row`: updates that were skipped at the end of the lineage so far."""
        self.policy, self.config, self.optimizer, self.progress = policy, config, optimizer, progress
        self.skipped_in_a_row = skipped_in_a_row
        self.old: dict[int, Tensor] = {}  # log-probabilities of a row's sampled tokens before the first update
        self.reference: dict[int, Tensor] = {}

    def run(self, rows: list[Row], reference_folder: Path | None, step: int) -> list[dict]:
        """Trains on the batch; the metrics of each update."""
        config = self.config
        updates = updates_of(rows, config.updates_per_batch, config.micro_batch_tokens, self.policy.packed)
        mine = [share_of(micro_batches) for micro_batches in updates]
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, step)
        self.policy.adapted.eval()
        if config.kl.coefficient > 0:
            with self.policy.standing_in(reference_folder):
                self.reference = self.scores("reference", mine)
        # Rows of the first update get theirs from its own forward pass, unless their ratios need all of them now.
        if len(updates) > 1 and not self.is_cross_entropy:
            self.old = self.scores("old", mine if isinstance(config.old_logprobs, RecomputedOld) else mine[1:])
        self.policy.adapted.train()
        return [self.update(index, micro_batches) for index, micro_batches in enumerate(mine)]

    @property
    def is_cross_entropy(self) -> bool:
        return isinstance(self.config.loss, CrossEntropy)

    @torch.no_grad()
    def scores(self, phase: str, micro_batches_by_update: list[list[list[Row]]]) -> dict[int, Tensor]:
        """The log-probabilities of each row's sampled tokens, by row of the file."""
        found, tokens = {}, 0
        for rows in (rows for micro_batches in micro_batches_by_update for rows in micro_batches):
            self.progress(phase, tokens)
            logp, _ = self.policy.score(self.tensors(rows))
            parts = logp.split([len(row.places) for row in rows]) if rows else []
            found.update({row.file_row: part for row, part in zip(rows, parts, strict=True)})
            tokens += sum(len(row.token_ids) for row in rows)
        return found

    def tensors(self, rows: list[Row]) -> MicroBatch:
        return micro_batch(rows, self.policy.device, self.policy.packed)

    def update(self, index: int, micro_batches: list[list[Row]]) -> dict:
        """Accumulates the gradient of one part of the batch over micro-batches and ranks, then one optimiser step.
        Without a finite gradient there is no such step: weights and moments stay as they are, and that is counted.
        """
        started, tokens, tally, bad = time.perf_counter(), 0, Tally(), []
        denominator = torch.zeros((), device=self.policy.device)
        for each in self.policy.parameters.values():
            each.grad = torch.zeros_like(each)
        debug_point("before-backward")
        for place, rows in enumerate(micro_batches, 1):
            self.policy.reduce_in_backward(place == len(micro_batches))
            self.progress(f"update {index + 1} of {self.config.updates_per_batch}", tokens)
            loss, count, bad_rows = self.micro_loss(self.tensors(rows), tally)
            bad += bad_rows
            loss.backward()
            denominator += count
            tokens += sum(len(row.token_ids) for row in rows)
            debug_point("between-micro-batches")
        flaw = first_bad_row(bad)
        norm = 0.0 if flaw else self.reduce_gradients(denominator)
        if not math.isfinite(norm):
            flaw = f"the norm of the gradient is {norm}"
        if flaw is None:
            debug_point("before-optimizer-step")
            self.optimizer.step()
        self.count(index, flaw)
        tokens_all = sum(ranks.gathered(tokens))
        used = {"learning_rate": self.optimizer.param_groups[0]["lr"], "tokens": tokens_all,
                "tokens_per_second": tokens_all / (time.perf_counter() - started),
                "peak_memory_bytes": max(ranks.gathered(peak_memory_bytes(self.policy.device)))}
        if self.config.aggregation == "token-sum" and ranks.rank() == 0:
            tally.add("loss", denominator.new_zeros(()), 1)
        # What a skipped update measured is not finite, or stands beside what is not.
        totals = {"skipped_update_share": (float(flaw is not None), 1.0), **({} if flaw else tally.totals())}
        return {"totals": totals, **means(totals), **({"skipped": flaw} if flaw else {"gradient_norm": norm}), **used}

    def count(self, index: int, flaw: str | None) -> None:
        """Counts a done or skipped update. Diverged where more in a row were skipped than the config lets pass."""
        self.skipped_in_a_row = 0 if flaw is None else self.skipped_in_a_row + 1
        if self.skipped_in_a_row > self.config.skipped_in_a_row_max:
            before = f", after {self.skipped_in_a_row - 1} others in a row" if self.skipped_in_a_row > 1 else ""
            raise Diverged(f"update {index + 1} of the step has no finite gradient{before}: {flaw}")

    def micro_loss(self, micro: MicroBatch, tally: Tally) -> tuple[Tensor, Tensor, list[int]]:
        """(numerator of the loss, denominator, rows of the file whose loss is not finite)."""
        logp, entropy = self.policy.score(micro)
        if not micro.rows:
            return logp.sum(), logp.new_zeros(()), []
        tally.add("entropy", entropy)
        keep = torch.ones(len(micro.rows), dtype=torch.bool, device=logp.device)
        if self.is_cross_entropy:
            per_token = -logp
        else:
            ours = self.joined(self.old, micro) if micro.rows[0].file_row in self.old else logp.detach()
            per_token = self.policy_loss(logp, ours, micro, tally)
            bounds = self.config.old_logprobs
            keep = losses.rows_in_bounds(ours - micro.server, micro.row, len(keep), bounds.ratio_min, bounds.ratio_max)
            tally.add("dropped_row_share", ~keep)
        if self.reference:
            penalty = losses.k3(logp, self.joined(self.reference, micro))
            tally.add("reference_kl_k3", penalty)
            per_token = per_token + self.config.kl.coefficient * penalty
        bad = [micro.rows[index].file_row for index in set(micro.row[~per_token.isfinite()].tolist())]
        numerator, count = losses.aggregate(
            per_token, micro.row, keep, self.config.aggregation, self.config.sequence_length)
        # The sum over an update is one value, whatever it was cut into: `update` counts it.
        tally.add("loss", numerator, 0 if self.config.aggregation == "token-sum" else int(count))
        return numerator, count, bad

    def policy_loss(self, logp: Tensor, ours: Tensor, micro: MicroBatch, tally: Tally) -> Tensor:
        """The surrogate of each token, times its importance weight. `ours`: before the first update."""
        clip, old_config = self.config.loss.clip, self.config.old_logprobs
        recomputed = isinstance(old_config, RecomputedOld)
        low, high = (micro.clip_low, micro.clip_high) if isinstance(clip, RowClip) else (
            torch.full_like(logp, clip.low), torch.full_like(logp, clip.high))
        loss, clipped = losses.surrogate(
            logp, ours if recomputed else micro.server, micro.advantage, low, high, self.config.loss.dual_clip)
        tally_clips(tally, micro, clipped)
        tally_mismatch(tally, micro, ours - micro.server)
        tally.add("zero_advantage_share", micro.advantage == 0)
        if recomputed:
            weight = losses.importance_weight(ours, micro.server, old_config.importance_weight_max)
            tally.add("truncated_share", weight == old_config.importance_weight_max)
            loss = loss * weight
        tally.add("policy_loss", loss)
        return loss

    def joined(self, by_row: dict[int, Tensor], micro: MicroBatch) -> Tensor:
        return torch.cat([by_row[row.file_row] for row in micro.rows])

    def reduce_gradients(self, denominator: Tensor) -> float:
        """Sums over ranks, divides by the global denominator, clips; the norm before the clip, finite or not."""
        gradients = [each.grad for each in self.policy.parameters.values()]
        ranks.add_up([denominator] if self.policy.sharded else [*gradients, denominator])
        if denominator == 0:
            raise Refusal("batch: every row of an update was dropped: pi_train / pi_server is out of bounds in each")
        if self.config.aggregation != "token-sum":
            for each in gradients:
                each /= denominator
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters.values(), self.config.gradient_norm_max)
        return (norm.full_tensor() if self.policy.sharded else norm).item()


def first_bad_row(bad: list[int]) -> str | None:
    """What is wrong with the first row, over all ranks, whose loss is not finite."""
    everywhere = [row for rows in ranks.gathered(bad) for row in rows]
    return f"row {min(everywhere)}, column tokenIds: its loss is not finite" if everywhere else None
