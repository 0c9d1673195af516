"""An update without a finite gradient changes nothing, is counted, and ends the run where too many come in a row."""

import json

import pytest
import torch
from trainer_support import Bench, make_rows, rows_without, silent, spoilt_embedding, write_batch, write_config

from agent0_ml.trainer.config import parse_config
from agent0_ml.trainer.errors import Diverged
from agent0_ml.trainer.files import file_digest
from agent0_ml.trainer.store import MANIFEST
from agent0_ml.trainer.trainer import Trainer

FULL = {"weights": {"kind": "full", "learningRate": 0.01}}
WEIGHTS = [{}, FULL]


class Lineage:
    """A lineage whose batches are good or spoilt by choice. Each step is a process's first, or a resident trainer's."""

    def __init__(self, bench: Bench, resident: bool = True, **fields: object):
        self.bench, self.kept = bench, bench.trainer() if resident else None
        self.good, self.bad = rows_without(bench.base, 1), rows_without(bench.base, 1)
        self.bad[3]["tokenIds"][0] = 1
        write_config(bench.config, **fields)

    def step(self, rows: list[dict], name: str = "run-role") -> dict:
        write_batch(self.bench.batch, rows)
        with spoilt_embedding():
            return self.bench.step(self.kept or self.bench.trainer(), name)


def files_of(bench: Bench, record: dict) -> dict[str, str]:
    return json.loads((bench.checkpoint(record) / MANIFEST).read_text())["files"]


@pytest.mark.parametrize("weights", WEIGHTS, ids=["lora", "full"])
@pytest.mark.parametrize("resident", [True, False], ids=["resident", "anew"])
def test_weights_and_moments_after_a_skipped_update_are_those_before_it(bench, weights, resident):
    lineage = Lineage(bench, resident, **weights)
    first = lineage.step(lineage.good)
    skipped = lineage.step(lineage.bad)
    assert files_of(bench, skipped) == files_of(bench, first)
    assert skipped["tallies"]["skipped_update_share"] == {"sum": 1.0, "count": 1.0}
    assert first["tallies"]["skipped_update_share"] == {"sum": 0.0, "count": 1.0}
    # The next one is as if the skipped one had never been.
    after = lineage.step(lineage.good)
    undisturbed = [lineage.step(lineage.good, "other") for _ in range(2)]
    assert files_of(bench, after) == files_of(bench, undisturbed[1]) != files_of(bench, first)


@pytest.mark.parametrize("weights", WEIGHTS, ids=["lora", "full"])
def test_a_lineage_may_begin_with_a_skipped_update(bench, tmp_path, weights):
    """Its moments are Adam's own before the first update, so what follows is what a first step would have been."""
    lineage = Lineage(bench, False, **weights)
    record = lineage.step(lineage.bad)
    trainer = bench.trainer()
    write_batch(bench.batch, lineage.good)
    again = bench.request(trainer)
    began = trainer.store.checkpoint_path(record["checkpointDigest"])
    config = parse_config(bench.config.read_bytes())
    trainer.policy.prepare(config)
    moments = trainer.policy.read_moments(began)
    assert all(state["step"] == 0 and not state["exp_avg"].any() for state in moments.values())
    fresh = trainer.policy.new_optimizer(config, {})
    loaded = trainer.policy.new_optimizer(config, moments)
    trainer.policy.load(began)
    before = {name: each.detach().clone() for name, each in trainer.policy.parameters.items()}
    found = []
    for optimizer in (fresh, loaded):
        trainer.policy.put(before)
        for each in trainer.policy.parameters.values():
            each.grad = torch.full_like(each, 0.1)
        optimizer.step()
        found.append({name: each.detach().clone() for name, each in trainer.policy.parameters.items()})
    assert all(torch.equal(found[0][name], found[1][name]) for name in before)
    assert trainer.step(again, silent)["step"] == 2


