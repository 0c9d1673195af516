"""Kills, overlaps and a full disk: the end is what it would have been, and nothing half is ever seen."""

import resource
import signal
import threading

import pytest
from trainer_support import Bench, step_in_child, write_config

from agent0_ml.trainer.debug_points import NAMES

pytestmark = pytest.mark.full

CHILD_SECONDS_MAX = 120


def run_child(children, bench, debug_point=""):
    """(exit code, digest or None) of a process that takes one step."""
    answers = children.Queue()
    child = children.Process(target=step_in_child, args=(bench, debug_point, answers))
    child.start()
    child.join(CHILD_SECONDS_MAX)
    return child.exitcode, answers.get(timeout=10) if child.exitcode == 0 else None


@pytest.fixture(scope="module")
def undisturbed(base, tmp_path_factory) -> str:
    return prepared(tmp_path_factory.mktemp("undisturbed"), base).step()["checkpointDigest"]


def prepared(folder, base) -> Bench:
    bench = Bench(folder, base)
    write_config(bench.config, updatesPerBatch=2)
    return bench


@pytest.mark.parametrize("debug_point", NAMES)
def test_killed_anywhere_the_step_ends_with_the_same_digest(children, base, tmp_path, undisturbed, debug_point):
    bench = prepared(tmp_path, base)
    assert run_child(children, bench, debug_point) == (-signal.SIGKILL, None)
    published, recorded = debug_point in ("after-rename", "after-record"), debug_point == "after-record"
    assert bench.visible_checkpoints() == ([undisturbed] if published else [])
    assert bench.store.head("run-role", "the base") == ((1, undisturbed) if recorded else (0, "the base"))
    assert run_child(children, bench) == (0, undisturbed)
    assert bench.visible_checkpoints() == [undisturbed]
    assert not (tmp_path / "store/lineages/run-role/scratch").exists()


def test_two_processes_that_ask_at_once_get_one_result(children, base, tmp_path, undisturbed):
    bench = prepared(tmp_path, base)
    answers = children.Queue()
    both = [children.Process(target=step_in_child, args=(bench, "", answers)) for _ in range(2)]
    for child in both:
        child.start()
    found = [answers.get(timeout=CHILD_SECONDS_MAX) for _ in both]
    for child in both:
        child.join(CHILD_SECONDS_MAX)
    assert found == [undisturbed, undisturbed]
    assert bench.visible_checkpoints() == [undisturbed]
    assert len(list((tmp_path / "store/lineages/run-role/tensorboard").iterdir())) == 1  # only one of them computed


def test_a_step_that_runs_elsewhere_is_waited_for(bench):
    trainer, phases, release = bench.trainer(), [], threading.Event()
    request = bench.request(trainer)

    def other() -> None:
        with bench.store.lock("run-role", lambda: None):
            holding.set()
            release.wait(CHILD_SECONDS_MAX)

    holding = threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    holding.wait(CHILD_SECONDS_MAX)

    def progress(phase: str, _: int) -> None:
        phases.append(phase)
        if phase == "waiting for the lineage":
            release.set()

    trainer.step(request, progress)
    thread.join()
    assert phases[0] == "waiting for the lineage" and phases[-1] == "save"


@pytest.mark.parametrize("weights", [{"rank": 4}, {"kind": "full"}], ids=["lora", "full"])
def test_on_a_full_disk_the_step_is_an_outage_and_goes_on_when_there_is_space(bench, weights):
    write_config(bench.config, weights=weights)
    trainer = bench.trainer()
    first = bench.step(trainer)["checkpointDigest"]
    request = bench.request(trainer)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))
    try:
        with pytest.raises(OSError):
            trainer.step(request, lambda *_: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert bench.visible_checkpoints() == [first]
    assert bench.store.head("run-role", trainer.base) == (1, first)
    second = trainer.step(request, lambda *_: None)["checkpointDigest"]
    assert bench.store.head("run-role", trainer.base) == (2, second)
