"""A step as a function of three digests: the same bytes always, files that other libraries load, the right parent."""

import json
import shutil

import pytest
import torch
from peft import PeftModel
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from trainer_support import DEVICE, Bench, make_rows, plain_logprobs, silent, write_batch, write_config
from transformers import AutoModelForCausalLM

from agent0_ml.trainer.config import parse_config
from agent0_ml.trainer.errors import Aborted, Conflict, NotHead, OutOfMemory, Refusal
from agent0_ml.trainer.files import file_digest
from agent0_ml.trainer.prune import main as prune
from agent0_ml.trainer.store import MANIFEST

FULL = {"weights": {"kind": "full", "learningRate": 0.01}, "updatesPerBatch": 2}
LORA = {"updatesPerBatch": 2}


@pytest.mark.parametrize("fields", [LORA, FULL, {"weights": {"rank": 4, "dropout": 0.5}}], ids=["lora", "full", "drop"])
def test_the_same_three_digests_give_the_same_bytes(bench, tmp_path, base, fields):
    write_config(bench.config, **fields)
    resident = bench.trainer()
    chain = [bench.step(resident)["checkpointDigest"] for _ in range(3)]
    assert len(set(chain)) == 3
    (tmp_path / "again").mkdir()
    again = Bench(tmp_path / "again", base)
    shutil.copy(bench.batch, again.batch)
    shutil.copy(bench.config, again.config)
    assert [again.step()["checkpointDigest"] for _ in range(3)] == chain  # a fresh process's worth of state for each


def test_a_step_depends_on_each_of_the_three(bench, base):
    trainer = bench.trainer()
    bench.step(trainer, "one")
    write_batch(bench.batch, make_rows(base, seed=1))
    bench.step(trainer, "two")
    write_config(bench.config, weights={"rank": 4, "learningRate": 0.02})
    bench.step(trainer, "three")
    bench.step(trainer, "three")
    assert len(bench.visible_checkpoints()) == 4


def test_lineages_do_not_mix_in_a_resident_trainer(bench):
    trainer = bench.trainer()
    alone = [bench.step(trainer, "alone")["checkpointDigest"] for _ in range(2)]
    by_turns = [bench.step(trainer, lineage)["checkpointDigest"] for lineage in ("a", "b", "b", "a")]
    assert by_turns == [alone[0], alone[0], alone[1], alone[1]]


def test_a_stored_step_is_not_computed_again(bench):
    trainer = bench.trainer()
    request = bench.request(trainer)
    first = trainer.step(request, silent)
    phases = []
    assert trainer.step(request, lambda phase, _: phases.append(phase)) == first
    assert phases == []


def test_other_digests_conflict_and_a_wrong_parent_is_not_the_head(bench, base):
    trainer = bench.trainer()
    record = bench.step(trainer)
    write_config(bench.config, weights={"rank": 8})
    with pytest.raises(Conflict):
        bench.step(trainer, step=1, parent=trainer.base)
    for wrong in ({"parent": trainer.base}, {"step": 3}, {"parent": "0" * 64}):
        with pytest.raises(NotHead) as refused:
            bench.step(trainer, **wrong)
        assert refused.value.head == {"step": 1, "checkpointDigest": record["checkpointDigest"]}


def test_a_step_starts_from_an_earlier_checkpoint_when_it_names_the_head_that_it_sets_aside(bench, base):
    trainer = bench.trainer()
    first, second = bench.step(trainer), bench.step(trainer)
    from_first = {"parent": first["checkpointDigest"], "set_aside": second["checkpointDigest"]}
    for wrong in ({"parent": first["checkpointDigest"]}, {**from_first, "set_aside": first["checkpointDigest"]},
                  {**from_first, "parent": "0" * 64}, {**from_first, "step": 4}):
        with pytest.raises(NotHead):
            bench.step(trainer, **wrong)
    write_batch(bench.batch, make_rows(base, seed=1))
    third = bench.step(trainer, **from_first)
    assert (third["step"], third["madeFrom"]["parent"]) == (3, first["checkpointDigest"])
    assert third["setAside"] == second["checkpointDigest"]
    # What was in memory is not what it started from: a trainer that knows nothing makes the same bytes.
    again = bench.trainer()
    request = bench.request(again, step=3, **from_first)
    assert again.step(request, silent) == third
    (bench.store.lineage("run-role") / "steps" / "000003.json").unlink()
    assert again.step(request, silent)["checkpointDigest"] == third["checkpointDigest"]
    assert bench.step(again)["madeFrom"]["parent"] == third["checkpointDigest"]


