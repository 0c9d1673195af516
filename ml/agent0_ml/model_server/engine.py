"""Continuous batching: who waits, who runs, and what one step does. Synchronous; `app.py` puts it behind HTTP.

A request's answer is a function of the request and the policy's weights: samples have their own random streams, and
`shapes.py` keeps a row's bits independent of its batch. So the order of admission decides speed only.
"""

from __future__ import annotations

import os
from asyncio import Future
from collections import Counter, deque
from dataclasses import dataclass, field

import torch

from agent0_ml.model_server.decode_batch import DecodeBatch
from agent0_ml.model_server.errors import ApiError, bad_request
from agent0_ml.model_server.policies import Policies, Policy
from agent0_ml.model_server.request import Completion
from agent0_ml.model_server.sample import Sample
from agent0_ml.model_server.sampling import uniforms
from agent0_ml.model_server.shapes import Shapes
from agent0_ml.model_server.text import Text

PREFILL_TOKENS_MAX = 8192
"""Prompt tokens that are admitted between two decode steps; at least one sample always is."""


@dataclass(eq=False)
class Job:
    """One request: its samples, prompt-major."""

    policy: Policy
    completion: Completion
    samples: list[Sample]
    open: int = 0
    """Samples that have not ended yet."""
    failure: str | None = None
    done: Future[bool] | None = None
    """What the front waits on: whether all samples have ended; if not, the job was aborted."""


@dataclass
class Counters:
    prompt_tokens: int = 0
    generation_tokens: int = 0
    finished: Counter[str] = field(default_factory=Counter)


class Engine:
    def __init__(self, policies: Policies, text: Text, shapes: Shapes, waiting_max: int) -> None:
        self.policies, self.text, self.shapes, self.waiting_max = policies, text, shapes, waiting_max
        self.counters = Counters()
        self._waiting: deque[tuple[Job, Sample]] = deque()
        self._batches: dict[Policy, DecodeBatch] = {}
        self._jobs: dict[Sample, Job] = {}

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def running(self) -> int:
        return sum(len(batch.samples) for batch in list(self._batches.values()))

    @property
    def generated_tokens(self) -> int:
        """Of ended and running samples: grows while the engine makes progress."""
        running = sum(len(sample.ids) for batch in list(self._batches.values()) for sample in list(batch.samples))
        return self.counters.generation_tokens + running

    @property
    def has_work(self) -> bool:
        return self.waiting > 0 or self.running > 0

    def submit(self, completion: Completion) -> Job:
        """Queues a request. Raises ApiError 400 (prompt), 404 (model) or 503 (queue)."""
        policy = self.policies.find(completion.model or self.policies.base.name)
        prompts = [self._prompt_ids(prompt, completion.max_tokens) for prompt in completion.prompts]
        count = len(prompts) * completion.n
        if self.waiting + count > self.waiting_max:
            full = f"queue full: {self.waiting} samples wait, {count} more were sent, the limit is {self.waiting_max}"
            raise ApiError(503, f"{full}: retry later")
        seed = completion.seed if completion.seed is not None else int.from_bytes(os.urandom(8), "big") >> 1
        eos = frozenset(self.policies.config.eos_token_ids)
        samples = [
            Sample(prompt, completion, uniforms(seed + index, max(1, completion.max_tokens)), self.text, eos)
            for prompt in prompts
            for index in range(completion.n)
        ]
        job = Job(policy, completion, samples, open=count)
        self._waiting.extend((job, sample) for sample in samples)
        return job

    def _prompt_ids(self, prompt: str | list[int], max_tokens: int) -> list[int]:
        ids = self.text.encode(prompt) if isinstance(prompt, str) else prompt
        if not ids:
            raise bad_request("the prompt is empty", "prompt")
        if min(ids) < 0 or max(ids) >= self.policies.config.vocab_size:
            raise bad_request(f"Token id {max(ids)} is out of vocabulary", "prompt")
        longest = self.shapes.length_max
        if len(ids) + max_tokens > longest:
            raise bad_request(
                f"This model's maximum context length is {longest} tokens. However, you requested {max_tokens} output "
                f"tokens and your prompt contains {len(ids)} input tokens: shorten one of them.",
                "max_tokens" if len(ids) < longest else "prompt",
            )
        return ids

    def abort(self, job: Job) -> None:
        """The client is gone: the job's samples leave before the next step, without an answer."""
        for sample in job.samples:
            sample.aborted = True

    @torch.inference_mode()
    def step(self) -> list[Job]:
        """Admits what fits, and one token for every running sample. Returns the jobs that are complete."""
        complete: list[Job] = []
        for policy, samples in self._admitted(complete).items():
            batch = self._batch(policy)
            if isinstance(batch, str):
                self._fail(samples, batch, complete)
                continue
            batch.admit(samples)
            self._close(batch, complete)
        for batch in list(self._batches.values()):
            if batch.samples:
                self._close(batch, complete)
            if batch.samples:
                batch.step()
                self._close(batch, complete)
        return complete

    def _admitted(self, complete: list[Job]) -> dict[Policy, list[Sample]]:
        room, tokens = self.shapes.rows_max - self.running, 0
        by_policy: dict[Policy, list[Sample]] = {}
        while self._waiting and room > 0 and tokens < PREFILL_TOKENS_MAX:
            job, sample = self._waiting.popleft()
            self._jobs[sample] = job
            if sample.aborted:
                self._end(sample, complete)
                continue
            by_policy.setdefault(job.policy, []).append(sample)
            self.counters.prompt_tokens += len(sample.prompt)
            room -= 1
            tokens += len(sample.prompt)
        return by_policy

    def _batch(self, policy: Policy) -> DecodeBatch | str:
        """The policy's decode batch; a sentence if its adapter cannot be read any more."""
        if policy in self._batches:
            return self._batches[policy]
        for other in [other for other, batch in self._batches.items() if not batch.samples]:
            del self._batches[other]
        try:
            decoder = self.policies.decoder(policy)
        except Exception as error:
            return f"{policy.name} cannot be used: {error}"
        self._batches[policy] = DecodeBatch(decoder, self.shapes)
        return self._batches[policy]

    def _fail(self, samples: list[Sample], reason: str, complete: list[Job]) -> None:
        for sample in samples:
            self._jobs[sample].failure = reason
            sample.aborted = True
            self._end(sample, complete)

    def _close(self, batch: DecodeBatch, complete: list[Job]) -> None:
        for sample in batch.release():
            self._end(sample, complete)

    def _end(self, sample: Sample, complete: list[Job]) -> None:
        self.counters.generation_tokens += len(sample.ids)
        self.counters.finished["abort" if sample.aborted else sample.finish_reason or "abort"] += 1
        job = self._jobs.pop(sample)
        job.open -= 1
        if job.open == 0:
            complete.append(job)
