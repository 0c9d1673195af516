"""The config of a step: a strict JSON document in which every field has a default. Its bytes' SHA-256 names it.

Field names are camelCase in JSON and snake_case here. Values and their sources: docs/design/algorithm.md §1 and §6.
"""

import json
import math
import types
import typing
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from agent0_ml.trainer.errors import Refusal


def bounded(default: Any, low: float = -math.inf, high: float = math.inf, above: float = -math.inf) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "above": above})


@dataclass(frozen=True)
class Lora:
    """An adapter on every linear layer but the output head."""

    kind: str = "lora"
    learning_rate: float = bounded(2e-5, above=0)
    rank: int = bounded(16, low=1, high=512)
    alpha: float = bounded(32.0, above=0)
    dropout: float = bounded(0.0, low=0, high=0.99)


@dataclass(frozen=True)
class Full:
    """All weights."""

    kind: str = "full"
    learning_rate: float = bounded(1e-6, above=0)


@dataclass(frozen=True)
class ConstantClip:
    """One clip range for all rows: the ratio is cut at 1 - low and 1 + high."""

    kind: str = "constant"
    low: float = bounded(0.2, above=0, high=1)
    high: float = bounded(0.2, above=0)


@dataclass(frozen=True)
class RowClip:
    """The batch's columns clipLow and clipHigh; every row then needs a pHat (ADPO)."""

    kind: str = "rows"


@dataclass(frozen=True)
class Surrogate:
    """PPO's clipped surrogate per token. `dual_clip` bounds the loss where the advantage is negative (3 in verl)."""

    kind: str = "surrogate"
    clip: ConstantClip | RowClip = field(default_factory=ConstantClip)
    dual_clip: float | None = bounded(None, above=1)


@dataclass(frozen=True)
class CrossEntropy:
    """Minus log-probability of the sampled tokens; only group, sample, tokenIds and mask are read."""

    kind: str = "cross-entropy"


@dataclass(frozen=True)
class RatioBounds:
    """A row with a token whose pi_train / pi_server is outside is dropped and counted."""

    ratio_min: float = bounded(1e-4, above=0, high=1)
    ratio_max: float = bounded(1e4, low=1)


@dataclass(frozen=True)
class RecomputedOld(RatioBounds):
    """Old = the trainer's own log-probabilities before the first update; the server's enter as a truncated weight."""

    kind: str = "recomputed"
    importance_weight_max: float = bounded(2.0, low=1)


@dataclass(frozen=True)
class ServerOld(RatioBounds):
    """Old = the server's: one ratio holds mismatch and update."""

    kind: str = "server"


@dataclass(frozen=True)
class Kl:
    """k3 towards the weights of `reference` (a checkpoint's digest, or "base"); at 0 it is not computed."""

    coefficient: float = bounded(0.0, low=0)
    reference: str = "base"


@dataclass(frozen=True)
class Warmup:
    """The learning rate rises linearly over `steps` lineage steps after `from_step`, then stays."""

    from_step: int = bounded(0, low=0)
    steps: int = bounded(0, low=0)


@dataclass(frozen=True)
class StepConfig:
    weights: Lora | Full = field(default_factory=Lora)
    loss: Surrogate | CrossEntropy = field(default_factory=Surrogate)
    aggregation: Literal["token-mean", "seq-mean-token-mean", "seq-mean-token-sum-norm", "token-sum"] = "token-mean"
    sequence_length: int = bounded(4096, low=1)  # the constant of seq-mean-token-sum-norm
    kl: Kl = field(default_factory=Kl)
    old_logprobs: RecomputedOld | ServerOld = field(default_factory=RecomputedOld)
    updates_per_batch: int = bounded(1, low=1)
    warmup: Warmup = field(default_factory=Warmup)
    weight_decay: float = bounded(0.0, low=0)
    beta1: float = bounded(0.9, low=0, high=0.9999)
    beta2: float = bounded(0.95, low=0, high=0.99999)
    adam_epsilon: float = bounded(1e-8, above=0)
    gradient_norm_max: float = bounded(1.0, above=0)
    skipped_in_a_row_max: int = bounded(3, low=0)  # updates without a finite gradient; one more is Diverged
    micro_batch_tokens: int = bounded(16384, low=1)  # padding included; a longer row makes a micro-batch of its own
    gradient_checkpointing: bool = True
    threads: int = bounded(1, low=1)  # of the CPU: sums depend on it, so it is part of what names a step
    deterministic: bool | None = None  # None: on the CPU yes, on a GPU no
    base_model_name: str = "base"  # what the adapter's config calls its base; a vLLM resolver compares it


def parse_config(data: bytes) -> StepConfig:
    """The config in a JSON document. Refuses what is unknown, of another type or out of bounds, by its path."""
    try:
        document = json.loads(data)
    except ValueError as error:
        raise Refusal(f"config: not JSON: {error}") from error
    return parse(StepConfig, document, "config")


def parse(kind: Any, value: Any, path: str) -> Any:
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    records = [option for option in options if is_dataclass(option)]
    if records:
        return parse_record(records, value, path)
    if value is None and type(None) in options:
        return None
    if typing.get_origin(kind) is Literal:
        if value not in typing.get_args(kind):
            raise Refusal(f"{path}: {value!r} is not one of {', '.join(typing.get_args(kind))}")
        return value
    wanted = options[0]
    number = wanted is float and type(value) is int
    if (type(value) is not wanted and not number) or (wanted is float and not math.isfinite(value)):
        raise Refusal(f"{path}: {value!r} is not a {wanted.__name__}")
    return wanted(value)


def parse_record(records: list[Any], value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise Refusal(f"{path}: {value!r} is not an object")
    by_kind = {getattr(record, "kind", None): record for record in records}
    default = next(iter(by_kind))
    if value.get("kind", default) not in by_kind:
        raise Refusal(f"{path}.kind: {value['kind']!r} is not one of {', '.join(by_kind)}")
    record = by_kind[value.get("kind", default)]
    known = {camel(each.name): each for each in fields(record)}
    found = {}
    for name, inner in value.items():
        if name not in known:
            raise Refusal(f"{path}.{name}: unknown; known are {', '.join(known)}")
        each = known[name]
        found[each.name] = parse(typing.get_type_hints(record)[each.name], inner, f"{path}.{name}")
        check_bounds(found[each.name], each.metadata, f"{path}.{name}")
    return record(**found)


def check_bounds(value: Any, bounds: Any, path: str) -> None:
    if bounds and value is not None and not (bounds["low"] <= value <= bounds["high"] and value > bounds["above"]):
        raise Refusal(f"{path}: {value} is out of bounds")


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
