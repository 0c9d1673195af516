"""The trainer over HTTP: a job table around one thread that computes. What is done is read from the store, never from
the table, so a restart forgets nothing but the progress of what it interrupted.

    PUT  /v1/lineages/{lineage}/steps/{n}   {parent, batch: {uri, sha256}, config: {uri, sha256}, attempt, setAside}
         parent: digest of the parent checkpoint; null: the base model (the former name, base, is still read)
         setAside: digest of the head, where the parent is an earlier checkpoint of the lineage; else absent or null
         200 stored · 201 accepted, or already running · 409 other digests · 412 parent is not the head · 422 refused
    GET  /v1/lineages/{lineage}/steps/{n}?wait=S   returns when the step ends, after S seconds at the latest
    POST /v1/lineages/{lineage}/steps/{n}/abort
    GET  /v1/lineages/{lineage}                    the head
    PUT, DELETE /v1/checkpoints/{digest}/pins/{holder}   a pinned checkpoint is not pruned
    GET  /healthz (the process; a step that moves) /livez (the worker too: a forward pass, if no step runs)
"""

import asyncio
import hmac
import os
import sys
import time
import traceback
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from agent0_ml.http_guard import HttpGuard, internal_error, is_loopback, parse_json
from agent0_ml.trainer.errors import Aborted, Conflict, NotHead, Refusal, StepError, described
from agent0_ml.trainer.store import Store, checked_digest
from agent0_ml.trainer.trainer import StepRequest, Trainer

WAIT_SECONDS_MAX = 60.0
STALLED_SECONDS = 600.0
FORWARD_SECONDS_MAX = 30.0
LONG_POLL_GRACE_SECONDS = 2
"""How long a stopping service lets open requests go on."""

TOKEN_VARIABLE = "AGENT0_TRAINER_TOKEN"
BODY_BYTES_MAX = 1 << 20


class Job:
    """One attempt at a step in this process. States: queued, running, then done, refused, aborted or failed."""

    def __init__(self, request: StepRequest):
        self.request = request
        self.state, self.phase, self.tokens_done, self.heartbeat_at = "queued", "queued", 0, time.time()
        self.trouble: dict[str, str] = {}
        self.abort_asked = False
        self.future: Future

    def progress(self, phase: str, tokens: int) -> None:
        self.phase, self.tokens_done, self.heartbeat_at = phase, tokens, time.time()
        if self.abort_asked:
            raise Aborted("abort requested")

    def run(self, trainer: Trainer) -> None:
        self.state = "running"
        try:
            self.progress("start", 0)
            trainer.step(self.request, self.progress)
            self.state = "done"
        except Exception as error:
            self.state, self.trouble = state_after(error), described(error)
            if self.state == "failed":
                traceback.print_exc()

    def view(self) -> dict:
        return {"state": self.state, "phase": self.phase, "tokensDone": self.tokens_done,
                "heartbeatAtMs": round(self.heartbeat_at * 1000), **self.trouble}


