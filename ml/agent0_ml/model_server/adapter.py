"""What a policy's folder holds: a PEFT LoRA adapter, merged into a copy of the base, or all weights.

An adapter makes W' = W + s·B·A, with s = alpha/r (alpha/√r with use_rslora). All weights are our own: vLLM
loads adapters only.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from agent0_ml.qwen3.checkpoint import read_weights
from agent0_ml.qwen3.config import BadModel

_PREFIX = "base_model.model."
# Settings of PEFT that change what the adapter computes, with the values that mean "off".
_OFF: dict[str, tuple] = {
    "modules_to_save": (None, []),
    "use_dora": (None, False),
    "bias": (None, "none"),
    "lora_bias": (None, False),
    "fan_in_fan_out": (None, False),
    "rank_pattern": (None, {}),
    "alpha_pattern": (None, {}),
    "layer_replication": (None, []),
    "trainable_token_indices": (None, [], {}),
    "use_qalora": (None, False),
    "target_parameters": (None, []),
}


WHOLE = "model.safetensors"


def holds_all_weights(folder: Path) -> bool:
    return (folder / WHOLE).is_file() and not (folder / "adapter_config.json").exists()


class NoAdapter(BadModel):
    """There is no adapter at the path."""


def _read_settings(folder: Path) -> dict:
    if not (folder / "adapter_config.json").is_file() or not (folder / "adapter_model.safetensors").is_file():
        raise NoAdapter(f"No adapter found for {folder}: it wants adapter_config.json and adapter_model.safetensors")
    try:
        return json.loads((folder / "adapter_config.json").read_text())
    except ValueError as error:
        raise BadModel(f"{folder}/adapter_config.json is not JSON: {error}") from error


def _checked_settings(folder: Path, base: Path, rank_max: int) -> dict:
    settings = _read_settings(folder)
    if settings.get("peft_type") != "LORA":
        raise BadModel(f"{folder}: peft_type is {settings.get('peft_type')!r}, only LORA is known")
    for name, off in _OFF.items():
        if settings.get(name) not in off:
            raise BadModel(f"{folder}: {name} is {settings[name]!r}, which is not implemented: train a plain LoRA")
    made_for = settings.get("base_model_name_or_path")
    if made_for and Path(made_for).name != base.resolve().name:
        raise BadModel(f"{folder} was made for the base {made_for!r}, this server runs {str(base)!r}")
    rank = settings.get("r")
    if not isinstance(rank, int) or not 1 <= rank <= rank_max:
        raise BadModel(f"{folder}: rank {rank!r} is not between 1 and {rank_max} (--max-lora-rank)")
    return settings


def merge(base_weights: dict[str, Tensor], folder: Path, base: Path, rank_max: int) -> dict[str, Tensor]:
    """The base's tensors with the adapted ones replaced and the others shared; or the folder's own. Raises BadModel."""
    if holds_all_weights(folder):
        return read_weights(folder)
    settings = _checked_settings(folder, base, rank_max)
    try:
        tensors = load_file(folder / "adapter_model.safetensors")
    except (SafetensorError, OSError) as error:
        raise BadModel(f"{folder}/adapter_model.safetensors is cut or damaged: {error}") from error
    rank = settings["r"]
    scale = settings["lora_alpha"] / (rank**0.5 if settings.get("use_rslora") else rank)
    merged = dict(base_weights)
    halves: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        path, _, half = key.removeprefix(_PREFIX).removesuffix(".weight").rpartition(".")
        if not key.startswith(_PREFIX) or half not in ("lora_A", "lora_B"):
            raise BadModel(f"{folder}: {key} is not a LoRA matrix of a linear layer")
        halves.setdefault(f"{path}.weight", {})[half] = tensor.float()
    for name, pair in halves.items():
        weight = base_weights.get(name)
        if weight is None or weight.dim() != 2 or "embed_tokens" in name:
            raise BadModel(f"{folder} adapts {name}, which is not a linear layer of this base")
        rows, columns = weight.shape
        shapes = {half: tuple(tensor.shape) for half, tensor in pair.items()}
        if shapes != {"lora_A": (rank, columns), "lora_B": (rows, rank)}:
            raise BadModel(f"{folder}: {name} has {shapes}, the base wants [{rank}, {columns}] and [{rows}, {rank}]")
        merged[name] = weight + scale * (pair["lora_B"] @ pair["lora_A"])
        if not merged[name].isfinite().all():
            raise BadModel(f"{folder}: {name} has values that are not finite")
    return merged


def digest(folder: Path) -> str:
    """SHA-256 over the adapter's tensors and its settings in canonical form, or over all weights. Raises BadModel."""
    if holds_all_weights(folder):
        return hashlib.sha256((folder / WHOLE).read_bytes()).hexdigest()
    canonical = json.dumps(_read_settings(folder), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes() + canonical.encode()).hexdigest()
