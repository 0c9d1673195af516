"""The server as a process of its own, over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support import random_model

from agent0_ml.model_server.__main__ import listening
from agent0_ml.model_server.garbage import GARBAGE

ML = Path(__file__).parents[1]
PROMPT = list(range(20, 60))
BODY = {
    "model": "base",
    "prompt": PROMPT,
    "n": 2,
    "seed": 3,
    "max_tokens": 30,
    "logprobs": 0,
    "return_token_ids": True,
    "ignore_eos": True,
}
LONG = {**BODY, "n": 1, "max_tokens": 400}


def start(model, *flags, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "agent0_ml.model_server", str(model), *flags],
        env={**os.environ, "PYTHONPATH": str(ML), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(model, *flags, **environment):
    """A client of a fresh server, and its process."""
    process = start(model, *flags, **environment)
    try:
        with httpx.Client(base_url=process.stdout.readline().strip(), timeout=60) as client:
            yield client, process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return random_model(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def client(model):
    with running(model, "--faults") as (client, _process):
        yield client


def completed(client, **changes):
    response = client.post("/v1/completions", json={**BODY, **changes})
    assert response.status_code == 200, response.text
    return response.json()


def bits(answer):
    return [(choice["token_ids"], choice["logprobs"]["token_logprobs"]) for choice in answer["choices"]]


def metric(client, name):
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"vllm:{name}{{"))


def wait_until(holds):
    while not holds():
        time.sleep(0.02)


def test_ids_logprobs_and_usage_agree(client):
    answer = completed(client, prompt=[PROMPT, PROMPT[:9]])
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3]
    assert [choice["prompt_token_ids"] for choice in answer["choices"]] == [PROMPT, PROMPT, PROMPT[:9], PROMPT[:9]]
    for choice in answer["choices"]:
        logprobs = choice["logprobs"]
        assert len(choice["token_ids"]) == len(logprobs["token_logprobs"]) == len(logprobs["tokens"]) == 30
        assert all(-9999 < value <= 0 for value in logprobs["token_logprobs"])
        assert choice["finish_reason"] == "length"
    assert answer["usage"] == {"prompt_tokens": 49, "completion_tokens": 120, "total_tokens": 169}


def test_top_logprobs_hold_the_sampled_token_and_the_likeliest(client):
    (choice, _) = completed(client, logprobs=3)["choices"]
    for token, value, top in zip(
        *(choice["logprobs"][key] for key in ("tokens", "token_logprobs", "top_logprobs")), strict=True
    ):
        assert top[token] == value
        assert 3 <= len(top) <= 4
        assert max(top.values()) >= value


def test_scores_of_a_prompt_come_without_a_new_token(client):
    (choice,) = completed(client, n=1, echo=True, max_tokens=0, prompt_logprobs=0)["choices"]
    assert choice["token_ids"] == []
    assert choice["logprobs"]["token_logprobs"][0] is None
    assert len(choice["logprobs"]["token_logprobs"]) == len(PROMPT)
    listed = [next(iter(entry.values()))["logprob"] for entry in choice["prompt_logprobs"][1:]]
    assert listed == choice["logprobs"]["token_logprobs"][1:]


def test_a_restarted_server_gives_the_same_bits(client, model):
    with running(model, "--max-num-seqs", "24") as (other, _process):
        assert bits(completed(other)) == bits(completed(client))


def test_64_requests_at_once_give_each_the_bits_it_gets_alone(client):
    bodies = [{**BODY, "seed": seed, "prompt": PROMPT[: 5 + seed % 30]} for seed in range(64)]

    async def at_once():
        async with httpx.AsyncClient(base_url=client.base_url, timeout=60) as many:
            return [
                one.json()
                for one in await asyncio.gather(*(many.post("/v1/completions", json=body) for body in bodies))
            ]

    together = asyncio.run(at_once())
    for seed in range(0, 64, 9):
        assert bits(together[seed]) == bits(completed(client, **bodies[seed]))


def test_what_the_server_says_of_itself(client, model):
    assert client.get("/health").status_code == 200
    assert client.get("/version").json()["version"].startswith("embedded-")
    (base,) = client.get("/v1/models").json()["data"]
    assert (base["id"], base["root"], base["parent"], base["max_model_len"]) == ("base", str(model), None, 512)
    assert client.get("/load").json() == {"server_load": 0}
    before = metric(client, "generation_tokens_total")
    completed(client)
    assert metric(client, "generation_tokens_total") == before + 60


def test_tokenize_and_detokenize_are_inverse(client):
    text = "Let x=48. What is x?"
    told = client.post("/tokenize", json={"prompt": text, "return_token_strs": True}).json()
    assert (told["count"], told["token_strs"]) == (4, ["Let x=", "4", "8", ". What is x?"])
    assert client.post("/detokenize", json={"tokens": told["tokens"]}).json() == {"prompt": text}


@pytest.mark.parametrize(
    ("path", "content", "status", "kind"),
    [
        ("/v1/completions", b"{", 400, "Bad Request"),
        ("/v1/completions", b"[]", 400, "Bad Request"),
        ("/v1/completions", b'{"model": "base", "prompt": "a", "top_k": 0.5}', 400, "Bad Request"),
        ("/v1/completions", b'{"model": "nobody", "prompt": "a"}', 404, "NotFoundError"),
        ("/v1/load_lora_adapter", b'{"lora_name": "a"}', 400, "Bad Request"),
        ("/v1/load_lora_adapter", b'{"lora_name": "a", "lora_path": "/nowhere"}', 404, "NotFoundError"),
        ("/v1/unload_lora_adapter", b'{"lora_name": "a"}', 404, "NotFoundError"),
        ("/v1/nothing", b"{}", 404, "NotFoundError"),
        ("/faults", b'{"kind": "explode"}', 400, "BadRequestError"),
    ],
)
def test_a_bad_request_gets_the_error_body_of_vllm(client, path, content, status, kind):
    response = client.post(path, content=content, headers={"content-type": "application/json"})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["type"]) == (status, status, kind)
    assert set(error) == {"message", "type", "param", "code"}


def test_a_client_that_goes_away_takes_its_samples_with_it(client):
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/completions", json={**LONG, "n": 200}, timeout=httpx.Timeout(60, read=0.3))
    wait_until(lambda: metric(client, "num_requests_running") + metric(client, "num_requests_waiting") == 0)
    assert metric(client, "request_success_total") > 0
    assert 'finished_reason="abort"} 0' not in client.get("/metrics").text


def test_faults_a_burst_of_429_and_503_and_a_hang_that_health_does_not_show(client):
    client.post("/faults", json={"kind": "busy", "count": 2})
    answers = [client.post("/v1/completions", json=BODY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 503, 200]
    client.post("/faults", json={"kind": "hang"})
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/completions", json=BODY, timeout=httpx.Timeout(60, read=0.5))
    assert client.get("/health").status_code == 200
    client.post("/faults", json={"kind": "hang", "count": 0})
    completed(client)


def test_misscoring_on_demand_lowers_what_a_prompt_scores_and_nothing_that_is_sampled(client):
    body = {**BODY, "n": 1, "prompt_logprobs": 0, "logprobs": 0}

    def scores(answer):
        [choice] = answer["choices"]
        values = [next(iter(place.values()))["logprob"] for place in choice["prompt_logprobs"][1:]]
        return values, choice["logprobs"]["token_logprobs"]

    right, sampled = scores(client.post("/v1/completions", json=body).json())
    client.post("/faults", json={"kind": "misscore", "count": 50})
    wrong, sampled_then = scores(client.post("/v1/completions", json=body).json())
    client.post("/faults", json={"kind": "misscore", "count": 0})
    assert wrong == pytest.approx([each - 0.05 for each in right])
    assert sampled_then == sampled
    assert scores(client.post("/v1/completions", json=body).json())[0] == right


def test_garbage_on_demand_takes_the_place_of_answers_each_kind_once_and_the_engine_hears_nothing(model, tmp_path):
    with running(model, AGENT0_FAULTS=str(tmp_path)) as (client, _process):
        client.post("/faults", json={"kind": "garbage", "count": len(GARBAGE)})
        answers = [client.post("/v1/completions", json=BODY) for _ in GARBAGE]
        assert client.get("/health").status_code == 200
        assert not (tmp_path / "asked.jsonl").exists()
        completed(client)
    sent = [json.loads(line)["garbage"] for line in (tmp_path / "garbage.jsonl").read_text().splitlines()]
    assert sorted(sent) == sorted(GARBAGE)
    assert [(each.status_code, each.content) for each in answers] == [GARBAGE[name][::2] for name in sent]


def test_sigterm_finishes_what_is_under_way(model):
    with running(model, "--faults") as (client, process):
        client.post("/faults", json={"kind": "slow", "count": 5})

        async def ask_and_stop():
            async with httpx.AsyncClient(base_url=client.base_url, timeout=60) as other:
                asking = asyncio.create_task(other.post("/v1/completions", json={**LONG, "max_tokens": 100}))
                while metric(client, "num_requests_running") == 0:
                    await asyncio.sleep(0.02)
                process.send_signal(signal.SIGTERM)
                return (await asking).json()

        answer = asyncio.run(ask_and_stop())
        assert answer["usage"]["completion_tokens"] == 100
        process.wait(timeout=30)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{client.base_url}/health")


def test_a_death_in_mid_batch_breaks_the_connection(model):
    with running(model, "--faults") as (client, process):
        client.post("/faults", json={"kind": "die_mid_batch", "count": 3})
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/v1/completions", json=LONG)
        assert process.wait(timeout=30) == 70


def test_the_queue_is_bounded(model):
    with running(model, "--max-num-queued-reqs", "10") as (client, _process):
        response = client.post("/v1/completions", json={**BODY, "n": 11})
        assert (response.status_code, response.json()["error"]["type"]) == (503, "ServiceUnavailableError")
        completed(client, n=10)


def test_a_key_is_asked_for_where_one_is_set_and_faults_only_exist_behind_their_flag(model):
    with running(model, VLLM_API_KEY="secret") as (client, _process):
        assert client.post("/v1/completions", json=BODY).status_code == 401
        assert client.post("/v1/completions", json=BODY, headers={"Authorization": "Bearer secret"}).status_code == 200
        assert client.get("/health").status_code == 200
        assert client.post("/faults", json={"kind": "hang"}).status_code == 404


def test_where_faults_have_a_folder_it_says_what_the_engine_took_and_not_what_was_refused(model, tmp_path):
    with running(model, AGENT0_FAULTS=str(tmp_path)) as (client, _process):
        completed(client, seed=7, n=3)
        client.post("/faults", json={"kind": "busy", "count": 1})
        assert client.post("/v1/completions", json={**BODY, "seed": 8}).status_code == 503
        completed(client, seed=9, n=1)
    lines = [json.loads(line) for line in (tmp_path / "asked.jsonl").read_text().splitlines()]
    assert [(line["seed"], line["n"]) for line in lines] == [(7, 3), (9, 1)]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--host", "0.0.0.0"], "set a key in VLLM_API_KEY"),
        (["--served-model-name", "x"], "is not a model folder"),
    ],
)
def test_a_server_that_must_not_or_cannot_start_says_why_in_one_line(model, tmp_path, flags, sentence):
    folder = model if "--host" in flags else tmp_path
    process = start(folder, *flags)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert sentence in told
    assert len(told.splitlines()) == 1


def test_a_tokenizer_of_another_model_is_refused(tmp_path):
    folder = random_model(tmp_path)
    settings = folder / "tokenizer_config.json"
    settings.write_text(settings.read_text().replace('"eos_token": "<|im_end|>"', '"eos_token": "<|im_start|>"'))
    process = start(folder)
    _, told = process.communicate(timeout=60)
    assert "the tokenizer ends texts with" in told


def test_no_answer_waits_for_the_acknowledgement_of_its_own_head():
    """asyncio sets TCP_NODELAY only on sockets whose protocol it sees."""
    with listening("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


HOSTILE_BODIES = [
    b"[" * 100_000,
    b'{"model": "base", "prompt": "a\\ud800b"}',
    b'{"model": "\\ud800", "prompt": [1]}',
    b'{"model": "base", "prompt": [1], "request_id": "\\ud800"}',
    b'{"model": "base", "prompt": [NaN]}',
    b"[]",
    b"null",
    b'{"model": "base", "prompt": [1], "seed": 1e400}',
]


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/load_lora_adapter", "/tokenize", "/detokenize"])
@pytest.mark.parametrize("body", HOSTILE_BODIES, ids=lambda body: body[:40])
def test_a_hostile_body_is_a_client_error_in_the_api_s_form(client, path, body):
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error"]["code"] == answer.status_code


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}])
def test_web_pages_and_rebound_names_reach_no_route(client, headers):
    answer = client.post("/v1/load_lora_adapter", json={"lora_name": "a", "lora_path": "/etc"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "PermissionDeniedError")


def test_a_form_reaches_no_route(client):
    form = {"content-type": "text/plain"}
    answer = client.post("/v1/unload_lora_adapter", content=b'{"lora_name": "a"}', headers=form)
    assert answer.status_code == 415