def test_within_a_step_only_the_update_without_a_gradient_is_skipped(bench):
    lineage = Lineage(bench, updatesPerBatch=2)
    record = lineage.step(lineage.bad)
    bad, good = bench.metrics()
    assert bad["skipped"] == "row 3, column tokenIds: its loss is not finite" and "gradient_norm" not in bad
    assert good["gradient_norm"] > 0 and "skipped" not in good
    assert record["tallies"]["skipped_update_share"] == {"sum": 1.0, "count": 2.0}
    assert record["metrics"]["loss"] == good["loss"]


@pytest.mark.parametrize("spoil", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_although_the_losses_are_is_skipped_too(bench, spoil):
    trainer = bench.trainer()
    first = bench.step(trainer)
    [name, *_] = trainer.policy.parameters
    hook = trainer.policy.parameters[name].register_hook(lambda gradient: gradient + spoil)
    skipped = bench.step(trainer)
    hook.remove()
    assert files_of(bench, skipped) == files_of(bench, first)
    assert bench.metrics(2)[0]["skipped"] == f"the norm of the gradient is {spoil}"


@pytest.mark.parametrize("place", range(16))
def test_whichever_row_is_bad_the_step_goes_on_and_its_canary_is_of_good_ones(bench, place):
    lineage = Lineage(bench)
    lineage.bad = rows_without(bench.base, 1)
    lineage.bad[place]["tokenIds"][0] = 1
    record = lineage.step(lineage.bad)
    assert record["tallies"]["skipped_update_share"]["sum"] == 1
    assert 3 <= len(record["canary"]["rows"]) <= 4
    assert all(1 not in row["tokenIds"] for row in record["canary"]["rows"])


def test_what_is_written_is_json_whatever_was_not_finite(bench):
    lineage = Lineage(bench, updatesPerBatch=2)
    lineage.step(lineage.bad)
    folder = bench.store.lineage("run-role") / "steps"

    def no_constant(name: str) -> None:
        raise AssertionError(name)

    for path in (folder / "000001.json", folder / "000001.metrics.jsonl"):
        for line in [path.read_text()] if path.suffix == ".json" else path.read_text().splitlines():
            json.loads(line, parse_constant=no_constant)


@pytest.mark.parametrize("resident", [True, False], ids=["resident", "anew"])
def test_in_a_row_counts_over_steps_and_processes_and_ends_with_a_refusal(bench, resident):
    lineage = Lineage(bench, resident, skippedInARowMax=2)
    for rows in (lineage.bad, lineage.bad, lineage.good, lineage.bad, lineage.bad)[2 if resident else 0:]:
        lineage.step(rows)
    with pytest.raises(Diverged, match="update 1 of the step has no finite gradient, after 2 others in a row: row 3"):
        lineage.step(lineage.bad)
    done, _ = bench.store.head("run-role", "")
    # Nothing was written, so that another config, or better rows, go on from there.
    assert lineage.step(lineage.good)["step"] == done + 1
    assert lineage.step(lineage.bad)["step"] == done + 2


def test_the_count_is_part_of_what_a_checkpoint_s_digest_names_and_absent_where_nothing_was_skipped(bench):
    lineage = Lineage(bench)
    records = [lineage.step(rows) for rows in (lineage.good, lineage.bad, lineage.bad, lineage.good)]
    manifests = [json.loads((bench.checkpoint(each) / MANIFEST).read_text()) for each in records]
    assert [each.get("skippedInARow") for each in manifests] == [None, 1, 2, None]
    assert file_digest(bench.checkpoint(records[1]) / MANIFEST) == records[1]["checkpointDigest"]


def test_new_weights_of_which_no_server_could_make_use_are_refused(bench):
    write_config(bench.config, weights={"rank": 4, "learningRate": 1e30}, updatesPerBatch=2)
    write_batch(bench.batch, make_rows(bench.base))
    trainer: Trainer = bench.trainer()
    with pytest.raises(Diverged, match="the weights after step 1 give no finite log-probabilities"):
        bench.step(trainer)
    assert bench.visible_checkpoints() == []
