"""What every HTTP service of ours refuses before a route sees it. A port on loopback is open to each user of the
machine and, by a page that sends forms or rebinds a name, to each web page that its browser shows: being reachable
proves nothing.

    403  the Host is another name than this machine's own (DNS rebinding), or a web page asks (Origin)
    411  a body without a length, which could go on for ever
    413  the body is longer than the service ever needs
    414  the path is longer than any of ours
    415  a body that is not declared as JSON: forms may be sent across origins, JSON may not

`parse_json` and `internal_error` are for its routes: what JSON cannot hold is 400, a bug of ours is one sentence
without a traceback.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse

PATH_BYTES_MAX = 2_000

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_name(header: str) -> str:
    """The name in a Host header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def parse_json(body: bytes) -> object:
    """Raises ValueError for what cannot be taken: half characters, NaN and more than 1,024 levels included."""
    return orjson.loads(body)


class Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class HttpGuard:
    """ASGI, around an app. `host`: what the service listens on; on loopback it answers to this machine's names only.
    `error_body`: how the service tells a failure."""

    def __init__(self, app: App, host: str, body_bytes_max: int, error_body: Callable[[int, str], dict]) -> None:
        self.app, self.body_bytes_max, self.error_body = app, body_bytes_max, error_body
        self.only_loopback = is_loopback(host)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._check(scope)
        except Refused as error:
            await self._answer(send, error.status, str(error))
            return
        await self.app(scope, receive, send)

    def _check(self, scope: Message) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if len(scope.get("raw_path") or b"") > PATH_BYTES_MAX:
            raise Refused(414, f"the path is longer than {PATH_BYTES_MAX} bytes")
        if self.only_loopback and not is_loopback(host_name(headers.get(b"host", ""))):
            asked = headers.get(b"host", "")[:100]
            raise Refused(403, f"this service answers to names of its own machine, not to {asked!r}")
        if b"origin" in headers:
            raise Refused(403, "this service is not for web pages")
        if b"transfer-encoding" in headers:
            raise Refused(411, "a body needs a Content-Length")
        length = headers.get(b"content-length", "0")
        if not length.isdecimal() or len(length) > 15 or int(length) > self.body_bytes_max:
            raise Refused(413, f"the body is longer than {self.body_bytes_max} bytes")
        kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        if int(length) > 0 and kind != "application/json":
            raise Refused(415, "a body must be declared as application/json")

    async def _answer(self, send: Send, status: int, reason: str) -> None:
        body = orjson.dumps(self.error_body(status, reason))
        headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})


def internal_error(error_body: Callable[[int, str], dict]) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    """For Starlette's `exception_handlers`, under `Exception`. The traceback goes to the service's log."""

    async def handler(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse(error_body(500, f"internal error: {type(error).__name__}"), 500)

    return handler
