"""However long a piece of work takes, somebody who waits can tell it from a hang; and what hangs can be ended."""

import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest
import torch
from starlette.testclient import TestClient
from trainer_support import CPU, make_rows, silent, write_batch, write_config

from agent0_ml.trainer import files
from agent0_ml.trainer.batch import read_batch
from agent0_ml.trainer.config import parse_config
from agent0_ml.trainer.errors import Refusal
from agent0_ml.trainer.files import base_digest, file_digest, pulse_while_growing, sync
from agent0_ml.trainer.log_probabilities import log_probabilities
from agent0_ml.trainer.micro_batches import micro_batch
from agent0_ml.trainer.pace import MARGIN, Pace
from agent0_ml.trainer.policy import Policy
from agent0_ml.trainer.service import STALLED_SECONDS, Service, app_of, run

SECONDS_MAX = 120
LAYERS = 2


class Opening:
    """A service whose trainer is opened when the test says so."""

    def __init__(self, trainer):
        self.go = threading.Event()
        self.service = Service(lambda pulse: self.open(pulse, trainer))
        self.client = TestClient(app_of(self.service, None), base_url="http://127.0.0.1")

    def open(self, _pulse, trainer):
        assert self.go.wait(SECONDS_MAX)
        return trainer


def test_it_listens_before_it_has_read_the_base_and_says_whether_it_moves(bench):
    opening = Opening(bench.trainer())
    with opening.client as client:
        health = client.get("/healthz")
        assert (health.status_code, health.json()["state"], health.json()["moves"]) == (503, "starting", True)
        for path in ("/livez", "/v1/lineages/run-role", "/v1/lineages/run-role/steps/1"):
            assert (client.get(path).status_code, client.get(path).json()["error"]) == (503, "Starting")
        opening.service.start.at = time.time() - 2 * STALLED_SECONDS
        assert client.get("/healthz").json()["moves"] is False
        opening.service.start.allowance = 2 * STALLED_SECONDS
        assert client.get("/healthz").json()["moves"] is True
        opening.go.set()
        opening.service.opened.result(SECONDS_MAX)
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("error", "code"), [(OSError("no such folder"), 1), (Refusal("not supported"), 65)], ids=repr)
def test_a_trainer_that_cannot_be_opened_ends_the_process_and_says_why(error, code, capsys):
    def fail(_pulse):
        raise error

    assert run(Service(fail), None, "127.0.0.1", 0) == code
    assert str(error) in capsys.readouterr().err


def serve_for_ever(port: int, where: str) -> None:
    """The whole of a child process: a service whose thread never comes back, from opening or from a step."""
    class Stuck:
        base = "0" * 64

        def step(self, *_):
            threading.Event().wait()

    def opened(_pulse):
        if where == "opening":
            threading.Event().wait()
        return Stuck()

    service = Service(opened, end_seconds=0.05)
    if where == "step":
        service.worker.submit(Stuck().step)
    run(service, None, "127.0.0.1", port)


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.mark.parametrize("where", ["opening", "step"])
def test_sigterm_ends_it_whatever_its_thread_does(children, where):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    child = children.Process(target=serve_for_ever, args=(port, where))
    child.start()
    while not answers(port):
        assert child.is_alive()
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGTERM)
    child.join(SECONDS_MAX)
    assert child.exitcode is not None


@pytest.mark.parametrize("checkpointing", [True, False], ids=["again", "kept"])
@pytest.mark.parametrize("weights", [{"kind": "full"}, {"kind": "lora", "rank": 4}], ids=["full", "lora"])
def test_a_single_micro_batch_pulses_at_each_layer_on_the_way_forward_and_back(base, tmp_path, weights, checkpointing):
    path = write_config(tmp_path / "config.json", weights=weights, gradientCheckpointing=checkpointing)
    config = parse_config(path.read_bytes())
    policy, pulses = Policy(base, CPU), []
    policy.prepare(config)
    policy.load(None)
    policy.adapted.train()
    policy.pace.pulse = pulses.append
    data = write_batch(tmp_path / "batch.parquet", make_rows(base)).read_bytes()
    micro = micro_batch(read_batch(data, config, policy.vocabulary_size, policy.length_max), CPU)
    logp, _ = policy.score(micro)
    forward = len(pulses)
    assert forward >= 1 + LAYERS + 1  # the micro-batch, its layers, the logits
    logp.sum().backward()
    # Of a layer that gets no gradient, the first under LoRA where nothing is computed again, there is no way back.
    back = LAYERS if checkpointing or weights["kind"] == "full" else LAYERS - 1
    assert len(pulses) - forward >= 1 + back
    assert all(each > 0 for each in pulses)


def test_logits_pulse_at_each_tile_both_ways():
    pieces = []
    hidden = torch.randn(10, 4, requires_grad=True)
    head, target, temperature = torch.randn(6, 4), torch.zeros(10, dtype=torch.long), torch.ones(10)
    logp, _ = log_probabilities(hidden, head, target, temperature, tile=12, piece=lambda: pieces.append(1))
    assert len(pieces) == 5
    logp.sum().backward()
    assert len(pieces) == 10


