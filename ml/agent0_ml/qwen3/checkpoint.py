"""Model folders: config.json and model.safetensors (one file or an indexed set of them)."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from agent0_ml.qwen3.config import BadModel, Qwen3Config, config_json, read_config
from agent0_ml.qwen3.decoder import Qwen3Decoder

TIED = "lm_head.weight"


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        return [folder / name for name in sorted(set(json.loads(index.read_text())["weight_map"].values()))]
    return [folder / "model.safetensors"]


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a folder as fp32 on the CPU. Raises BadModel."""
    weights: dict[str, Tensor] = {}
    for path in _weight_files(folder):
        if not path.is_file():
            raise BadModel(f"{path} is missing")
        try:
            weights.update(load_file(path))
        except (SafetensorError, OSError) as error:
            raise BadModel(f"{path} is cut or damaged: {error}") from error
    return {name: tensor.float() for name, tensor in weights.items()}


def build_decoder(config: Qwen3Config, weights: dict[str, Tensor]) -> Qwen3Decoder:
    """A decoder that uses the given tensors themselves: nothing is copied. Raises BadModel if they do not fit."""
    decoder = Qwen3Decoder(config)
    if config.tie_word_embeddings:
        weights = {**weights, TIED: weights.get("model.embed_tokens.weight", torch.empty(0))}
    wanted = {name: tuple(tensor.shape) for name, tensor in decoder.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        name = wrong[0]
        raise BadModel(
            f"the weights do not fit config.json in {len(wrong)} tensors; "
            f"{name}: wanted {wanted.get(name)}, found {found.get(name)}"
        )
    decoder.load_state_dict(weights, assign=True)
    if config.tie_word_embeddings:
        decoder.lm_head.weight = decoder.model.embed_tokens.weight
    return decoder.eval().requires_grad_(False)


def load_decoder(folder: Path) -> Qwen3Decoder:
    """The model of a folder, fp32, in evaluation mode. Raises BadModel."""
    return build_decoder(read_config(folder), read_weights(folder))


def save_decoder(decoder: Qwen3Decoder, folder: Path, pad_token_id: int) -> None:
    """Writes config.json and model.safetensors; tied weights once."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().clone().contiguous() for name, tensor in decoder.state_dict().items()}
    if decoder.config.tie_word_embeddings:
        del weights[TIED]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(config_json(decoder.config, pad_token_id))
