"""The answer to a completion request, in vLLM's form."""

from __future__ import annotations

import time
import uuid
from itertools import accumulate

from agent0_ml.model_server.engine import Job
from agent0_ml.model_server.sample import Sample
from agent0_ml.model_server.text import Text

LOGPROB_MIN = -9999.0
"""JSON has no minus infinity."""


def _logprobs(sample: Sample, text: Text, ids: list[int]) -> dict:
    """For the prompt too, if it is echoed; its first token has no probability."""
    completion = sample.completion
    label = "token_id:{}".format if completion.as_token_ids else text.token
    values: list[float | None] = [max(LOGPROB_MIN, value) for value in sample.logprobs]
    likely = sample.top
    if completion.echo:
        prompt = [{index: logprob for index, (logprob, _rank) in top.items()} for top in sample.prompt_top or []]
        values = [None, *(max(LOGPROB_MIN, next(iter(top.values()))) for top in prompt), *values]
        likely = [{}, *prompt, *likely]
    values = values[: len(ids)]
    tokens = [label(index) for index in ids]
    tops = [None if value is None else {token: value} for token, value in zip(tokens, values, strict=True)]
    for top, others in zip(tops, likely, strict=False):
        if others:
            top |= {label(index): max(LOGPROB_MIN, logprob) for index, logprob in others.items()}
    lengths = map(len, map(text.token, ids) if completion.as_token_ids else tokens)
    offsets = [0, *accumulate(lengths)][: len(ids)]
    return {"tokens": tokens, "token_logprobs": values, "top_logprobs": tops, "text_offset": offsets}


def _prompt_logprobs(sample: Sample, text: Text, misscored: float) -> list[dict | None]:
    return [
        None,
        *(
            {
                str(index): {
                    "logprob": max(LOGPROB_MIN, logprob - misscored),
                    "rank": rank,
                    "decoded_token": text.token(index),
                }
                for index, (logprob, rank) in top.items()
            }
            for top in sample.prompt_top or []
        ),
    ]


def _choice(sample: Sample, index: int, text: Text, misscored: float) -> dict:
    completion = sample.completion
    # A request for scores alone still samples one token, which is dropped.
    kept = min(len(sample.ids), completion.max_tokens)
    ids = sample.ids[:kept]
    shown = sample.text() if kept else ""
    if completion.echo:
        shown = text.decode(sample.prompt, completion.skip_special_tokens) + shown
    listed = [*sample.prompt, *ids] if completion.echo else ids
    choice = {
        "index": index,
        "text": shown,
        "logprobs": _logprobs(sample, text, listed) if completion.logprobs is not None else None,
        "finish_reason": "abort" if sample.aborted else sample.finish_reason,
        "stop_reason": sample.stop_reason,
        "prompt_logprobs": None if completion.prompt_logprobs is None else _prompt_logprobs(sample, text, misscored),
    }
    if completion.return_token_ids:
        choice |= {"prompt_token_ids": sample.prompt, "token_ids": ids}
    return choice


def answer(job: Job, text: Text, misscored: float = 0.0) -> dict:
    """`misscored`: how much too low the prompts' log-probabilities are, on demand of a test."""
    completion = job.completion
    prompt_tokens = sum(len(sample.prompt) for sample in job.samples[:: completion.n])
    generated = sum(min(len(sample.ids), completion.max_tokens) for sample in job.samples)
    return {
        "id": f"cmpl-{completion.request_id or uuid.uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": job.policy.name,
        "choices": [_choice(sample, index, text, misscored) for index, sample in enumerate(job.samples)],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": generated,
            "total_tokens": prompt_tokens + generated,
        },
    }
