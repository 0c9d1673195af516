import errno
import shutil
import threading
import time

import pytest
from starlette.testclient import TestClient
from trainer_support import make_rows, write_batch

from agent0_ml.trainer.errors import Aborted, Conflict, Diverged, OutOfMemory
from agent0_ml.trainer.files import file_digest
from agent0_ml.trainer.service import STALLED_SECONDS, Service, app_of, is_loopback

WAIT = {"wait": 60}
STEP_1 = "/v1/lineages/run-role/steps/1"


class Remote:
    """A client of a service over a bench's store."""

    def __init__(self, bench, token=None):
        self.bench, self.folder = bench, bench.store.root
        self.folder.mkdir(exist_ok=True)
        self.trainer = bench.trainer()
        self.service = Service(lambda _: self.trainer)
        self.service.opened.result()
        self.client = TestClient(app_of(self.service, token), base_url="http://127.0.0.1")

    def body(self, parent=None, attempt=0):
        files = {}
        for kind, path in (("batch", self.bench.batch), ("config", self.bench.config)):
            digest = file_digest(path)
            shutil.copy(path, self.folder / digest)
            files[kind] = {"uri": digest, "sha256": digest}
        return {"parent": parent or self.trainer.base, **files, "attempt": attempt}


@pytest.fixture
def remote(bench):
    remote = Remote(bench)
    with remote.client:
        yield remote


def test_a_step_is_accepted_computed_and_stored(remote):
    client, body = remote.client, remote.body()
    assert client.get(STEP_1).status_code == 404
    assert client.put(STEP_1, json=body).status_code == 201
    ended = client.get(STEP_1, params=WAIT).json()
    assert ended["state"] == "done"
    again = client.put(STEP_1, json={**body, "attempt": 3})
    assert (again.status_code, again.json()) == (200, ended)
    head = {"step": 1, "checkpointDigest": ended["result"]["checkpointDigest"]}
    assert client.get("/v1/lineages/run-role").json() == head


def test_the_service_gives_the_command_s_digest(remote, bench):
    remote.client.put(STEP_1, json=remote.body())
    served = remote.client.get(STEP_1, params=WAIT).json()["result"]["checkpointDigest"]
    assert bench.step(lineage="other")["checkpointDigest"] == served


def test_other_digests_conflict_and_a_parent_behind_the_head_is_412(remote, bench, base):
    client = remote.client
    client.put(STEP_1, json=remote.body())
    first = client.get(STEP_1, params=WAIT).json()["result"]["checkpointDigest"]
    write_batch(bench.batch, make_rows(base, seed=2))
    assert client.put(STEP_1, json=remote.body()).status_code == 409
    for path, parent in (("steps/2", remote.trainer.base), ("steps/3", first)):
        refused = client.put(f"/v1/lineages/run-role/{path}", json=remote.body(parent))
        assert (refused.status_code, refused.json()["head"]) == (412, {"step": 1, "checkpointDigest": first})
    assert client.put("/v1/lineages/run-role/steps/2", json=remote.body(first)).status_code == 201


class Gate:
    """Holds a service's worker, so that its next job stays queued."""

    def __init__(self, service):
        self.event = threading.Event()
        service.worker.submit(self.event.wait, 60)

    def open(self):
        self.event.set()


def test_the_same_step_asked_twice_while_it_runs_is_one_run(remote, bench, base):
    gate, body = Gate(remote.service), remote.body()
    assert [remote.client.put(STEP_1, json=body).status_code for _ in range(2)] == [201, 201]
    write_batch(bench.batch, make_rows(base, seed=2))
    assert remote.client.put(STEP_1, json=remote.body()).status_code == 409
    assert remote.client.get(STEP_1, params={"wait": 0}).json()["state"] == "queued"
    gate.open()
    assert remote.client.get(STEP_1, params=WAIT).json()["state"] == "done"
    assert len(list((remote.folder / "lineages/run-role/tensorboard").iterdir())) == 1


