"""The running samples of one policy: a slot of the key-value cache each, one decode step for all of them at once.

Rows are dense: row i of a batch is slot i, so that decoding reads the cache without gathering. When a sample ends, the
last one moves into its slot.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from agent0_ml.model_server.sample import Sample
from agent0_ml.model_server.sampling import draw, processed
from agent0_ml.model_server.shapes import Shapes
from agent0_ml.qwen3.decoder import Qwen3Decoder


class _PromptCache:
    """Attends within prompts [batch, length] and stores row `source[i]`'s keys and values in slot `slots[i]`."""

    def __init__(self, store: Tensor, slots: list[int], source: list[int]) -> None:
        self.store, self.slots, self.source = store, slots, source

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        length = key.shape[2]
        self.store[0, layer, self.slots, :, :length] = key[self.source]
        self.store[1, layer, self.slots, :, :length] = value[self.source]
        return F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)


class _SlotCache:
    """Attends one new position per slot, of the first `rows` slots."""

    def __init__(self, store: Tensor, lengths: Tensor, padded: int) -> None:
        self.store, self.lengths, self.padded = store, lengths, padded
        self.rows = torch.arange(len(lengths))
        self.mask = (torch.arange(padded) <= lengths[:, None])[:, None, None]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        keys, values = self.store[0, layer], self.store[1, layer]
        keys[self.rows, :, self.lengths] = key[:, :, 0]
        values[self.rows, :, self.lengths] = value[:, :, 0]
        count = len(self.rows)
        return F.scaled_dot_product_attention(
            query, keys[:count, :, : self.padded], values[:count, :, : self.padded], self.mask, enable_gqa=True
        )


class DecodeBatch:
    def __init__(self, decoder: Qwen3Decoder, shapes: Shapes) -> None:
        config = decoder.config
        self.decoder, self.shapes = decoder, shapes
        self.samples: list[Sample] = []
        # Zeros, which the system hands out page by page when touched: a slot costs memory once it is used.
        self.store = torch.zeros(
            2,
            config.num_hidden_layers,
            shapes.rows_max,
            config.num_key_value_heads,
            shapes.slot_length,
            config.head_dim,
        )
        self.lengths = torch.zeros(shapes.rows_max, dtype=torch.long)
        self.last = torch.zeros(shapes.rows_max, dtype=torch.long)

    def admit(self, samples: list[Sample]) -> None:
        """Computes the prompts of new samples and draws their first tokens. Equal prompts are computed once."""
        by_length: dict[int, dict[tuple[int, ...], list[Sample]]] = {}
        for sample in samples:
            padded = self.shapes.prompt_length(len(sample.prompt))
            by_length.setdefault(padded, {}).setdefault(tuple(sample.prompt), []).append(sample)
        for padded, by_prompt in by_length.items():
            groups = list(by_prompt.values())
            count = self.shapes.prompts(padded)
            for begin in range(0, len(groups), count):
                self._prefill(groups[begin : begin + count], padded)

    def _prefill(self, groups: list[list[Sample]], padded: int) -> None:
        first_slot = len(self.samples)
        members = [sample for group in groups for sample in group]
        source = [index for index, group in enumerate(groups) for _ in group]
        self.samples += members
        slots = list(range(first_slot, len(self.samples)))
        ids = torch.zeros(len(groups), padded, dtype=torch.long)
        for row, group in enumerate(groups):
            ids[row, : len(group[0].prompt)] = torch.tensor(group[0].prompt)
        hidden = self.decoder.hidden(ids, torch.arange(padded), _PromptCache(self.store, slots, source))
        ends = torch.tensor([len(sample.prompt) for sample in members])
        for row, group in enumerate(groups):
            self._prompt_logprobs(group, hidden[row])
        last_hidden = hidden[source, ends - 1]
        self.lengths[slots] = ends
        missing = self.shapes.rows(len(members)) - len(members)
        logits = self.decoder.lm_head(torch.cat((last_hidden, last_hidden.new_zeros(missing, last_hidden.shape[1]))))
        self._draw(members, slots, logits[: len(members)])

    def _prompt_logprobs(self, group: list[Sample], hidden: Tensor) -> None:
        asking = [sample for sample in group if sample.wants_prompt_logprobs]
        if not asking:
            return
        prompt = group[0].prompt
        logprobs = torch.log_softmax(self.decoder.lm_head(hidden)[: len(prompt) - 1], -1)
        for sample in asking:
            count = max(sample.completion.prompt_logprobs or 0, sample.completion.logprobs or 0)
            sample.prompt_top = [
                {index: (row[index].item(), int((row > row[index]).sum()) + 1) for index in [wanted, *_top(row, count)]}
                for row, wanted in zip(logprobs, prompt[1:], strict=True)
            ]

    def step(self) -> None:
        """One token for every running sample."""
        count = len(self.samples)
        rows = self.shapes.rows(count)
        self.lengths[count:rows] = 0
        lengths = self.lengths[:rows]
        padded = self.shapes.length(int(lengths.max()) + 1)
        cache = _SlotCache(self.store, lengths.clone(), padded)
        hidden = self.decoder.hidden(self.last[:rows, None], cache.lengths[:, None], cache)
        self.lengths[:count] += 1
        self._draw(self.samples, slice(0, count), self.decoder.lm_head(hidden[:, 0])[:count])

    def _draw(self, samples: list[Sample], slots: slice | list[int], logits: Tensor) -> None:
        settings = [sample.completion.sampling for sample in samples]
        forbidden = {
            row: ids
            for row, sample in enumerate(samples)
            if sample.completion.min_tokens and (ids := sample.forbidden())
        }
        logprobs = processed(logits, settings, forbidden)
        numbers = np.array([sample.uniforms[len(sample.ids)] for sample in samples])
        ids = draw(logprobs, settings, numbers)
        self.last[slots] = ids
        chosen = logprobs.gather(1, ids[:, None])[:, 0].tolist()
        for row, (sample, index, logprob) in enumerate(zip(samples, ids.tolist(), chosen, strict=True)):
            if sample.completion.logprobs:
                sample.top.append(
                    {top: logprobs[row, top].item() for top in _top(logprobs[row], sample.completion.logprobs)}
                )
            sample.accept(index, logprob)

    def release(self) -> list[Sample]:
        """Takes the finished and the aborted samples out, and closes the gaps."""
        gone = []
        for slot in range(len(self.samples) - 1, -1, -1):
            if self.samples[slot].finished or self.samples[slot].aborted:
                gone.append(self.samples[slot])
                self._move_last_to(slot)
        return gone

    def _move_last_to(self, slot: int) -> None:
        last = len(self.samples) - 1
        moved = self.samples.pop()
        if slot == last:
            return
        length = int(self.lengths[last])
        self.store[:, :, slot, :, :length] = self.store[:, :, last, :, :length]
        self.lengths[slot], self.last[slot] = self.lengths[last], self.last[last]
        self.samples[slot] = moved


def _top(logprobs: Tensor, count: int) -> list[int]:
    return logprobs.topk(min(count, logprobs.numel())).indices.tolist() if count else []
