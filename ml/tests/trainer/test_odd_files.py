"""What lies where the trainer expects a file, and is none: refused at once, in its kind. Nothing is waited for."""

import os
import socket
import stat

import pytest
from starlette.testclient import TestClient

from agent0_ml.trainer.errors import Refusal
from agent0_ml.trainer.files import file_digest, read_file
from agent0_ml.trainer.service import Service, app_of
from agent0_ml.trainer.store import MANIFEST

STEP_1 = "/v1/lineages/run-role/steps/1"


def folder(path):
    path.mkdir()


def fifo(path):
    os.mkfifo(path)


def unix_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        before = os.getcwd()
        os.chdir(path.parent)  # a socket's name is short
        try:
            listening.bind(path.name)
        finally:
            os.chdir(before)


def device(path):
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def circle(path):
    path.symlink_to(path.name)


def link_to_device(path):
    path.symlink_to("/dev/zero")


def link_out(path):
    path.symlink_to("/etc/hostname")


INSIDE = [folder, fifo, unix_socket, device]
OUTSIDE = [circle, link_to_device, link_out]


@pytest.fixture
def service(bench):
    bench.store.root.mkdir(exist_ok=True)
    trainer = bench.trainer()
    service = Service(lambda _: trainer)
    service.opened.result()
    with TestClient(app_of(service, None), base_url="http://127.0.0.1") as client:
        yield client


def ended(client, body) -> tuple[int | str, str]:
    put = client.put(STEP_1, json=body)
    if put.status_code != 201:
        return put.status_code, put.json()["error"]
    found = client.get(STEP_1, params={"wait": 60}).json()
    return found["state"], found["error"]


@pytest.mark.parametrize("field", ["batch", "config"])
@pytest.mark.parametrize("make", INSIDE + OUTSIDE)
def test_as_batch_or_config_it_is_a_refusal(service, bench, make, field):
    good = {"uri": "good", "sha256": file_digest(bench.config)}
    (bench.store.root / "good").write_bytes(bench.config.read_bytes())
    make(bench.store.root / "odd")
    body = {"parent": None, "attempt": 1, "batch": good, "config": good, field: {**good, "uri": "odd"}}
    assert ended(service, body) in [("refused", "Refusal"), (422, "Refusal")]
    # Its one thread is free again.
    assert service.get("/livez").status_code == 200


@pytest.mark.parametrize("uri", ["a/" * 3_000, "a" * 300, "a\0b", "good/below"], ids=["deep", "long", "nul", "below"])
def test_a_name_that_no_file_can_have_is_a_refusal(service, bench, uri):
    good = {"uri": "good", "sha256": file_digest(bench.config)}
    (bench.store.root / "good").write_bytes(bench.config.read_bytes())
    body = {"parent": None, "attempt": 1, "batch": {**good, "uri": uri}, "config": good}
    assert ended(service, body) in [("refused", "Refusal"), (422, "Refusal")]


@pytest.mark.parametrize("make", INSIDE)
@pytest.mark.parametrize("name", [MANIFEST, "optimizer.safetensors", "adapter_model.safetensors"])
def test_in_a_checkpoint_it_is_a_refusal(bench, make, name):
    record = bench.step()
    odd = bench.checkpoint(record) / name
    odd.unlink()
    make(odd)
    with pytest.raises(Refusal, match=f"{name} is a .*, not a file"):
        bench.step()


@pytest.mark.parametrize("make", INSIDE)
def test_as_a_record_it_is_a_refusal(service, bench, make):
    steps = bench.store.lineage("run-role") / "steps"
    steps.mkdir(parents=True)
    make(steps / "000001.json")
    answer = service.get("/v1/lineages/run-role")
    assert (answer.status_code, answer.json()["error"]) == (422, "Refusal")


def test_in_the_place_of_the_lock_a_fifo_holds_nobody_up(bench):
    lineage = bench.store.lineage("run-role")
    lineage.mkdir(parents=True)
    os.mkfifo(lineage / "lock")
    assert bench.step()["step"] == 1


@pytest.mark.parametrize("make", INSIDE)
def test_it_is_noticed_too_if_it_comes_between_the_look_and_the_opening(tmp_path, monkeypatch, make):
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"x")
    make(other)
    look = type(path).stat

    def stat_then_swap(found, **options):
        seen = look(found, **options)
        if found == path:
            other.replace(path) if make is not folder else (path.unlink(), other.rename(path))
        return seen

    monkeypatch.setattr(type(path), "stat", stat_then_swap)
    with pytest.raises((Refusal, OSError)):
        read_file(path)


@pytest.mark.parametrize("digest", ["0" * 64, "f" * 64])
def test_a_pin_of_a_checkpoint_that_does_not_exist_is_refused_and_leaves_nothing(service, bench, digest):
    pin = f"/v1/checkpoints/{digest}/pins/vllm-0"
    answer = service.put(pin)
    assert (answer.status_code, answer.json()["error"]) == (422, "Refusal")
    assert list((bench.store.root / "pins").iterdir()) == []
    assert service.delete(pin).status_code == 200


def test_a_pin_that_comes_while_a_checkpoint_is_taken_away_brings_it_back(bench, monkeypatch):
    record = bench.step()
    digest = record["checkpointDigest"]
    prunable = bench.store.prunable

    def then_pinned(*rule):
        found = prunable(*rule)
        bench.store.pin(digest, "vllm-0")
        return found

    monkeypatch.setattr(bench.store, "prunable", then_pinned)
    assert bench.store.prune(0, 0) == []
    assert bench.store.checkpoint(digest).is_dir()


def test_a_holder_s_checkpoints_are_kept_until_it_names_others_and_a_refusal_lets_none_go(service, bench):
    first, second, _ = (bench.step()["checkpointDigest"] for _ in range(3))

    def hold(*digests: str, holder: str = "run.start") -> int:
        return service.put(f"/v1/holders/{holder}", json={"checkpoints": digests}).status_code

    assert hold(first) == 200
    assert bench.store.prunable(1, 0) == [second]
    assert [hold("0" * 64), hold("x"), hold(first, holder=".."), hold(first, holder="x" * 200)] == [422, 422, 404, 422]
    assert service.put("/v1/holders/run.start", json={"checkpoints": "x"}).status_code == 422
    assert bench.store.prunable(1, 0) == [second]
    assert hold(second) == 200
    assert bench.store.prunable(1, 0) == [first]
    assert hold() == 200
    assert bench.store.prunable(1, 0) == sorted([first, second])
