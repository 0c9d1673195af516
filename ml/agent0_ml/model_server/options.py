"""What the server is told on its command line, and the engine that follows from it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agent0_ml.model_server.engine import Engine
from agent0_ml.model_server.invariance import is_batch_invariant
from agent0_ml.model_server.policies import Policies
from agent0_ml.model_server.shapes import ROWS_MULTIPLE, Shapes, round_up
from agent0_ml.model_server.text import Text
from agent0_ml.qwen3.config import Qwen3Config

KEY_VARIABLE = "VLLM_API_KEY"
ROWS_MAX = 256


def parse_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="agent0_ml.model_server", description="Serves a Qwen3-architecture model on this machine's CPU."
    )
    parser.add_argument("model", type=Path, help="folder with config.json, weights and tokenizer.json")
    parser.add_argument("--served-model-name", default="base")
    parser.add_argument("--host", default="127.0.0.1", help=f"another than loopback wants a key in {KEY_VARIABLE}")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument(
        "--max-num-seqs", type=int, help="samples that run at once; default: what the cache holds, 256 at most"
    )
    parser.add_argument("--kv-cache-gib", type=float, default=4.0, help="bounds the default of --max-num-seqs")
    parser.add_argument(
        "--max-model-len", type=int, help="tokens of prompt and answer; default: the model's, 4096 at most"
    )
    parser.add_argument("--max-num-queued-reqs", type=int, default=16384, help="samples that wait; more get 503")
    parser.add_argument("--max-lora-rank", type=int, default=64)
    parser.add_argument("--max-cpu-loras", type=int, default=8, help="merged adapters kept in memory")
    parser.add_argument("--shutdown-timeout", type=int, default=60, help="seconds")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--faults", action="store_true", help="POST /faults makes the server fail on demand")
    return parser.parse_args(arguments)


def _rows_max(options: argparse.Namespace, config: Qwen3Config, length: int) -> int:
    """A multiple of 8: what is asked for, or what the cache's memory holds."""
    position = 2 * 4 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim
    held = int(options.kv_cache_gib * 2**30) // (position * length)
    return round_up(options.max_num_seqs or max(1, min(ROWS_MAX, held)), ROWS_MULTIPLE)


def load_engine(options: argparse.Namespace) -> Engine:
    """Raises BadModel."""
    policies = Policies(options.model, options.served_model_name, options.max_cpu_loras, options.max_lora_rank)
    text = Text(options.model, policies.config)
    length = options.max_model_len or min(4096, policies.config.max_position_embeddings)
    shapes = Shapes(_rows_max(options, policies.config, length), length)
    if not is_batch_invariant(policies.decoder(policies.base), shapes):
        print("this CPU's kernels depend on the batch: every batch is computed in one shape", file=sys.stderr)
        shapes = Shapes(shapes.rows_max, shapes.length_max, fixed=True)
    return Engine(policies, text, shapes, options.max_num_queued_reqs)
