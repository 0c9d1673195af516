"""`python -m agent0_ml.model_server MODEL_FOLDER`: serves a Qwen3-architecture model on this machine's CPU.

The first line on standard output is the address, printed once requests are answered. SIGTERM: no new requests, those
under way are finished for up to --shutdown-timeout seconds, then exit.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from pathlib import Path

import torch
import uvicorn

from agent0_ml.http_guard import is_loopback
from agent0_ml.model_server.app import create_app
from agent0_ml.model_server.faults import VARIABLE, Faults
from agent0_ml.model_server.options import KEY_VARIABLE, load_engine, parse_options
from agent0_ml.model_server.runner import Runner
from agent0_ml.qwen3.config import BadModel

THREAD_SWITCH_S = 1e-5
"""Every tensor operation lets go of the interpreter and wants it back; Python's 5 ms would stall a step many times."""


def listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns off Nagle's delay (40 ms an answer) only where it sees TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            print(f"http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)


def main(arguments: list[str]) -> int:
    options = parse_options(arguments)
    api_key = os.environ.get(KEY_VARIABLE) or None
    if api_key is None and not is_loopback(options.host):
        print(f"--host {options.host} is open to other machines: set a key in {KEY_VARIABLE}", file=sys.stderr)
        return 2
    torch.set_num_threads(options.threads)
    sys.setswitchinterval(THREAD_SWITCH_S)
    try:
        engine = load_engine(options)
    except BadModel as error:
        print(f"{options.model} cannot be served: {error}", file=sys.stderr)
        return 2

    # What is loaded stays: no later collection looks through it again.
    gc.collect()
    gc.freeze()

    def stop() -> None:
        server.should_exit = True

    faults = Faults(folder=Path(folder) if (folder := os.environ.get(VARIABLE)) else None)
    with_faults = options.faults or faults.folder is not None

    def runner() -> Runner:
        return Runner(engine, faults, options.threads, on_failure=stop)

    app = create_app(runner, api_key, with_faults, options.host)
    settings = uvicorn.Config(
        app,
        lifespan="on",
        log_level="warning",
        access_log=False,
        backlog=4096,
        timeout_graceful_shutdown=options.shutdown_timeout,
    )
    server = _Server(settings)
    server.run(sockets=[listening(options.host, options.port)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
