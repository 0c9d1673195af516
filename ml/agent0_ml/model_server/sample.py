"""One sample on its way: what it has, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from agent0_ml.model_server.request import Completion
from agent0_ml.model_server.text import Text


@dataclass(eq=False)
class Sample:
    prompt: list[int]
    completion: Completion
    uniforms: np.ndarray
    text_of: Text
    eos: frozenset[int]
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    top: list[dict[int, float]] = field(default_factory=list)
    prompt_top: list[dict[int, tuple[float, int]]] | None = None
    """For each prompt token but the first: log-probability and rank by id; the token itself comes first."""
    finish_reason: str | None = None
    stop_reason: str | int | None = None
    cut: tuple[str, int] | None = None
    """The stop text that ended it, and where it begins in the text."""
    aborted: bool = False

    @property
    def finished(self) -> bool:
        return self.finish_reason is not None

    @property
    def wants_prompt_logprobs(self) -> bool:
        completion = self.completion
        return completion.prompt_logprobs is not None or (completion.echo and completion.logprobs is not None)

    def forbidden(self) -> list[int]:
        """Ids that would end it before its `min_tokens`."""
        if len(self.ids) >= self.completion.min_tokens:
            return []
        return sorted(self.completion.stop_token_ids | self.eos)

    def accept(self, index: int, logprob: float) -> None:
        """Takes a drawn token, and ends if it is the last."""
        self.ids.append(index)
        self.logprobs.append(logprob)
        completion = self.completion
        if len(self.ids) >= completion.min_tokens:
            if index in self.eos and not completion.ignore_eos:
                self.finish_reason = "stop"
            elif index in completion.stop_token_ids:
                self.finish_reason, self.stop_reason = "stop", index
            elif completion.stop:
                self._look_for_stop(index)
        if not self.finished and len(self.ids) >= completion.max_tokens:
            self.finish_reason = "length"

    def _look_for_stop(self, index: int) -> None:
        text = None
        for stop in self.completion.stop:
            ends = self.text_of.may_end(stop)
            if ends is not None and index not in ends:
                continue
            if text is None:
                text = self.text_of.decode(self.ids, self.completion.skip_special_tokens)
            begin = text.find(stop)
            if begin >= 0:
                self.finish_reason, self.stop_reason, self.cut = "stop", stop, (stop, begin)
                return

    def text(self) -> str:
        """What was written: without the end token, and up to the stop text unless it is to be included."""
        ended_by_token = self.finish_reason == "stop" and self.cut is None
        ids = self.ids[:-1] if ended_by_token and not self.completion.include_stop else self.ids
        text = self.text_of.decode(ids, self.completion.skip_special_tokens)
        if self.cut is None:
            return text
        stop, begin = self.cut
        return text[: begin + len(stop)] if self.completion.include_stop else text[:begin]