def test_a_lora_checkpoint_loads_unchanged_in_peft(bench):
    record = bench.step()
    folder = bench.checkpoint(record)
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["target_modules"] == ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]
    assert config["base_model_name_or_path"] == "base"
    base = AutoModelForCausalLM.from_pretrained(bench.base)
    before = plain_logprobs(base, [1, 2, 3])
    after = plain_logprobs(PeftModel.from_pretrained(base, folder), [1, 2, 3])
    trainer = bench.trainer()
    trainer.load(record["checkpointDigest"], parse_config(bench.config.read_bytes()), seed=0)
    torch.testing.assert_close(after, plain_logprobs(trainer.policy.causal, [1, 2, 3]))
    assert not torch.allclose(before, after, atol=1e-4)


def test_a_full_checkpoint_loads_unchanged_in_transformers(bench):
    write_config(bench.config, **FULL)
    trainer = bench.trainer()
    folder = bench.checkpoint(bench.step(trainer))
    model = AutoModelForCausalLM.from_pretrained(folder).to(DEVICE)
    ours = trainer.policy.causal.eval()
    assert all(torch.equal(each, model.get_parameter(name)) for name, each in ours.named_parameters())
    # On a GPU transformers' norm and torch's round differently.
    torch.testing.assert_close(plain_logprobs(model, [1, 2, 3]), plain_logprobs(ours, [1, 2, 3]))
    assert (folder / "tokenizer.json").exists()


def test_the_kl_reference_may_be_any_checkpoint_of_the_store(bench):
    for fields in (LORA, FULL):
        lineage = "full" if fields is FULL else "lora"
        write_config(bench.config, **fields)
        trainer = bench.trainer()
        first = bench.step(trainer, lineage)["checkpointDigest"]
        write_config(bench.config, **fields, kl={"coefficient": 0.1, "reference": first})
        with_reference = bench.step(trainer, lineage)
        assert bench.metrics(2, lineage)[0]["reference_kl_k3"] == pytest.approx(0, abs=1e-9)
        assert bench.metrics(2, lineage)[1]["reference_kl_k3"] > 1e-7
        assert with_reference["metrics"]["loss"] != pytest.approx(bench.metrics(1, lineage)[0]["loss"], abs=1e-6)


@pytest.mark.parametrize(("fields", "reason"), [
    ({"weights": {"rank": 8}}, r"config: trains .*lora_A.* of shape \[8, 16\], which the checkpoint lacks"),
    ({"weights": {"kind": "full"}}, "config: trains full weights, .* holds lora ones"),
])
def test_a_parent_with_other_weights_is_refused_and_the_next_step_goes_on(bench, fields, reason):
    trainer = bench.trainer()
    bench.step(trainer)
    write_config(bench.config, **fields)
    with pytest.raises(Refusal, match=reason):
        bench.step(trainer)
    write_config(bench.config)
    resumed = bench.step(trainer)
    assert bench.trainer().step(bench.request(trainer, step=2, parent=resumed["madeFrom"]["parent"]), silent) == resumed


def test_a_record_with_the_former_names_is_read_and_the_next_step_goes_on(bench):
    record = bench.step()
    path = bench.store.lineage("run-role") / "steps" / "000001.json"
    former = json.loads(path.read_text())
    former["checkpoint"], former["uri"] = former.pop("checkpointDigest"), former.pop("checkpointDir")
    path.write_text(json.dumps(former))
    assert bench.store.record("run-role", 1) == record
    assert bench.store.prunable(keep_last=0, milestone_every=0) == [record["checkpointDigest"]]
    assert bench.step()["madeFrom"]["parent"] == record["checkpointDigest"]


def test_a_spoilt_checkpoint_is_noticed_before_it_is_trained_on(bench):
    record = bench.step()
    path = bench.checkpoint(record) / "optimizer.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(OSError, match="is corrupted: its digest differs from the manifest's"):
        bench.step()


def test_files_must_be_what_their_digests_say(bench):
    trainer = bench.trainer()
    with pytest.raises(Refusal, match=r"batch.parquet: its digest is .*, not 0000"):
        bench.step(trainer, batch="0" * 64)


