"""Which policies the server knows: the base, and LoRA adapters loaded at run time, of which some are kept merged."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from agent0_ml.model_server.adapter import NoAdapter, digest, merge
from agent0_ml.model_server.errors import ApiError, bad_input
from agent0_ml.qwen3.checkpoint import build_decoder, read_weights
from agent0_ml.qwen3.config import BadModel, read_config
from agent0_ml.qwen3.decoder import Qwen3Decoder


@dataclass(eq=False)
class Policy:
    """A name that a request may use. Its weights never change; they may be dropped and merged again."""

    name: str
    path: Path
    digest: str | None
    loaded_at: int
    """Seconds since 1970."""
    load_ms: float


class Policies:
    def __init__(self, base: Path, base_name: str, merged_max: int, rank_max: int) -> None:
        started = time.monotonic()
        self._base, self._merged_max, self._rank_max = base, merged_max, rank_max
        self.config = read_config(base)
        self._weights = read_weights(base)
        self._base_decoder = build_decoder(self.config, self._weights)
        took = 1000 * (time.monotonic() - started)
        self.base = Policy(base_name, base, None, int(time.time()), took)
        self._adapters: dict[str, Policy] = {}
        self._merged: OrderedDict[Policy, Qwen3Decoder] = OrderedDict()

    def all(self) -> list[Policy]:
        return [self.base, *self._adapters.values()]

    def find(self, name: str) -> Policy:
        if name == self.base.name:
            return self.base
        if name not in self._adapters:
            raise ApiError(404, f"The model `{name}` does not exist.", "model")
        return self._adapters[name]

    def decoder(self, policy: Policy) -> Qwen3Decoder:
        """The policy's merged model; merged again from its folder if it was dropped. Raises BadModel."""
        if policy is self.base:
            return self._base_decoder
        if policy not in self._merged:
            if digest(policy.path) != policy.digest:
                raise BadModel(f"{policy.path} is not what it was when {policy.name} was loaded")
            self._keep(policy)
        self._merged.move_to_end(policy)
        return self._merged[policy]

    def _keep(self, policy: Policy) -> None:
        weights = merge(self._weights, policy.path, self._base, self._rank_max)
        self._merged[policy] = build_decoder(self.config, weights)
        while len(self._merged) > self._merged_max:
            self._merged.popitem(last=False)

    def load(self, name: str, path: Path) -> Policy:
        """Raises ApiError 400 (name in use), 404 (nothing at the path) or 500 (an adapter that cannot be used)."""
        if name == self.base.name or name in self._adapters:
            raise bad_input(f"The lora adapter '{name}' has already been loaded.", "lora_name")
        started = time.monotonic()
        try:
            policy = Policy(name, path, digest(path), int(time.time()), 0.0)
            self._keep(policy)
        except NoAdapter as error:
            raise ApiError(404, str(error), "lora_path") from error
        except BadModel as error:
            raise ApiError(500, str(error)) from error
        policy.load_ms = 1000 * (time.monotonic() - started)
        self._adapters[name] = policy
        return policy

    def unload(self, name: str) -> None:
        policy = self._adapters.pop(name, None)
        if policy is None:
            raise ApiError(404, f"The lora adapter '{name}' cannot be found.", "lora_name")
        self._merged.pop(policy, None)

    def forget(self) -> None:
        """Unloads all adapters, as a restart would."""
        self._adapters.clear()
        self._merged.clear()
