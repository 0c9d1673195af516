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
    PUT  /v1/holders/{holder}   {checkpoints: [digest, …]}: all that it needs; what it named before is released
    GET  /healthz (the process; a step that moves) /livez (the worker too: a forward pass, if no step runs)

It listens at once. Until it has hashed and read the base, all answers are 503: `error` is Starting, and that of
/healthz has `state` starting and says whether it moves. A supervisor waits for as long as it does.
"""

import asyncio
import hmac
import os
import sys
import time
import traceback
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from agent0_ml.http_guard import HttpGuard, internal_error, is_loopback, parse_json
from agent0_ml.trainer.errors import Aborted, Conflict, NotHead, Refusal, Starting, StepError, described
from agent0_ml.trainer.files import Pulse
from agent0_ml.trainer.store import Store, checked_digest
from agent0_ml.trainer.trainer import StepRequest, Trainer

WAIT_SECONDS_MAX = 60.0
STALLED_SECONDS = 600.0
FORWARD_SECONDS_MAX = 30.0
LONG_POLL_GRACE_SECONDS = 2
"""How long a stopping service lets open requests go on."""

END_SECONDS = 10.0
"""How long a stopping service waits for its step to stop. The supervisor kills it after twenty."""

TOKEN_VARIABLE = "AGENT0_TRAINER_TOKEN"
BODY_BYTES_MAX = 1 << 20


class Heartbeat:
    """When something last moved, and how much longer than the usual its next sign of life may take, seconds."""

    def __init__(self) -> None:
        self.at, self.allowance = time.time(), 0.0

    def pulse(self, allowance: float) -> None:
        self.at, self.allowance = time.time(), allowance

    def view(self) -> dict:
        return {"quietSeconds": time.time() - self.at, "allowanceSeconds": self.allowance}

    @property
    def moves(self) -> bool:
        return time.time() - self.at < STALLED_SECONDS + self.allowance


class Job:
    """One attempt at a step in this process. States: queued, running, then done, refused, aborted or failed."""

    def __init__(self, request: StepRequest):
        self.request, self.heartbeat = request, Heartbeat()
        self.state, self.phase, self.tokens_done = "queued", "queued", 0
        self.trouble: dict[str, str] = {}
        self.abort_asked = False
        self.future: Future

    def progress(self, phase: str, tokens: int) -> None:
        self.phase, self.tokens_done = phase, tokens
        self.heartbeat.pulse(0.0)
        if self.abort_asked:
            raise Aborted("abort requested")

    def run(self, trainer: Trainer) -> None:
        self.state = "running"
        try:
            self.progress("start", 0)
            trainer.step(self.request, self.progress, self.heartbeat.pulse)
            self.state = "done"
        except Exception as error:
            self.state, self.trouble = state_after(error), described(error)
            if self.state == "failed":
                traceback.print_exc()

    def view(self) -> dict:
        beat = {"heartbeatAtMs": round(self.heartbeat.at * 1000), "allowanceSeconds": self.heartbeat.allowance}
        return {"state": self.state, "phase": self.phase, "tokensDone": self.tokens_done, **beat, **self.trouble}


class Service:
    def __init__(self, open_trainer: Callable[[Pulse], Trainer], end_seconds: float = END_SECONDS):
        """Opens the trainer in its thread. `end_seconds`: how long `end` waits for what that thread does."""
        self.jobs: dict[tuple[str, int], Job] = {}
        self.worker, self.end_seconds = ThreadPoolExecutor(1, "trainer"), end_seconds
        self.start = Heartbeat()
        self.opened = self.worker.submit(open_trainer, self.start.pulse)

    @property
    def trainer(self) -> Trainer:
        if not self.opened.done():
            raise Starting("the trainer is reading the base model")
        return self.opened.result()

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
            beat = {name: running.view()[name] for name in ("heartbeatAtMs", "allowanceSeconds")}
            return JSONResponse({**job.view(), **(beat if job.state == "queued" else {})})
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

    async def hold(self, request: Request) -> JSONResponse:
        wanted = (await body(request)).get("checkpoints")
        if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
            raise Refusal("body: checkpoints: not a list of digests")
        self.trainer.store.hold(request.path_params["holder"], [checked_digest(each) for each in wanted])
        return JSONResponse({})

    def running(self) -> Job | None:
        return next((job for job in self.jobs.values() if job.state == "running"), None)

    async def healthz(self, _: Request) -> JSONResponse:
        if not self.opened.done():
            found = {"error": "Starting", "state": "starting", "moves": self.start.moves, **self.start.view()}
            return JSONResponse(found, Starting.status)
        found, status = {"base": self.trainer.base}, 200
        if job := self.running():
            found = {**found, **job.view(), **job.heartbeat.view()}
            status = 200 if job.heartbeat.moves else 503
        return JSONResponse(found, status)

    async def livez(self, request: Request) -> JSONResponse:
        if self.running() or not self.opened.done():
            return await self.healthz(request)
        try:
            future = asyncio.wrap_future(self.worker.submit(self.trainer.policy.forward_once))
            return JSONResponse({"logit": await asyncio.wait_for(future, FORWARD_SECONDS_MAX)})
        except Exception as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 503)

    def end(self) -> None:
        """Returns when the thread has stopped, or hangs. A step that is cut off leaves nothing half-done."""
        for job in self.jobs.values():
            job.abort_asked = True
        self.worker.shutdown(wait=False, cancel_futures=True)
        wait([each for each in (self.opened, *(job.future for job in self.jobs.values())) if not each.done()],
             timeout=self.end_seconds)


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
        Route("/v1/holders/{holder}", service.hold, methods=["PUT"]),
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

    def opened(pulse: Pulse) -> Trainer:
        return Trainer(Store(options.store), options.base, device, options.keep_last, options.milestone_every, pulse)

    return run(Service(opened), token, options.host, options.port)


def run(service: Service, token: str | None, host: str, port: int) -> int:
    """Serves until a signal comes, or the trainer cannot be opened. Gives the exit code."""
    server = uvicorn.Server(uvicorn.Config(app_of(service, token, host), host=host, port=port, log_level="warning",
                                           timeout_graceful_shutdown=LONG_POLL_GRACE_SECONDS))

    def leave_if_failed(opened: Future) -> None:
        server.should_exit = server.should_exit or opened.cancelled() or opened.exception() is not None

    service.opened.add_done_callback(leave_if_failed)
    server.run()
    if not service.opened.done() or service.opened.cancelled():
        return 0
    if (error := service.opened.exception()) is None:
        return 0
    traceback.print_exception(error)
    return error.exit_code if isinstance(error, StepError) else 1