def test_a_refused_batch_leaves_nothing(bench, base):
    rows = make_rows(base)
    rows[3]["mask"] = rows[3]["mask"][1:]
    write_batch(bench.batch, rows)
    with pytest.raises(Refusal, match="row 3, column mask"):
        bench.step()
    assert bench.visible_checkpoints() == []


def test_an_older_attempt_gives_way_to_a_newer_one_and_writes_nothing(bench):
    trainer = bench.trainer()
    request = bench.request(trainer, attempt=1)

    def newer_begins(phase: str, _: int) -> None:
        if phase == "save":
            bench.store.announce("run-role", 1, 2)

    with pytest.raises(Aborted, match="attempt 1 at step 1 of run-role: a newer attempt has started"):
        trainer.step(request, newer_begins)
    assert bench.visible_checkpoints() == []
    assert bench.step(trainer, attempt=2)["step"] == 1


def test_a_run_that_is_begun_again_need_not_count_up_to_the_attempts_of_its_former_self(bench):
    bench.store.announce("run-role", 1, 5)
    assert bench.step(attempt=1)["step"] == 1


def test_pruning_keeps_the_last_the_milestones_and_the_pinned(bench):
    trainer = bench.trainer(keep_last=2, milestone_every=4)
    chain = []
    for _ in range(7):
        chain.append(bench.step(trainer)["checkpointDigest"])
        if len(chain) == 2:
            bench.store.pin(chain[1], "vllm-0")
    assert bench.visible_checkpoints() == sorted(chain[index] for index in (1, 3, 5, 6))
    bench.store.unpin(chain[1], "vllm-0")
    bench.store.prune(1, 0)
    assert bench.visible_checkpoints() == [chain[6]]
    assert bench.step()["madeFrom"]["parent"] == chain[6]


def test_pruning_one_lineage_keeps_what_another_one_still_has(bench):
    shared = [bench.step()["checkpointDigest"], bench.step()["checkpointDigest"]]
    other = [bench.step(lineage="run-other")["checkpointDigest"] for _ in range(3)]
    # The same rows under the same parent: both lineages begin with the same checkpoints.
    assert other[:2] == shared
    assert bench.store.prunable(1, 0, ["run-other"]) == []
    assert bench.store.prunable(1, 0) == sorted(shared[:1])
    assert bench.store.prunable(1, 0, ["run-absent"]) == []
    assert bench.store.prunable(1, 0, needed=shared[:1]) == []


def test_the_prune_command_says_what_goes_and_deletes_only_when_told(bench, capsys):
    chain = [bench.step()["checkpointDigest"] for _ in range(3)]
    words = ["--store", str(bench.store.root), "--keep-last", "1", "--lineage", "run-role"]
    prune(words)
    said = json.loads(capsys.readouterr().out)
    assert [each["digest"] for each in said] == sorted(chain[:2]) and all(each["bytes"] > 1_000 for each in said)
    assert bench.visible_checkpoints() == sorted(chain)
    prune([*words, "--delete"])
    assert json.loads(capsys.readouterr().out) == said
    assert bench.visible_checkpoints() == [chain[2]]
    with pytest.raises(SystemExit):
        prune(["--store", str(bench.store.root), "--keep-last", "0"])


def test_metrics_lie_beside_the_lineage_and_in_tensorboard(bench):
    write_config(bench.config, updatesPerBatch=2)
    record = bench.step()
    updates = bench.metrics()
    assert [(each["step"], each["update"]) for each in updates] == [(1, 0), (1, 1)]
    assert record["metrics"]["tokens"] == sum(each["tokens"] for each in updates)
    for name in ("loss", "policy_loss", "gradient_norm", "sampler_kl_k1", "sampler_kl_k3", "sampler_kl/run-role-v0",
                 "clip_share/p_hat_0.3", "truncated_share", "dropped_row_share", "tokens_per_second",
                 "peak_memory_bytes", "entropy", "zero_advantage_share"):
        assert name in record["metrics"]
    events = EventAccumulator(str(bench.folder / "store/lineages/run-role/tensorboard")).Reload()
    [event] = events.Scalars("loss")
    assert (event.step, event.value) == (1, pytest.approx(record["metrics"]["loss"]))


def test_the_manifest_names_every_file_and_where_it_came_from(bench):
    record = bench.step()
    folder = bench.checkpoint(record)
    manifest = json.loads((folder / MANIFEST).read_text())
    assert file_digest(folder / MANIFEST) == record["checkpointDigest"]
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()} - {MANIFEST}
    assert manifest["madeFrom"] == {"parent": bench.trainer().base, "batch": file_digest(bench.batch),
                                    "config": file_digest(bench.config)}