def test_an_aborted_step_writes_nothing_and_may_be_asked_again(remote, bench):
    gate = Gate(remote.service)
    remote.client.put(STEP_1, json=remote.body())
    assert remote.client.post(f"{STEP_1}/abort").status_code == 202
    gate.open()
    assert remote.client.get(STEP_1, params=WAIT).json()["state"] == "aborted"
    assert bench.visible_checkpoints() == []
    assert remote.client.post(f"{STEP_1}/abort").status_code == 404
    assert remote.client.put(STEP_1, json=remote.body()).status_code == 201
    assert remote.client.get(STEP_1, params=WAIT).json()["state"] == "done"


def test_a_bad_batch_ends_as_refused_with_its_row(remote, bench, base):
    rows = make_rows(base)
    rows[2]["advantage"] = float("nan")
    write_batch(bench.batch, rows)
    remote.client.put(STEP_1, json=remote.body())
    ended = remote.client.get(STEP_1, params=WAIT).json()
    assert (ended["state"], ended["error"]) == ("refused", "Refusal")
    assert ended["reason"] == "row 2, column advantage: nan is not finite"


def test_an_outage_ends_as_failed_and_heals(remote):
    body = remote.body()
    (remote.folder / body["batch"]["uri"]).unlink()
    remote.client.put(STEP_1, json=body)
    assert remote.client.get(STEP_1, params=WAIT).json()["state"] == "failed"
    remote.client.put(STEP_1, json=remote.body())
    assert remote.client.get(STEP_1, params=WAIT).json()["state"] == "done"


@pytest.mark.parametrize(("error", "state", "name"), [
    (OSError(errno.ENOSPC, "No space left"), "failed", "DiskFull"), (RuntimeError("boom"), "failed", "Crashed"),
    (Diverged("row 0"), "refused", "Diverged"), (OutOfMemory("16 GiB"), "refused", "OutOfMemory"),
    (Conflict("made elsewhere"), "refused", "Conflict"), (Aborted("a newer attempt"), "aborted", "Aborted"),
], ids=repr)
def test_how_a_step_ended_is_told_by_name(remote, monkeypatch, error, state, name):
    def fail(*_) -> None:
        raise error

    monkeypatch.setattr(remote.trainer, "step", fail)
    remote.client.put(STEP_1, json=remote.body())
    ended = remote.client.get(STEP_1, params=WAIT).json()
    assert (ended["state"], ended["error"]) == (state, name)


def test_null_names_the_base_model(remote):
    assert remote.client.put(STEP_1, json={**remote.body(), "parent": None}).status_code == 201
    done = remote.client.get(STEP_1, params=WAIT).json()
    assert done["result"]["madeFrom"]["parent"] == remote.trainer.base


def test_the_parent_may_come_under_its_former_name(remote):
    body = remote.body()
    former = {**{name: body[name] for name in ("batch", "config", "attempt")}, "base": body["parent"]}
    assert remote.client.put(STEP_1, json=former).status_code == 201
    done = remote.client.get(STEP_1, params=WAIT).json()
    assert done["result"]["madeFrom"]["parent"] == remote.trainer.base
    assert remote.client.put(STEP_1, json=body).json() == done


def test_a_step_that_stands_still_makes_the_service_unhealthy(remote):
    gate = Gate(remote.service)
    remote.client.put(STEP_1, json=remote.body())
    [job] = remote.service.jobs.values()
    job.state, job.heartbeat.at = "running", time.time() - 2 * STALLED_SECONDS
    assert [remote.client.get(path).status_code for path in ("/healthz", "/livez")] == [503, 503]
    job.heartbeat.allowance = 2 * STALLED_SECONDS  # of a piece of work that may take so long
    assert [remote.client.get(path).status_code for path in ("/healthz", "/livez")] == [200, 200]
    job.heartbeat.allowance = 0.0
    job.progress("update 1 of 1", 10)
    assert [remote.client.get(path).status_code for path in ("/healthz", "/livez")] == [200, 200]
    gate.open()


