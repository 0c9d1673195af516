import socket

import pytest
import torch
from safetensors.torch import load_file
from trainer_support import Bench, make_rows, share_on_rank, step_on_rank, write_batch, write_config

from agent0_ml.trainer.config import Full, Lora

pytestmark = pytest.mark.full

CHILD_SECONDS_MAX = 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def on_ranks(children, target, world: int, *arguments) -> None:
    port = free_port()
    processes = [children.Process(target=target, args=(*arguments, rank, world, port)) for rank in range(world)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(CHILD_SECONDS_MAX)
    assert [process.exitcode for process in processes] == [0] * world


def steps_of(children, folder, base, worlds: list[int], rows, **fields) -> Bench:
    """A lineage with a step for each entry of `worlds`, made by that many ranks."""
    folder.mkdir()
    bench = Bench(folder, base)
    write_batch(bench.batch, rows)
    write_config(bench.config, **fields)
    for world in worlds:
        on_ranks(children, step_on_rank, world, bench)
    return bench


def tensors(bench: Bench, name: str, step: int = 1) -> dict[str, torch.Tensor]:
    return load_file(bench.checkpoint(bench.store.record("run-role", step)) / f"{name}.safetensors")


def difference(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> float:
    """Norm of the difference by norm."""
    assert {name: each.shape for name, each in one.items()} == {name: each.shape for name, each in two.items()}
    flat = [torch.cat([each.double().flatten() for _, each in sorted(state.items())]) for state in (one, two)]
    return ((flat[0] - flat[1]).norm() / flat[0].norm()).item()


def gradient(bench: Bench) -> dict[str, torch.Tensor]:
    """Up to a factor: Adam's first moment after one update is 0.1 times the gradient."""
    return {name: each for name, each in tensors(bench, "optimizer").items() if name.endswith("exp_avg")}


FULL = {"kind": "full", "learningRate": 0.001}
ONE_MICRO_BATCH = {"microBatchTokens": 100_000}  # the second rank has none


@pytest.mark.parametrize("fields", [
    {"weights": {"rank": 4}}, {"weights": FULL}, {"aggregation": "seq-mean-token-mean"},
    {"weights": FULL, "gradientCheckpointing": True, "kl": {"coefficient": 0.1, "reference": "base"}},
    ONE_MICRO_BATCH, {**ONE_MICRO_BATCH, "weights": FULL, "kl": {"coefficient": 0.1, "reference": "base"}},
], ids=["lora", "full", "by sequence", "full with a reference", "idle rank", "idle rank, full"])
def test_two_ranks_give_one_rank_s_gradient_and_metrics(children, base, tmp_path, fields):
    rows = make_rows(base)
    one = steps_of(children, tmp_path / "one", base, [1], rows, **fields)
    two = steps_of(children, tmp_path / "two", base, [2], rows, **fields)
    assert difference(gradient(one), gradient(two)) < 1e-6
    one_metrics, two_metrics = one.metrics()[0], two.metrics()[0]
    differing = {"tokens_per_second", "peak_memory_bytes"}
    assert set(one_metrics) == set(two_metrics)
    for name in set(one_metrics) - differing:
        assert two_metrics[name] == pytest.approx(one_metrics[name], rel=1e-5, abs=1e-6), name


@pytest.mark.parametrize("worlds", [[1, 2], [2, 1], [2, 2], [3, 2]], ids=str)
def test_full_weights_go_on_under_another_number_of_ranks(children, base, tmp_path, worlds):
    rows, fields = make_rows(base), {"weights": FULL, "updatesPerBatch": 2, "microBatchTokens": 40}
    one = steps_of(children, tmp_path / "one", base, [1, 1], rows, **fields)
    other = steps_of(children, tmp_path / "other", base, worlds, rows, **fields)
    for name in ("model", "optimizer"):
        assert difference(tensors(one, name, 2), tensors(other, name, 2)) < 1e-6
    first, second = (bench.store.record("run-role", 2) for bench in (one, other))
    for here, there in zip(first["canary"]["rows"], second["canary"]["rows"], strict=True):
        assert here["tokenIds"] == there["tokenIds"]
        assert here["logprobs"] == pytest.approx(there["logprobs"], abs=1e-5)
    for path in one.checkpoint(first).glob("*"):
        twin = other.checkpoint(second) / path.name
        assert path.suffix == ".safetensors" or path.name == "manifest.json" or path.read_bytes() == twin.read_bytes()


def test_a_rank_holds_its_share_of_full_weights_and_all_of_an_adapter(children, base):
    for weights, share in ((Full(), 0.5), (Lora(), 1.0)):
        answers = children.Queue()
        on_ranks(children, share_on_rank, 2, base, weights, answers)
        assert [answers.get(timeout=CHILD_SECONDS_MAX) for _ in range(2)] == pytest.approx([share] * 2, abs=0.01)
