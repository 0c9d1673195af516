import socket

import pytest
import torch
from safetensors.torch import load_file
from trainer_support import Bench, make_rows, step_on_rank, write_batch, write_config

CHILD_SECONDS_MAX = 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def step_of(children, folder, base, world: int, rows, **fields):
    """(gradient of the update, metrics) of a step on `world` ranks. Adam's first moment is 0.1 times the gradient."""
    folder.mkdir()
    bench = Bench(folder, base)
    write_batch(bench.batch, rows)
    write_config(bench.config, **fields)
    port = free_port()
    processes = [children.Process(target=step_on_rank, args=(bench, rank, world, port)) for rank in range(world)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(CHILD_SECONDS_MAX)
    assert [process.exitcode for process in processes] == [0] * world
    moments = load_file(bench.checkpoint(bench.store.record("run-role", 1)) / "optimizer.safetensors")
    gradient = torch.cat([each.flatten() for name, each in sorted(moments.items()) if name.endswith("exp_avg")])
    return gradient * 10, bench.metrics()[0]


@pytest.mark.parametrize("fields", [
    {"weights": {"rank": 4}}, {"weights": {"kind": "full"}}, {"aggregation": "seq-mean-token-mean"},
    {"microBatchTokens": 100_000},  # one micro-batch: the second rank has none
], ids=["lora", "full", "by sequence", "idle rank"])
def test_two_ranks_give_one_rank_s_gradient_and_metrics(children, base, tmp_path, fields):
    rows = make_rows(base)
    one, one_metrics = step_of(children, tmp_path / "one", base, 1, rows, **fields)
    two, two_metrics = step_of(children, tmp_path / "two", base, 2, rows, **fields)
    assert (one - two).norm() / one.norm() < 1e-6
    differing = {"tokens_per_second", "peak_memory_bytes"}
    assert set(one_metrics) == set(two_metrics)
    for name in set(one_metrics) - differing:
        assert two_metrics[name] == pytest.approx(one_metrics[name], rel=1e-5, abs=1e-6), name
