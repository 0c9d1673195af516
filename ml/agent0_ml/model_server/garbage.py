"""Answers that no model server gives, for chaos runs: what a proxy, a cut connection or another program would send."""

from __future__ import annotations

import json

FACE = "\U0001f600"
"""Two UTF-16 units: what is cut between them leaves half a character."""
MEGABYTES = 4 << 20
JSON, HTML, TEXT = "application/json", "text/html", "text/plain"


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


def _choice(**fields: object) -> dict:
    return {"index": 0, "finish_reason": "stop", "text": "\ud83d", "token_ids": [1], **fields}


GARBAGE: dict[str, tuple[int, str, bytes]] = {
    "JSON that breaks off behind half a character": (200, JSON, f'{{"choices":[{{"text": {FACE * 40}'.encode()),
    "JSON that is cut within a character": (200, JSON, f'{{"choices":[{{"text":"{FACE}'.encode()[:-2]),
    "half characters in every string": (200, JSON, _json({"id": "\ud83d", "model": "\ude00", "\ud83d": ["\ude00"]})),
    "a choice with half a character and no number": (200, JSON, _json({"choices": [_choice(index="\ude00")]})),
    "an error with half characters": (500, JSON, _json({"error": {"message": f"\ud83d {FACE}\ude00" * 100}})),
    "an error of megabytes of HTML": (502, HTML, f"<html>{FACE * (MEGABYTES // 4)}".encode()),
    "megabytes of HTML": (200, HTML, f"<html>{FACE * (MEGABYTES // 4)}".encode()),
    "megabytes in one string": (200, JSON, _json({"choices": "x" * MEGABYTES})),
    "control characters": (503, TEXT, "\0\x1b[2J\x1b]0;title\x07\x9b31m\u202ereversed".encode()),
    "lists in lists": (200, JSON, b"[" * 100_000),
    "nothing": (200, JSON, b""),
    "null": (200, JSON, b"null"),
    "a list": (200, JSON, b"[]"),
    "a number": (200, JSON, b"1e999"),
    "choices that are a number": (200, JSON, _json({"model": "x", "choices": 7})),
    "choices that are null": (200, JSON, _json({"model": "x", "choices": [None, None]})),
    "logprobs that are texts": (200, JSON, _json({"choices": [_choice(logprobs={"token_logprobs": ["\ud83d"]})]})),
    "an event stream": (200, "text/event-stream", f"data: {FACE}\n\n".encode()),
}
"""Status, content type and body, by name. Whoever reads one must ask again: none is a decision of the server."""
