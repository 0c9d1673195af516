"""The body of `POST /v1/completions`, checked. A field that would change sampling and is not known here is a 400."""

from __future__ import annotations

from dataclasses import dataclass

from agent0_ml.model_server.errors import bad_form, bad_request

N_MAX = 16384
LOGPROBS_MAX = 20
STOPS_MAX = 4
TEMPERATURE_MAX = 2.0

# Fields that change the sampled distribution or the answer's form, with the values that mean "off".
_NOT_IMPLEMENTED: dict[str, tuple] = {
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "repetition_penalty": (1,),
    "best_of": (1,),
    "use_beam_search": (False,),
    "length_penalty": (1,),
    "stream": (False,),
    "logit_bias": ({},),
    "allowed_token_ids": (),
    "bad_words": ([],),
    "structured_outputs": (),
    "response_format": ({"type": "text"},),
    "guided_json": (),
    "guided_regex": (),
    "guided_choice": (),
    "guided_grammar": (),
    "repetition_detection": (),
    "thinking_token_budget": (),
    "truncate_prompt_tokens": (),
    "logprob_token_ids": (),
    "prompt_embeds": (),
    "suffix": ("",),
    "vllm_xargs": ({},),
    "kv_transfer_params": ({},),
}


@dataclass(frozen=True)
class Sampling:
    """What a sample's distribution depends on, beside the policy and the tokens so far."""

    temperature: float
    top_p: float
    top_k: int
    """0 is off."""
    min_p: float

    @property
    def truncates(self) -> bool:
        return self.top_p < 1 or self.top_k > 0 or self.min_p > 0


@dataclass(frozen=True)
class Completion:
    model: str | None
    """The base if none is named."""
    prompts: list[str] | list[list[int]]
    max_tokens: int
    n: int
    seed: int | None
    sampling: Sampling
    stop: tuple[str, ...]
    include_stop: bool
    stop_token_ids: frozenset[int]
    ignore_eos: bool
    min_tokens: int
    logprobs: int | None
    prompt_logprobs: int | None
    echo: bool
    return_token_ids: bool
    skip_special_tokens: bool
    as_token_ids: bool
    request_id: str | None


class _Fields:
    """Reads fields of a JSON object; null counts as absent."""

    def __init__(self, data: dict) -> None:
        self.data = data

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.data.get(name)
        if value is None:
            return default
        wanted = f"{name} must be a number from {low:g} to {high:g}, it is {value!r}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad_form(wanted, name)
        if not low <= value <= high:
            raise bad_request(wanted, name)
        return float(value)

    def integer(self, name: str, default: int | None, low: int, high: int) -> int | None:
        value = self.data.get(name)
        if value is None:
            return default
        wanted = f"{name} must be an integer from {low} to {high}, it is {value!r}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_form(wanted, name)
        if not low <= value <= high:
            raise bad_request(wanted, name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise bad_form(f"{name} must be true or false, it is {value!r}", name)
        return value

    def strings(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name)
        texts = [value] if isinstance(value, str) else value or []
        wanted = f"{name} must be a text or a list of texts, none empty, {STOPS_MAX} at most"
        is_list = isinstance(texts, list) and len(texts) <= STOPS_MAX
        if not is_list or not all(isinstance(text, str) for text in texts):
            raise bad_form(wanted, name)
        if not all(texts):
            raise bad_request(wanted, name)
        return tuple(texts)


def is_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, int) and not isinstance(item, bool) for item in value)


def _prompts(value: object) -> list[str] | list[list[int]]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value:
        if is_ids(value):
            return [value]
        if all(isinstance(item, str) for item in value) or all(is_ids(item) for item in value):
            return value
    raise bad_form("prompt must be a text, a list of texts, a list of token ids or a list of such lists", "prompt")


def parse_completion(data: object) -> Completion:
    """Raises ApiError 400."""
    if not isinstance(data, dict):
        raise bad_form("the body must be a JSON object")
    for name, neutral in _NOT_IMPLEMENTED.items():
        value = data.get(name)
        if value is not None and value not in neutral:
            raise bad_request(f"{name} is not implemented by the embedded server", name)
    fields = _Fields(data)
    model = data.get("model")
    if model is not None and not isinstance(model, str):
        raise bad_form("model must be a text", "model")
    if data.get("cache_salt") == "":
        raise bad_request("cache_salt must not be empty", "cache_salt")
    stop_ids = data.get("stop_token_ids") or []
    if not is_ids(stop_ids):
        raise bad_form("stop_token_ids must be a list of token ids", "stop_token_ids")
    echo = fields.flag("echo")
    max_tokens = fields.integer("max_tokens", 16, 0 if echo else 1, 1 << 30)
    top_k = fields.integer("top_k", 0, -1, 1 << 30)
    request_id = data.get("request_id")
    n, temperature = fields.integer("n", 1, 1, N_MAX), fields.number("temperature", 1.0, 0.0, TEMPERATURE_MAX)
    if temperature == 0 and n > 1:
        raise bad_request(f"n must be 1 at temperature 0, where all samples are equal, it is {n}", "n")
    min_tokens = fields.integer("min_tokens", 0, 0, 1 << 30)
    if min_tokens > max(1, max_tokens):
        raise bad_request(f"min_tokens must be at most max_tokens, {max_tokens}, it is {min_tokens}", "min_tokens")
    return Completion(
        model=model,
        prompts=_prompts(data.get("prompt")),
        max_tokens=max_tokens,
        n=n,
        seed=fields.integer("seed", None, -(1 << 63), (1 << 63) - 1),
        sampling=Sampling(
            temperature=temperature,
            top_p=fields.number("top_p", 1.0, 1e-9, 1.0),
            top_k=max(0, top_k),
            min_p=fields.number("min_p", 0.0, 0.0, 1.0),
        ),
        stop=fields.strings("stop"),
        include_stop=fields.flag("include_stop_str_in_output"),
        stop_token_ids=frozenset(stop_ids),
        ignore_eos=fields.flag("ignore_eos"),
        min_tokens=min_tokens,
        logprobs=fields.integer("logprobs", None, 0, LOGPROBS_MAX),
        prompt_logprobs=fields.integer("prompt_logprobs", None, 0, LOGPROBS_MAX),
        echo=echo,
        return_token_ids=fields.flag("return_token_ids"),
        skip_special_tokens=fields.flag("skip_special_tokens", True),
        as_token_ids=fields.flag("return_tokens_as_token_ids"),
        request_id=request_id if isinstance(request_id, str) else None,
    )