def test_what_a_piece_may_take_goes_by_its_tokens_by_the_model_until_measured_and_then_by_what_was_measured(base):
    policy = Policy(base, CPU)
    pace, told = policy.pace, []
    pace.pulse = told.append
    pace.begin(1_000)
    pace.begin(2_000)
    assert told[1] == pytest.approx(2 * told[0]) and told[0] == pytest.approx(1_000 * pace.guess)
    pace.longest = 0.25
    pace.begin(1_000)
    assert told[2] == MARGIN * 0.25 * 1_000
    # A half of a billion weights on a shared core: no layer of 16,384 tokens is called a hang within minutes.
    slow = Pace(CPU)
    slow.follow(policy.causal)
    weights = max(sum(each.numel() for each in layer.parameters()) for layer in policy.causal.model.layers)
    assert slow.guess * 15e6 / weights * 16_384 > 600


def test_a_step_pulses_while_it_hashes_and_saves_and_is_the_same_step(bench, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 64)
    first = bench.step()
    trainer, pulses, phase = bench.trainer(), {}, ["start"]

    def progress(name: str, _tokens: int) -> None:
        phase[0] = name

    def pulse(_seconds: float) -> None:
        pulses[phase[0]] = pulses.get(phase[0], 0) + 1

    trainer.step(bench.request(trainer), progress, pulse)
    size = sum(path.stat().st_size for path in bench.checkpoint(first).glob("*.safetensors"))
    assert pulses["load"] >= size // 64 and pulses["save"] >= size // 64
    undisturbed = bench.trainer()
    request = bench.request(undisturbed, "other", step=1, parent=undisturbed.base)
    assert undisturbed.step(request, silent)["checkpointDigest"] == first["checkpointDigest"]


def test_hashing_and_syncing_a_file_pulse_and_syncing_says_how_long_it_may_take(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 10)
    path, told = tmp_path / "file", []
    path.write_bytes(b"x" * 95)
    file_digest(path, told.append)
    assert told == [0] * 10
    sync(path, told.append)
    assert told[10:] == [95 / files.SLOW_DISK, 0]


def test_a_folder_that_grows_pulses_and_one_that_stands_still_does_not(tmp_path, monkeypatch):
    pulsed, looks = threading.Semaphore(0), threading.Semaphore(0)
    measure = files.blocks_in

    def blocks_in(folder):
        looks.release()
        return measure(folder)

    monkeypatch.setattr(files, "blocks_in", blocks_in)
    with pulse_while_growing(tmp_path, lambda _: pulsed.release(), look_seconds=0.005):
        assert pulsed.acquire(timeout=SECONDS_MAX)  # the first look
        for size in (1, 2, 3):
            (tmp_path / "model").write_bytes(os.urandom(size << 20))
            os.sync()
            assert pulsed.acquire(timeout=SECONDS_MAX)
        while pulsed.acquire(blocking=False):
            pass
        while looks.acquire(blocking=False):
            pass
        for _ in range(5):
            assert looks.acquire(timeout=SECONDS_MAX)
        while pulsed.acquire(blocking=False):  # of a look that had begun before
            pass
        for _ in range(20):
            assert looks.acquire(timeout=SECONDS_MAX)
        assert not pulsed.acquire(blocking=False)


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model-1.safetensors", "model-2.safetensors", "notes.txt"):
        (folder / name).write_bytes(name.encode() * 10)
    return folder


@pytest.fixture
def hashed(monkeypatch):
    """Names of the files that were read to be hashed."""
    names, digest = [], files.file_digest
    monkeypatch.setattr(files, "file_digest", lambda path, pulse: names.append(path.name) or digest(path, pulse))
    return names


def replaced(path):
    """By another file of the same size and time of writing."""
    state = path.stat()
    fresh = path.with_name("fresh")
    fresh.write_bytes(b"y" * state.st_size)
    os.utime(fresh, ns=(state.st_atime_ns, state.st_mtime_ns))
    fresh.replace(path)


def rewritten(path):
    """In its place, to the same size, and with its former times."""
    state = path.stat()
    path.write_bytes(b"y" * state.st_size)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def longer(path):
    path.write_bytes(path.read_bytes() + b"y")


@pytest.mark.parametrize("change", [replaced, rewritten, longer])
def test_a_base_is_hashed_once_and_again_as_soon_as_a_file_changes(model, tmp_path, monkeypatch, hashed, change):
    monkeypatch.setattr(files, "SETTLED_NS", 0)
    memo = tmp_path / "bases"
    first = base_digest(model, memo)
    assert hashed == ["config.json", "model-1.safetensors", "model-2.safetensors"]
    assert (base_digest(model, memo), len(hashed)) == (first, 3)
    time.sleep(0.02)  # the file system's clock ticks every 4 ms
    change(model / "model-1.safetensors")
    changed = base_digest(model, memo)
    assert hashed[3:] == ["model-1.safetensors"]
    assert changed == base_digest(model) != first


def test_what_has_just_changed_is_not_remembered(model, tmp_path, hashed):
    for _ in range(2):
        base_digest(model, tmp_path / "bases")
    assert len(hashed) == 6


@pytest.mark.parametrize("spoilt", [b"", b"[]", b'{"config.json": 3}', b'{"config.json": {"state": 1}}', b"\xff"])
def test_a_spoilt_memo_counts_as_none(model, tmp_path, monkeypatch, spoilt):
    monkeypatch.setattr(files, "SETTLED_NS", 0)
    memo = tmp_path / "bases"
    plain = base_digest(model, memo)
    [place] = memo.iterdir()
    place.write_bytes(spoilt)
    assert base_digest(model, memo) == plain
    place.unlink()
    os.mkfifo(place)
    assert base_digest(model, memo) == plain