class Service:
    def __init__(self, trainer: Trainer):
        self.trainer = trainer
        self.jobs: dict[tuple[str, int], Job] = {}
        self.worker = ThreadPoolExecutor(1, "trainer")

    async def put_step(self, request: Request) -> JSONResponse:
        wanted = self.step_request(*place(request), await body(request))
        job = self.jobs.get((wanted.lineage, wanted.step))
        if job is not None and not job.future.done():
            if job.request.made_from != wanted.made_from:
                raise Conflict(f"step {wanted.step} of {wanted.lineage} is being made from {job.request.made_from}")
            return JSONResponse(job.view(), 201)
        record = self.trainer.stored(wanted)
        if record is not None:
            return JSONResponse({"state": "done", "result": record})
        job = self.jobs[(wanted.lineage, wanted.step)] = Job(wanted)
        job.future = self.worker.submit(job.run, self.trainer)
        return JSONResponse(job.view(), 201)

    def step_request(self, lineage: str, step: int, wanted: dict) -> StepRequest:
        try:
            batch, config, store = wanted["batch"], wanted["config"], self.trainer.store
            parent = wanted["base"] if "base" in wanted else wanted["parent"]
            return StepRequest(
                lineage, step, self.trainer.base if parent is None else checked_digest(parent),
                store.inside(batch["uri"]),
                checked_digest(batch["sha256"]), store.inside(config["uri"]), checked_digest(config["sha256"]),
                checked_attempt(wanted.get("attempt", 0)),
                None if wanted.get("setAside") is None else checked_digest(wanted["setAside"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Refusal(f"body: {type(error).__name__}: {error}") from error

    async def get_step(self, request: Request) -> JSONResponse:
        key = place(request)
        job = self.jobs.get(key)
        if job is not None:
            wait = wait_seconds(request.query_params.get("wait", "0"))
            await asyncio.wait([asyncio.wrap_future(job.future)], timeout=wait)
        record = self.trainer.store.record(*key)
        if record is not None:
            return JSONResponse({"state": "done", "result": record})
        if job is not None:
            running = self.running() or job
            # A step that waits for another one is as alive as that.
            beat = {"heartbeatAtMs": running.view()["heartbeatAtMs"]} if job.state == "queued" else {}
            return JSONResponse({**job.view(), **beat})
        return JSONResponse({"error": "this step has not been requested since the service started"}, 404)

    async def abort(self, request: Request) -> JSONResponse:
        job = self.jobs.get(place(request))
        if job is None or job.future.done():
            return JSONResponse({"error": "the step is not running"}, 404)
        job.abort_asked = True
        return JSONResponse(job.view(), 202)

    async def head(self, request: Request) -> JSONResponse:
        step, digest = self.trainer.store.head(request.path_params["lineage"], self.trainer.base)
        return JSONResponse({"step": step, "checkpointDigest": digest})

    async def pin(self, request: Request) -> JSONResponse:
        act = self.trainer.store.pin if request.method == "PUT" else self.trainer.store.unpin
        act(request.path_params["digest"], request.path_params["holder"])
        return JSONResponse({})

    def running(self) -> Job | None:
        return next((job for job in self.jobs.values() if job.state == "running"), None)

    async def healthz(self, _: Request) -> JSONResponse:
        found, status = {"base": self.trainer.base}, 200
        if job := self.running():
            quiet = time.time() - job.heartbeat_at
            found, status = {**found, **job.view(), "quietSeconds": quiet}, 200 if quiet < STALLED_SECONDS else 503
        return JSONResponse(found, status)

    async def livez(self, request: Request) -> JSONResponse:
        if self.running():
            return await self.healthz(request)
        try:
            future = asyncio.wrap_future(self.worker.submit(self.trainer.policy.forward_once))
            return JSONResponse({"logit": await asyncio.wait_for(future, FORWARD_SECONDS_MAX)})
        except Exception as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 503)

    def end(self) -> None:
        for job in self.jobs.values():
            job.abort_asked = True
        self.worker.shutdown(wait=True, cancel_futures=True)


def state_after(error: Exception) -> str:
    """refused: asking again cannot help. failed: an outage."""
    if isinstance(error, Aborted):
        return "aborted"
    return "refused" if isinstance(error, StepError) else "failed"


def place(request: Request) -> tuple[str, int]:
    return request.path_params["lineage"], request.path_params["step"]


def checked_attempt(value: object) -> int:
    if type(value) is not int or not 0 <= value < 10**6:
        raise ValueError(f"attempt: {value!r} is not a whole number from 0")
    return value


def wait_seconds(text: str) -> float:
    if not text.isdecimal():
        raise Refusal(f"wait: {text!r} is not a whole number of seconds")
    return min(float(text), WAIT_SECONDS_MAX)


async def body(request: Request) -> dict:
    try:
        data = parse_json(await request.body())
    except ValueError as error:
        raise Refusal(f"body: not JSON: {error}") from error
    if not isinstance(data, dict):
        raise Refusal("body: not a JSON object")
    return data


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StepError)
    head = {"head": error.head} if isinstance(error, NotHead) else {}
    return JSONResponse({"error": type(error).__name__, "reason": str(error), **head}, error.status)


def refusal_body(status: int, reason: str) -> dict:
    """What the guard refuses is refused for good; a bug of ours may be an outage."""
    return {"error": "Refusal" if status < 500 else "Failure", "reason": reason}


def bearer_guard(token: str) -> Callable:
    async def guard(request: Request, call_next: Callable):
        brought = request.headers.get("authorization", "")
        if request.url.path == "/healthz" or hmac.compare_digest(brought.encode(), f"Bearer {token}".encode()):
            return await call_next(request)
        return JSONResponse({"error": "a bearer token is needed"}, 401)

    return guard


def app_of(service: Service, token: str | None, host: str = "127.0.0.1") -> HttpGuard:
    @asynccontextmanager
    async def lifespan(_: Starlette):
        yield
        service.end()

    step = "/v1/lineages/{lineage}/steps/{step:int}"
    routes = [
        Route(step, service.put_step, methods=["PUT"]), Route(step, service.get_step),
        Route(f"{step}/abort", service.abort, methods=["POST"]), Route("/v1/lineages/{lineage}", service.head),
        Route("/v1/checkpoints/{digest}/pins/{holder}", service.pin, methods=["PUT", "DELETE"]),
        Route("/healthz", service.healthz), Route("/livez", service.livez),
    ]
    guards = [Middleware(BaseHTTPMiddleware, dispatch=bearer_guard(token))] if token else []
    handlers = {StepError: answer_error, Exception: internal_error(refusal_body)}
    app = Starlette(routes=routes, middleware=guards, exception_handlers=handlers, lifespan=lifespan)
    return HttpGuard(app, host, BODY_BYTES_MAX, refusal_body)


def serve(options: Namespace, device: torch.device) -> int:
    token = options.token_file.read_text().strip() if options.token_file else os.environ.get(TOKEN_VARIABLE)
    if not is_loopback(options.host) and not token:
        needs = f"it needs --token-file, or a token in {TOKEN_VARIABLE}"
        print(f"--host {options.host} is open to others: {needs}", file=sys.stderr)
        return Refusal.exit_code
    trainer = Trainer(Store(Path(options.store)), options.base, device, options.keep_last, options.milestone_every)
    app = app_of(Service(trainer), token, options.host)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning",
                timeout_graceful_shutdown=LONG_POLL_GRACE_SECONDS)
    return 0
