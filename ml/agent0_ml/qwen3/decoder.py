"""The Qwen3 decoder: parameter names and logits are those of transformers' Qwen3ForCausalLM.

Written out because serving wants a slot cache and fixed shapes, and pre-training wants few operations per layer.
Left out: dropout, sliding windows, attention biases and scaled rotation, which `config.py` refuses.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from agent0_ml.qwen3.config import Qwen3Config


class KeyValueCache(Protocol):
    """Keeps keys and values of earlier positions, and attends to them."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Query [batch, heads, length, dim], key and value [batch, kv heads, length, dim]; returns query's shape."""


class Linear(nn.Module):
    """Weights [outputs, inputs] without a start value: they are read from a file, or set by pre-training."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight)


class RmsNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.eps)


def rotary(config: Qwen3Config, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and sines [..., head_dim] of the given positions, fp32."""
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.int64).float() / config.head_dim
    angles = positions[..., None].float() / config.rope_theta**exponents
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, config: Qwen3Config, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.head_dim = config.head_dim
        hidden, query = config.hidden_size, config.num_attention_heads * config.head_dim
        key = config.num_key_value_heads * config.head_dim
        self.q_proj = Linear(hidden, query)
        self.k_proj = Linear(hidden, key)
        self.v_proj = Linear(hidden, key)
        self.o_proj = Linear(query, hidden)
        self.q_norm = RmsNorm(config.head_dim, config.rms_norm_eps)
        self.k_norm = RmsNorm(config.head_dim, config.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: KeyValueCache | None) -> Tensor:
        batch, length, _ = x.shape
        heads = (batch, length, -1, self.head_dim)
        query = _rotated(self.q_norm(self.q_proj(x).view(heads)).transpose(1, 2), cos, sin)
        key = _rotated(self.k_norm(self.k_proj(x).view(heads)).transpose(1, 2), cos, sin)
        value = self.v_proj(x).view(heads).transpose(1, 2)
        if cache is None:
            mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        else:
            mixed = cache.attend(self.layer, query, key, value)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, -1))


class Mlp(nn.Module):
    def __init__(self, config: Qwen3Config) -> None:
        super().__init__()
        self.gate_proj = Linear(config.hidden_size, config.intermediate_size)
        self.up_proj = Linear(config.hidden_size, config.intermediate_size)
        self.down_proj = Linear(config.intermediate_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, config: Qwen3Config, layer: int) -> None:
        super().__init__()
        self.self_attn = Attention(config, layer)
        self.mlp = Mlp(config)
        self.input_layernorm = RmsNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RmsNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: KeyValueCache | None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, cache)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self, config: Qwen3Config) -> None:
        super().__init__()
        self.embed_tokens = Linear(config.hidden_size, config.vocab_size)
        self.layers = nn.ModuleList(Layer(config, layer) for layer in range(config.num_hidden_layers))
        self.norm = RmsNorm(config.hidden_size, config.rms_norm_eps)


class Qwen3Decoder(nn.Module):
    def __init__(self, config: Qwen3Config) -> None:
        super().__init__()
        self.config = config
        self.model = Body(config)
        self.lm_head = Linear(config.hidden_size, config.vocab_size)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight

    def hidden(self, ids: Tensor, positions: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        """Final hidden states [batch, length, hidden]; ids [batch, length], positions [length] or [batch, length]."""
        x = F.embedding(ids, self.model.embed_tokens.weight)
        cos, sin = rotary(self.config, positions)
        if positions.dim() == 2:
            cos, sin = cos[:, None], sin[:, None]
        for layer in self.model.layers:
            x = layer(x, cos, sin, cache)
        return self.model.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits [batch, length, vocabulary], causal, without a cache."""
        return self.lm_head(self.hidden(ids, torch.arange(ids.shape[1])))
