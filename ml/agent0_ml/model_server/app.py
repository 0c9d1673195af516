"""The HTTP front: the routes of vLLM that agent0 uses."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from agent0_ml.http_guard import HttpGuard, internal_error, parse_json
from agent0_ml.model_server.answer import answer
from agent0_ml.model_server.engine import Job
from agent0_ml.model_server.errors import ApiError, bad_form, bad_input, bad_request
from agent0_ml.model_server.metrics import exposition
from agent0_ml.model_server.policies import Policy
from agent0_ml.model_server.request import is_ids, parse_completion
from agent0_ml.model_server.runner import Runner

VERSION = "embedded-1"
BODY_BYTES_MAX = 64 << 20
"""A prompt of a million token ids has 7 MB."""
WITHOUT_KEY = {"/health", "/version", "/load", "/metrics"}
"""As vLLM, and because they tell nothing of prompts or weights. All else needs the key."""
GARBLED = {"/v1/completions", "/v1/models"}
"""Routes whose answers a fault of kind `garbage` replaces."""
Handler = Callable[[Request], Awaitable[Response]]


async def _body(request: Request) -> dict:
    try:
        data = parse_json(await request.body())
    except ValueError as error:
        raise bad_form(f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise bad_form("the body must be a JSON object")
    return data


def _text_field(data: dict, name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise bad_form(f"{name} is missing or not a string", name)
    if not value:
        raise bad_input(f"{name} is empty", name)
    return value


class Front:
    def __init__(self, runner: Runner, api_key: str | None, with_faults: bool) -> None:
        self.runner, self.engine = runner, runner.engine
        self.policies, self.text = runner.engine.policies, runner.engine.text
        self.api_key, self.with_faults = api_key, with_faults

    async def completions(self, request: Request) -> Response:
        completion = parse_completion(await _body(request))
        self.runner.faults.before_request()
        job = self.runner.submit(completion)
        self.runner.faults.took(completion)
        if not await self._finished(job, request):
            return Response(status_code=499)
        if job.failure is not None:
            raise ApiError(500, job.failure)
        content = answer(job, self.text, self.runner.faults.misscored)
        return Response(orjson.dumps(content), media_type="application/json")

    async def _finished(self, job: Job, request: Request) -> bool:
        """Whether the job ended before the client went away; if it went, its samples are aborted."""
        watch = asyncio.create_task(self._abort_when_gone(job, request))
        try:
            return await job.done
        finally:
            watch.cancel()
            self.runner.abort(job)

    async def _abort_when_gone(self, job: Job, request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.runner.abort(job)

    async def models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [self._card(policy) for policy in self.policies.all()]})

    def _card(self, policy: Policy) -> dict:
        return {
            "id": policy.name,
            "object": "model",
            "created": policy.loaded_at,
            "owned_by": "agent0",
            "root": str(policy.path),
            "parent": None if policy is self.policies.base else self.policies.base.name,
            "max_model_len": self.engine.shapes.length_max,
            "digest": policy.digest,
            "load_ms": round(policy.load_ms, 1),
        }

    async def load(self, request: Request) -> Response:
        data = await _body(request)
        if data.get("load_inplace"):
            raise bad_request("load_inplace is not implemented: a policy's name is never reused", "load_inplace")
        name, path = _text_field(data, "lora_name"), Path(_text_field(data, "lora_path"))
        await self.runner.between_steps(lambda: self.policies.load(name, path))
        return PlainTextResponse(f"Success: LoRA adapter '{name}' added successfully.")

    async def unload(self, request: Request) -> Response:
        name = _text_field(await _body(request), "lora_name")
        await self.runner.between_steps(lambda: self.policies.unload(name))
        return PlainTextResponse(f"Success: LoRA adapter '{name}' removed successfully.")

    async def tokenize(self, request: Request) -> Response:
        data = await _body(request)
        if "prompt" not in data:
            raise bad_request("only prompt is implemented, not messages", "messages")
        ids = self.text.encode(_text_field(data, "prompt"), bool(data.get("add_special_tokens", True)))
        strings = [self.text.token_string(index) for index in ids] if data.get("return_token_strs") else None
        length = self.engine.shapes.length_max
        return JSONResponse({"count": len(ids), "max_model_len": length, "tokens": ids, "token_strs": strings})

    async def detokenize(self, request: Request) -> Response:
        tokens = (await _body(request)).get("tokens")
        if not is_ids(tokens) or not all(0 <= index < self.policies.config.vocab_size for index in tokens):
            raise bad_request("tokens must be a list of token ids", "tokens")
        return JSONResponse({"prompt": self.text.decode(tokens, skip_special=False)})

    async def health(self, _request: Request) -> Response:
        return Response(status_code=200 if self.runner.failure is None else 503)

    async def version(self, _request: Request) -> Response:
        return JSONResponse({"version": VERSION})

    async def server_load(self, _request: Request) -> Response:
        return JSONResponse({"server_load": self.engine.running + self.engine.waiting})

    async def metrics(self, _request: Request) -> Response:
        return PlainTextResponse(exposition(self.engine))

    async def faults(self, request: Request) -> Response:
        data = await _body(request)
        await self.runner.between_steps(lambda: self.runner.faults.plan(data, self.policies))
        return PlainTextResponse("planned")

    def guarded(self, handler: Handler) -> Handler:
        """Failures in vLLM's form; where a key is set, only those who know it come in."""

        async def guard(request: Request) -> Response:
            try:
                if self.api_key is not None and request.url.path not in WITHOUT_KEY:
                    given = request.headers.get("authorization", "").removeprefix("Bearer ")
                    if not hmac.compare_digest(given.encode(), self.api_key.encode()):
                        return JSONResponse({"error": "Unauthorized"}, status_code=401)
                if request.url.path in GARBLED and (garbage := self.runner.faults.instead_of_answer()) is not None:
                    return garbage
                return await handler(request)
            except ApiError as error:
                return JSONResponse(error.body(), status_code=error.status)

        return guard

    def routes(self) -> list[Route]:
        posts = {
            "/v1/completions": self.completions,
            "/v1/load_lora_adapter": self.load,
            "/v1/unload_lora_adapter": self.unload,
            "/tokenize": self.tokenize,
            "/detokenize": self.detokenize,
            **({"/faults": self.faults} if self.with_faults else {}),
        }
        gets = {
            "/health": self.health,
            "/version": self.version,
            "/load": self.server_load,
            "/metrics": self.metrics,
            "/v1/models": self.models,
        }
        return [Route(path, self.guarded(handler), methods=["POST"]) for path, handler in posts.items()] + [
            Route(path, self.guarded(handler), methods=["GET"]) for path, handler in gets.items()
        ]


async def _not_found(request: Request, _error: Exception) -> Response:
    return JSONResponse(ApiError(404, f"Not Found: {request.url.path}").body(), status_code=404)


def create_app(
    engine_runner: Callable[[], Runner], api_key: str | None, with_faults: bool, host: str = "127.0.0.1"
) -> HttpGuard:
    def error_body(status: int, reason: str) -> dict:
        return ApiError(status, reason).body()

    app = Starlette(exception_handlers={404: _not_found, Exception: internal_error(error_body)})

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        runner = engine_runner()
        app.router.routes.extend(Front(runner, api_key, with_faults).routes())
        yield
        runner.close()

    app.router.lifespan_context = lifespan
    return HttpGuard(app, host, BODY_BYTES_MAX, error_body)
