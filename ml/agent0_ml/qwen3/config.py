"""The shape of a Qwen3 model, read from its config.json. What is not known is refused, not ignored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

ARCHITECTURE = "Qwen3ForCausalLM"

# Keys that do not change what the model computes.
_HARMLESS = {
    "_name_or_path",
    "architectures",
    "attention_dropout",
    "dtype",
    "initializer_range",
    "model_type",
    "torch_dtype",
    "transformers_version",
    "use_cache",
    "bos_token_id",
    "pad_token_id",
    "max_window_layers",
}
# Keys that would change it, with the one value that is implemented.
_ONLY = {
    "hidden_act": "silu",
    "attention_bias": False,
    "use_sliding_window": False,
    "sliding_window": None,
    "rope_scaling": None,
}


class BadModel(Exception):
    """The folder does not hold a model that can be run here; the text says why, in one sentence."""


@dataclass(frozen=True)
class Qwen3Config:
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float
    tie_word_embeddings: bool
    eos_token_ids: tuple[int, ...]


def _rope_theta(data: dict) -> float:
    """Its place moved in transformers 5; only plain rotation is implemented."""
    parameters = data.pop("rope_parameters", None) or {}
    kind = parameters.get("rope_type", "default")
    unknown = set(parameters) - {"rope_type", "rope_theta"}
    if kind != "default" or unknown:
        raise BadModel(f"config.json: rope_parameters ask for {kind} {sorted(unknown)}, only plain rotation is known")
    return float(data.pop("rope_theta", parameters.get("rope_theta", 10_000.0)))


def parse_config(data: dict) -> Qwen3Config:
    data = dict(data)
    if data.get("architectures") != [ARCHITECTURE]:
        raise BadModel(f"config.json: the architecture is {data.get('architectures')}, only {ARCHITECTURE} is known")
    theta = _rope_theta(data)
    if set(data.pop("layer_types", [])) - {"full_attention"}:
        raise BadModel("config.json: layer_types ask for something else than full_attention")
    for key, value in _ONLY.items():
        if data.pop(key, value) != value:
            raise BadModel(f"config.json: {key} is implemented as {value!r} only")
    eos = data.pop("eos_token_id", None)
    fields = {key: data.pop(key, None) for key in Qwen3Config.__dataclass_fields__}
    fields["rope_theta"] = theta
    fields["eos_token_ids"] = () if eos is None else tuple(eos) if isinstance(eos, list) else (eos,)
    fields["tie_word_embeddings"] = bool(fields["tie_word_embeddings"])
    missing = sorted(key for key, value in fields.items() if value is None)
    if missing:
        raise BadModel(f"config.json lacks {', '.join(missing)}")
    unknown = sorted(set(data) - _HARMLESS)
    if unknown:
        raise BadModel(f"config.json: unknown key {', '.join(unknown)}: what it changes is not implemented")
    return Qwen3Config(**fields)


def read_config(folder: Path) -> Qwen3Config:
    path = folder / "config.json"
    if not path.is_file():
        raise BadModel(f"{folder} is not a model folder (config.json is missing)")
    try:
        data = json.loads(path.read_text())
    except ValueError as error:
        raise BadModel(f"{path} is not JSON: {error}") from error
    return parse_config(data)


def config_json(config: Qwen3Config, pad_token_id: int) -> str:
    """config.json as transformers 5 writes it, of the keys that matter."""
    data = {
        "architectures": [ARCHITECTURE],
        "model_type": "qwen3",
        **{
            key: getattr(config, key)
            for key in config.__dataclass_fields__
            if key not in ("rope_theta", "eos_token_ids")
        },
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_theta},
        "hidden_act": "silu",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "dtype": "float32",
        "initializer_range": 0.02,
        "use_cache": True,
        "eos_token_id": config.eos_token_ids[0],
        "pad_token_id": pad_token_id,
    }
    return json.dumps(data, indent=2) + "\n"