def scored_by(model, row) -> list[float]:
    return plain_logprobs(model, row["tokenIds"])[row["places"]].tolist()


@pytest.mark.parametrize("fields", [LORA, FULL], ids=["lora", "full"])
def test_the_canary_is_recorded_rows_as_other_libraries_score_them(bench, base, fields):
    write_config(bench.config, **fields)
    trainer = bench.trainer()
    first, second = bench.step(trainer), bench.step(trainer)
    lora = fields is LORA

    def model(record: dict | None) -> torch.nn.Module:
        plain = AutoModelForCausalLM.from_pretrained(base if lora or record is None else bench.checkpoint(record))
        return PeftModel.from_pretrained(plain, bench.checkpoint(record)) if lora and record else plain

    rows = second["canary"]["rows"]
    assert len(rows) == 4
    for row in rows:
        length = len(row["tokenIds"])
        # A row of the batch, without its last sampled token: a server samples one behind it.
        [whole] = [each for each in make_rows(base) if each["tokenIds"][:length] == row["tokenIds"]]
        assert len(whole["tokenIds"]) > length
        assert row["places"] == [at for at, sampled in enumerate(whole["mask"][:length]) if sampled]
        assert row["logprobs"] == pytest.approx(scored_by(model(second), row), abs=2e-5)
        assert row["parent"] == pytest.approx(scored_by(model(first), row), abs=2e-5)
        assert row["base"] == (pytest.approx(scored_by(model(None), row), abs=2e-5) if lora else None)
    for row in first["canary"]["rows"]:
        assert row["base"] == row["parent"]


def test_the_canary_changes_nothing_of_the_step_and_is_the_same_each_time(bench, monkeypatch):
    write_config(bench.config, weights={"rank": 4, "dropout": 0.5}, updatesPerBatch=2)
    chain = [bench.step(bench.trainer(), "with") for _ in range(2)]
    again = [bench.step(bench.trainer(), "again") for _ in range(2)]
    assert [record["canary"] for record in chain] == [record["canary"] for record in again]
    monkeypatch.setattr("agent0_ml.trainer.canary.ROWS", 1)
    fewer = [bench.step(bench.trainer(), "fewer") for _ in range(2)]
    assert [len(record["canary"]["rows"]) for record in fewer] == [1, 1]
    assert [record["checkpointDigest"] for record in fewer] == [record["checkpointDigest"] for record in chain]


def test_a_canary_is_short_and_a_row_of_one_sampled_token_is_whole(bench, base, monkeypatch):
    monkeypatch.setattr("agent0_ml.trainer.canary.TOKENS", 3)
    assert max(len(row["places"]) for row in bench.step()["canary"]["rows"]) == 3
    cut = [{**row, **{name: row[name][:6] for name in ("tokenIds", "mask", "serverLogprobs")}}
           for row in make_rows(base)]
    for row in cut:
        row["mask"] = [0, 0, 0, 0, 0, 1]
    write_batch(bench.batch, cut)
    assert {len(row["tokenIds"]) for row in bench.step(lineage="other")["canary"]["rows"]} == {6}


@pytest.mark.parametrize("error", [
    MemoryError(), torch.OutOfMemoryError("CUDA out of memory"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory"),
], ids=repr)
def test_a_step_that_does_not_fit_is_a_refusal_and_the_next_one_goes_on(bench, error):
    trainer = bench.trainer()
    request = bench.request(trainer)

    def fail(phase: str, _: int) -> None:
        if phase.startswith("update"):
            raise error

    with pytest.raises(OutOfMemory):
        trainer.step(request, fail)
    assert bench.visible_checkpoints() == []
    assert trainer.step(request, silent)["step"] == 1


def test_tallies_add_up_to_the_means_of_the_whole_step(bench):
    write_config(bench.config, updatesPerBatch=2)
    record = bench.step()
    tallies, updates = record["tallies"], bench.metrics()
    assert tallies["clip_share"]["count"] == sum(sum(row["mask"]) for row in make_rows(bench.base))
    for name in ("clip_share", "sampler_kl_k3", "loss"):
        share = [tallies[name]["count"], *(each[name] for each in updates)]
        assert min(share[1:]) - 1e-9 <= tallies[name]["sum"] / share[0] <= max(share[1:]) + 1e-9
    assert "totals" not in updates[0]
