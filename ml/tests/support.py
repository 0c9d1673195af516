"""Builders that several tests share."""

from __future__ import annotations

from pathlib import Path

from agent0_ml.model_server.engine import Engine
from agent0_ml.model_server.options import load_engine, parse_options
from agent0_ml.model_server.request import parse_completion
from agent0_ml.model_server.sample import Sample
from agent0_ml.qwen3.checkpoint import save_decoder
from agent0_ml.tiny_world import tokenizer
from agent0_ml.tiny_world.pretrain import fresh_decoder

SHIPPED = Path(__file__).parents[2] / "models" / "tiny-world"


def random_model(folder: Path, seed: int = 0) -> Path:
    """A model folder of the tiny world's shape whose weights are random: it writes noise."""
    decoder = fresh_decoder(seed)
    for name, parameter in decoder.named_parameters():
        if parameter.dim() == 2 and "embed" not in name:
            parameter.data *= 4
    save_decoder(decoder, folder, pad_token_id=0)
    tokenizer.save(folder)
    return folder


def engine_of(folder: Path, *flags: str) -> Engine:
    return load_engine(parse_options([str(folder), *flags]))


def complete(engine: Engine, *bodies: dict) -> list[list[Sample]]:
    """The samples of requests that run together."""
    jobs = [engine.submit(parse_completion({"model": "base", **body})) for body in bodies]
    while engine.has_work:
        engine.step()
    return [job.samples for job in jobs]
