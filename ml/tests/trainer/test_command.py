"""The one-shot command, in this process; docs/design/trainer.md shows it as a command."""

import json

import pytest
from trainer_support import make_rows, write_batch, write_config

from agent0_ml.trainer.__main__ import main


@pytest.fixture
def step(bench):
    def run(*more: str) -> int:
        return main(["step", "--device", "cpu", "--base", str(bench.base), "--batch", str(bench.batch), "--config",
                     str(bench.config), "--out", str(bench.store.root), "--lineage", "run-role", *more])

    return run


def test_a_step_ends_with_0_and_its_record_and_so_does_the_second_ask(step, bench, capsys):
    assert [step("--step", "1"), step("--step", "1")] == [0, 0]
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == second == bench.store.record("run-role", 1)


def test_without_a_number_the_step_after_the_head_is_taken(step, bench):
    assert [step(), step()] == [0, 0]
    assert bench.store.head("run-role", "")[0] == 2


def test_each_failure_has_its_exit_code(step, bench, base, capsys):
    assert step("--step", "2") == 67
    assert step("--step", "1", "--parent", "0" * 64) == 67
    assert step("--step", "1") == 0
    write_config(bench.config, updatesPerBatch=3)
    assert step("--step", "1") == 66
    write_batch(bench.batch, [{**row, "mask": [0] * len(row["mask"])} for row in make_rows(base)])
    assert step() == 65
    assert "row 0, column mask: 0 sampled tokens" in capsys.readouterr().err
    bench.batch.unlink()
    assert step() == 75


def test_a_service_open_to_others_needs_a_token(bench, capsys):
    words = ["serve", "--base", str(bench.base), "--store", str(bench.store.root), "--port", "0", "--host", "0.0.0.0"]
    assert main(words) == 65
    assert "needs --token-file" in capsys.readouterr().err
