"""One training step of the same model on the same batch, in three ways; bench/trainer.ts runs each in its own process.

    python bench/trainer_ways.py WAY FOLDER WARM_UP REPEATS ROWS_AT_ONCE

WAY: ours (the whole step: batch read, checkpoint and record written), trl (the loss of its GRPOTrainer) or plain (whole
logits of transformers). FOLDER holds base/, batch.json and config.json. WARM_UP: steps that are not counted.
ROWS_AT_ONCE: of trl and plain; ours has the config's tokens. Prints {"seconds": [of each step], "peakBytes", "device"}.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

FOLDER = Path(sys.argv[2])
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
WARM_UP, REPEATS, ROWS_AT_ONCE = map(int, sys.argv[3:])
CONFIG = json.loads((FOLDER / "config.json").read_text())
LORA, UPDATES = CONFIG["weights"], CONFIG.get("updatesPerBatch", 1)


def adapted() -> torch.nn.Module:
    dtype = torch.float32 if DEVICE.type == "cpu" else "auto"
    model = AutoModelForCausalLM.from_pretrained(FOLDER / "base", dtype=dtype).to(DEVICE)
    if CONFIG["gradientCheckpointing"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return get_peft_model(
        model, LoraConfig(r=LORA["rank"], lora_alpha=LORA["alpha"], target_modules="all-linear"))


def padded(rows: list[list], left: bool = False) -> torch.Tensor:
    longest = max(map(len, rows))
    fill = [[0] * (longest - len(row)) for row in rows]
    return torch.tensor([more + row if left else row + more for row, more in zip(rows, fill, strict=True)]).to(DEVICE)


def batches(rows: list[dict]) -> list[list[list[dict]]]:
    """By update and micro-batch, in the batch's order."""
    share = len(rows) // UPDATES
    updates = [rows[start : start + share] for start in range(0, len(rows), share)]
    return [[each[start : start + ROWS_AT_ONCE] for start in range(0, len(each), ROWS_AT_ONCE)] for each in updates]


Step = Callable[[list[dict]], None]


def training(model: torch.nn.Module, loss_of: Callable[[list[dict], int], torch.Tensor]) -> Step:
    parameters = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=LORA["learningRate"], weight_decay=0)
    narrow = next(model.parameters()).dtype == torch.bfloat16
    model.train()

    def step(rows: list[dict]) -> None:
        for update in batches(rows):
            tokens = sum(sum(row["mask"]) for micro in update for row in micro)
            for micro in update:
                with torch.autocast(DEVICE.type, torch.bfloat16, enabled=narrow):
                    loss = loss_of(micro, tokens)
                loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()

    return step


def plain() -> Step:
    model = adapted()

    def loss_of(micro: list[dict], tokens: int) -> torch.Tensor:
        ids, mask = padded([row["tokenIds"] for row in micro]), padded([row["mask"] for row in micro])[:, 1:]
        old = padded([row["serverLogprobs"] for row in micro])[:, 1:]
        advantage = torch.tensor([[row["advantage"]] for row in micro], device=DEVICE)
        attention = padded([[1] * len(row["tokenIds"]) for row in micro])
        logits = model(input_ids=ids, attention_mask=attention).logits[:, :-1].float()
        ratio = (logits.log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0] - old).exp()
        return (torch.maximum(-ratio * advantage, -ratio.clamp(0.8, 1.2) * advantage) * mask).sum() / tokens

    return training(model, loss_of)


def trl() -> Step:
    from datasets import Dataset
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast
    from trl import GRPOConfig, GRPOTrainer

    model = adapted()
    on_cpu = DEVICE.type == "cpu"
    words = Tokenizer(models.WordLevel({"<pad>": 0, "x": 1}, unk_token="<pad>"))  # TRL wants one; nothing is tokenised
    config = GRPOConfig(output_dir=str(FOLDER / "trl"), use_cpu=on_cpu, bf16=not on_cpu, report_to=[],
                        gradient_checkpointing=CONFIG["gradientCheckpointing"], num_generations=4,
                        gradient_checkpointing_kwargs={"use_reentrant": False}, per_device_train_batch_size=16)
    trainer = GRPOTrainer(model=model, args=config, reward_funcs=lambda completions, **_: [0.0] * len(completions),
                          train_dataset=Dataset.from_list([{"prompt": "x"}]),
                          processing_class=PreTrainedTokenizerFast(
                              tokenizer_object=words, pad_token="<pad>", eos_token="<pad>"))
    trainer.current_gradient_accumulation_steps = trainer.args.steps_per_generation = 1

    def loss_of(micro: list[dict], tokens: int) -> torch.Tensor:
        starts = [row["mask"].index(1) for row in micro]
        pairs = list(zip(micro, starts, strict=True))
        return trainer._compute_loss(model, {
            "prompt_ids": padded([row["tokenIds"][:start] for row, start in pairs], left=True),
            "prompt_mask": padded([[1] * start for start in starts], left=True),
            "completion_ids": padded([row["tokenIds"][start:] for row, start in pairs]),
            "completion_mask": padded([[1] * (len(row["tokenIds"]) - start) for row, start in pairs]),
            "tool_mask": padded([row["mask"][start:] for row, start in pairs]),
            "advantages": torch.tensor([row["advantage"] for row in micro], device=DEVICE),
            "num_items_in_batch": torch.tensor(tokens, device=DEVICE),
            "old_per_token_logps": padded([row["serverLogprobs"][start:] for row, start in pairs]),
        })

    return training(model, loss_of)


def ours() -> Step:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from agent0_ml.trainer.files import file_digest
    from agent0_ml.trainer.store import Store
    from agent0_ml.trainer.trainer import StepRequest, Trainer

    folder = FOLDER / "ours"
    folder.mkdir()
    batch, config = folder / "batch.parquet", FOLDER / "config.json"
    trainer = Trainer(Store(folder), FOLDER / "base", DEVICE)

    def step(rows: list[dict]) -> None:
        pq.write_table(pa.Table.from_pylist(rows), batch)
        last, head = trainer.store.head("bench", trainer.base)
        files = (batch, file_digest(batch), config, file_digest(config))
        trainer.step(StepRequest("bench", last + 1, head, *files), lambda *_: None)

    return step


def main() -> None:
    torch.set_num_threads(1)
    rows = json.loads((FOLDER / "batch.json").read_text())
    step = {"ours": ours, "trl": trl, "plain": plain}[sys.argv[1]]()
    seconds = []
    for _ in range(WARM_UP + REPEATS):
        started = time.perf_counter()
        step(rows)
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    gpu = DEVICE.type == "cuda"
    peak = torch.cuda.max_memory_allocated() if gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds[WARM_UP:], "peakBytes": peak, "device": DEVICE.type}))


if __name__ == "__main__":
    main()