def test_a_step_that_waits_for_another_is_as_alive_as_that(remote):
    gate = Gate(remote.service)
    other = "/v1/lineages/other/steps/1"
    for path in (STEP_1, other):
        remote.client.put(path, json=remote.body())
    running = remote.service.jobs["run-role", 1]
    running.state, running.heartbeat.at = "running", 4_000_000_000.0
    waiting = remote.client.get(other).json()
    assert (waiting["state"], waiting["heartbeatAtMs"]) == ("queued", 4_000_000_000_000)
    gate.open()


def test_a_restarted_service_reads_the_head_from_the_store(remote, bench):
    remote.client.put(STEP_1, json=remote.body())
    done = remote.client.get(STEP_1, params=WAIT).json()
    with Remote(bench).client as restarted:
        assert restarted.get("/v1/lineages/run-role").json()["checkpointDigest"] == done["result"]["checkpointDigest"]
        assert restarted.get(STEP_1).json() == done
        assert restarted.put(STEP_1, json=remote.body()).status_code == 200


@pytest.mark.parametrize("path", ["/v1/lineages/..%2fx/steps/1", "/v1/lineages/.hidden/steps/1",
                                  f"/v1/lineages/{'x' * 200}/steps/1"])
def test_a_lineage_stays_inside_the_store(remote, path):
    assert remote.client.put(path, json=remote.body()).status_code in (404, 422)
    assert not list(remote.folder.parent.glob("x*")) and not (remote.folder / "lineages/.hidden").exists()


@pytest.mark.parametrize("change", [
    {"batch": {"uri": "../batch.parquet", "sha256": "0" * 64}}, {"config": {"uri": "/etc/passwd", "sha256": "0" * 64}},
    {"parent": "../../x"}, {"batch": "a.parquet"},
    {"batch": {"uri": "batch.parquet", "sha256": 7}}, {"attempt": "soon"},
])
def test_a_body_that_points_outside_or_has_another_shape_is_refused(remote, change):
    assert remote.client.put(STEP_1, json={**remote.body(), **change}).status_code == 422
    assert remote.client.put(STEP_1, content=b"{", headers={"content-type": "application/json"}).status_code == 422


def test_a_pin_holds_a_checkpoint_until_it_is_released(remote):
    remote.client.put(STEP_1, json=remote.body())
    digest = remote.client.get(STEP_1, params=WAIT).json()["result"]["checkpointDigest"]
    pin = f"/v1/checkpoints/{digest}/pins/vllm-0"
    assert remote.client.put(pin).status_code == 200
    assert remote.trainer.store.prune(0, 0) == []
    assert remote.client.delete(pin).status_code == 200
    assert remote.trainer.store.prune(0, 0) == [digest]


def test_livez_makes_a_forward_pass_and_sees_a_dead_model(remote):
    assert remote.client.get("/livez").status_code == 200
    remote.trainer.policy.causal.get_input_embeddings().weight.data.fill_(float("nan"))
    assert remote.client.get("/livez").status_code == 503
    assert remote.client.get("/healthz").status_code == 200


def test_without_the_bearer_token_only_healthz_answers(bench):
    with Remote(bench, token="secret").client as client:
        assert client.get("/livez").status_code == 401
        assert client.get("/livez", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/livez", headers={"authorization": "Bearer secret"}).status_code == 200
        assert client.get("/healthz").status_code == 200


def test_only_loopback_needs_no_token():
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost")] == [True] * 3
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.7", "example.org")] == [False] * 4


@pytest.mark.parametrize("body", [
    b"[" * 100_000, b'{"parent": "\\ud800"}', b"[]", b"null", b"{", b"NaN", b'{"batch": 3}',
])
def test_a_hostile_body_is_a_refusal_and_never_an_outage(remote, body):
    answer = remote.client.put(STEP_1, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (422, "Refusal")


def test_a_step_of_many_digits_is_a_refusal(remote):
    assert 400 <= remote.client.get(f"/v1/lineages/run-role/steps/{'9' * 1_900}").status_code < 500
    assert remote.client.get(f"/v1/lineages/run-role/steps/{'9' * 5_000}").status_code == 414


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}])
def test_web_pages_and_rebound_names_reach_no_route(remote, headers):
    answer = remote.client.post(f"{STEP_1}/abort", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "Refusal")
