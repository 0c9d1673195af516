"""`python -m agent0_ml.trainer step …`: one step and out. `… serve …`: the HTTP service."""

# ruff: noqa: E402
import gc

gc.disable()  # nothing that is imported here is garbage, and looking for it took 0.8 s of 6

import argparse
import json
import sys
import time
import traceback
from pathlib import Path

import torch

from agent0_ml.trainer import ranks
from agent0_ml.trainer.errors import StepError, described
from agent0_ml.trainer.files import file_digest
from agent0_ml.trainer.service import serve
from agent0_ml.trainer.store import Store
from agent0_ml.trainer.trainer import StepRequest, Trainer

gc.enable()

OUTAGE_EXIT_CODE = 75
"""EX_TEMPFAIL: try again."""
TELL_SECONDS = 5.0


def arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m agent0_ml.trainer", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--base", type=Path, required=True, help="folder of the base model")
    shared.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    shared.add_argument("--keep-last", type=int, default=0, help="checkpoints kept per lineage; 0: all")
    shared.add_argument("--milestone-every", type=int, default=0, help="keep every n-th step for ever; 0: none")
    step = commands.add_parser("step", parents=[shared], allow_abbrev=False)
    step.add_argument("--batch", type=Path, required=True, help="Parquet file")
    step.add_argument("--batch-digest", help="what its SHA-256 must be; without it, what it is")
    step.add_argument("--config", type=Path, required=True, help="JSON file")
    step.add_argument("--config-digest", help="likewise")
    step.add_argument("--out", type=Path, required=True, help="store, made if it is not there")
    step.add_argument("--lineage", default="default", help="chain of steps, <run>-<role>")
    step.add_argument("--step", type=int, help="its number, from 1; without it, the one after the head")
    step.add_argument("--parent", help="digest or 'base'; without it, the head, or a stored step's own parent")
    step.add_argument("--set-aside", help="digest of the head, where --parent is an earlier checkpoint of the lineage")
    step.add_argument("--attempt", type=int, default=0, help="fences lower ones")
    serve = commands.add_parser("serve", parents=[shared], allow_abbrev=False)
    serve.add_argument("--store", type=Path, required=True)
    serve.add_argument("--host", default="127.0.0.1", help="another than loopback needs --token-file")
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--token-file", type=Path, help="holds the bearer token that requests must bring")
    return parser.parse_args(words)


class Teller:
    """Lines on stderr: each phase as it comes, and signs of life within one, some seconds apart."""

    def __init__(self) -> None:
        self.line: dict = {"phase": "start", "tokensDone": 0}
        self.told_at, self.allowance = time.monotonic(), 0.0

    def progress(self, phase: str, tokens: int) -> None:
        self.line = {"phase": phase, "tokensDone": tokens}
        self.tell(0.0)

    def pulse(self, seconds: float) -> None:
        if seconds > self.allowance + 1 or time.monotonic() - self.told_at >= TELL_SECONDS:
            self.tell(seconds)

    def tell(self, allowance: float) -> None:
        self.told_at, self.allowance = time.monotonic(), allowance
        if ranks.rank() == 0:
            more = {"allowanceSeconds": round(allowance)} if allowance >= 1 else {}
            print(json.dumps({**self.line, **more}), file=sys.stderr, flush=True)


def step(options: argparse.Namespace, trainer: Trainer, teller: Teller) -> dict:
    head_step, head = trainer.store.head(options.lineage, trainer.base)
    number = options.step or head_step + 1
    stored = trainer.store.record(options.lineage, number)
    parent = options.parent or (stored["madeFrom"]["parent"] if stored else head)
    parent = trainer.base if parent == "base" else parent
    request = StepRequest(
        options.lineage, number, parent, options.batch, options.batch_digest or file_digest(options.batch),
        options.config, options.config_digest or file_digest(options.config), options.attempt, options.set_aside)
    return trainer.step(request, teller.progress, teller.pulse)


def main(words: list[str] | None = None) -> int:
    """The exit code: 0 only if the step is in the store."""
    options = arguments(words)
    device = torch.device(options.device)
    if options.command == "serve":
        return serve(options, device)
    try:
        device = ranks.start(device)
        teller = Teller()
        teller.progress("read the base", 0)
        trainer = Trainer(Store(options.out), options.base, device, options.keep_last, options.milestone_every,
                          teller.pulse)
        record = step(options, trainer, teller)
    except Exception as error:
        if not isinstance(error, StepError):
            traceback.print_exc()
        print(json.dumps(described(error)), file=sys.stderr)
        return error.exit_code if isinstance(error, StepError) else OUTAGE_EXIT_CODE
    if ranks.rank() == 0:
        print(json.dumps(record))
    ranks.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
