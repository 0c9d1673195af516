"""Makes the base model of the tiny world: `npm run tiny-world:pretrain`.

Seeded and resumable: the state is saved every two minutes, and a second call goes on from it. The corpus stream is a
function of (seed, batch number), so an interrupted training sees the same batches as one in a single piece. AdamW,
warm-up, constant, linear decay to zero. The loss counts what the roles write, not what they read.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from agent0_ml.qwen3.checkpoint import save_decoder
from agent0_ml.qwen3.config import Qwen3Config
from agent0_ml.qwen3.decoder import Qwen3Decoder
from agent0_ml.tiny_world import tokenizer
from agent0_ml.tiny_world.corpus import Document, batches
from agent0_ml.tiny_world.generate import held_out_lines

BATCH_TOKENS = 3600
LEARNING_RATE = 3e-3
WARM_UP_STEPS = 100
DECAY_FROM = 0.6
SAVE_EVERY_S = 120
LOG_EVERY_STEPS = 50
IGNORED = -100


def base_config() -> Qwen3Config:
    entries = tokenizer.pieces()
    return Qwen3Config(
        vocab_size=len(entries),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=512,
        rms_norm_eps=1e-6,
        rope_theta=10_000.0,
        tie_word_embeddings=True,
        eos_token_ids=(entries.index(tokenizer.END),),
    )


def fresh_decoder(seed: int) -> Qwen3Decoder:
    torch.manual_seed(seed)
    decoder = Qwen3Decoder(base_config())
    for name, parameter in decoder.named_parameters():
        if parameter.dim() == 2:
            deeper = name.endswith(("o_proj.weight", "down_proj.weight"))
            scale = (2 * decoder.config.num_hidden_layers) ** -0.5 if deeper else 1.0
            torch.nn.init.normal_(parameter, std=0.02 * scale)
    return decoder


def tensors(batch: list[Document]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids [batch, length] and the wanted next ids, `IGNORED` where the model only reads."""
    length = max(len(document.ids) for document in batch)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    targets = torch.full((len(batch), length - 1), IGNORED)
    for row, document in enumerate(batch):
        ids[row, : len(document.ids)] = torch.tensor(document.ids)
        learned = torch.tensor(document.mask[1:], dtype=torch.bool)
        targets[row, : len(learned)] = torch.where(learned, torch.tensor(document.ids[1:]), IGNORED)
    return ids, targets


def learning_rate(step: int, steps: int) -> float:
    decay = (steps - step) / (steps * (1 - DECAY_FROM))
    return LEARNING_RATE * min(1.0, (step + 1) / WARM_UP_STEPS, decay)


def save_state(path: Path, state: dict) -> None:
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def train(decoder: Qwen3Decoder, state_file: Path, seed: int, steps: int) -> dict:
    """Trains up to `steps`, from the state file if there is one. Returns what the model card reports."""
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.05)
    done, seconds, tokens, recent = 0, 0.0, 0, 0.0
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        if (state["seed"], state["steps"]) != (seed, steps):
            raise SystemExit(f"{state_file} belongs to seed {state['seed']}, {state['steps']} steps: delete it")
        decoder.load_state_dict(state["decoder"])
        optimizer.load_state_dict(state["optimizer"])
        done, seconds, tokens, recent = state["done"], state["seconds"], state["tokens"], state["recent"]
        print(f"going on after step {done}", flush=True)

    def snapshot() -> dict:
        return {"seed": seed, "steps": steps, "done": done, "seconds": seconds, "tokens": tokens, "recent": recent}

    last = saved = time.monotonic()
    for batch in batches(seed, done, BATCH_TOKENS):
        if done == steps:
            break
        ids, targets = tensors(batch)
        logits = decoder(ids[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(done, steps)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        optimizer.step()
        recent = loss.item() if done == 0 else 0.98 * recent + 0.02 * loss.item()
        done += 1
        tokens += sum(len(document.ids) for document in batch)
        now = time.monotonic()
        seconds, last = seconds + now - last, now
        if done % LOG_EVERY_STEPS == 0:
            print(f"step {done}/{steps} loss {recent:.3f} {tokens / seconds:.0f} tokens/s", flush=True)
        if now - saved > SAVE_EVERY_S or done == steps:
            saved = now
            weights = {"decoder": decoder.state_dict(), "optimizer": optimizer.state_dict()}
            save_state(state_file, {**snapshot(), **weights})
    return snapshot()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--state", type=Path, required=True, help="file of the resumable state")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2800)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.state.parent.mkdir(parents=True, exist_ok=True)
    decoder = fresh_decoder(options.seed)
    report = train(decoder, options.state, options.seed, options.steps)
    save_decoder(decoder, options.out, pad_token_id=tokenizer.pieces().index(tokenizer.PAD))
    tokenizer.save(options.out)
    (options.out / "held-out.jsonl").write_text(held_out_lines())
    print(json.dumps(report))


if __name__ == "__main__":
    main()
