"""What both services refuse before a route sees it. The app behind the guard here answers with what it was sent."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from agent0_ml.http_guard import HttpGuard, internal_error, parse_json

BODY_BYTES_MAX = 1_000
JSON = {"content-type": "application/json"}


async def echo(request: Request) -> JSONResponse:
    try:
        return JSONResponse({"got": parse_json(await request.body())})
    except ValueError as error:
        return JSONResponse({"error": str(error)}, 400)


async def breaks(_: Request) -> JSONResponse:
    raise RuntimeError("a secret of the inside")


def client(host: str = "127.0.0.1", base_url: str = "http://127.0.0.1:8000") -> TestClient:
    def error_body(status: int, reason: str) -> dict:
        return {"error": reason, "status": status}

    routes = [Route("/x", echo, methods=["POST", "GET"]), Route("/breaks", breaks)]
    app = Starlette(routes=routes, exception_handlers={Exception: internal_error(error_body)})
    guard = HttpGuard(app, host, BODY_BYTES_MAX, error_body)
    return TestClient(guard, base_url=base_url, raise_server_exceptions=False)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:1", "[::1]:8000", "127.9.9.9"])
def test_this_machine_s_own_names_come_in(host):
    assert client().post("/x", content=b"{}", headers={**JSON, "host": host}).json() == {"got": {}}


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "", "0.0.0.0"]
)
def test_another_name_is_refused_on_loopback(host):
    answer = client().post("/x", content=b"{}", headers={**JSON, "host": host})
    assert (answer.status_code, "names of its own machine" in answer.json()["error"]) == (403, True)


def test_a_service_that_is_open_to_others_takes_any_name_since_it_has_a_token():
    assert client(host="0.0.0.0").post("/x", content=b"{}", headers={**JSON, "host": "gpu-7"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:8000", "null"])
def test_web_pages_are_refused(origin):
    assert client().get("/x", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_that_a_form_could_send_is_refused(kind):
    assert client().post("/x", content=b"{}", headers={"content-type": kind}).status_code == 415


def test_json_with_a_charset_and_no_body_at_all_come_in():
    declared = {"content-type": "application/json; charset=utf-8"}
    assert client().post("/x", content=b"{}", headers=declared).status_code == 200
    assert client().get("/x").status_code == 400  # by the app: an empty text is not JSON


def test_a_long_body_is_refused_by_its_declared_length():
    answer = client().post("/x", content=b"1" * (BODY_BYTES_MAX + 1), headers=JSON)
    assert (answer.status_code, str(BODY_BYTES_MAX) in answer.json()["error"]) == (413, True)


def test_a_body_without_a_length_is_refused():
    pieces = (b"1" * 100 for _ in range(100))
    assert client().post("/x", content=pieces, headers=JSON).status_code == 411


@pytest.mark.parametrize("length", ["-1", "1e9", "9" * 400, "abc"])
def test_a_length_that_is_none_is_refused(length):
    assert client().post("/x", headers={**JSON, "content-length": length}).status_code == 413


@pytest.mark.parametrize(
    "body",
    [b"[" * 900, b'"\\ud800"', b'{"a": "\\ud800"}', b'"\xff"', b"NaN", b"[Infinity]", b"{", b"\0", b"",
     b"9" * 900 + b"x"],
)
def test_hostile_json_is_one_sentence_of_the_app(body):
    assert client().post("/x", content=body, headers=JSON).status_code == 400


def test_a_deep_value_is_no_bug_of_ours():
    with pytest.raises(ValueError, match=r".+"):
        parse_json(b"[" * 100_000)


def test_a_long_path_is_refused():
    assert client().get("/" + "9" * 5_000).status_code == 414


def test_a_bug_is_one_sentence_that_tells_nothing_of_the_inside():
    answer = client().get("/breaks")
    assert (answer.status_code, answer.json()) == (500, {"error": "internal error: RuntimeError", "status": 500})
