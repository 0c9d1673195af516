"""Makes trl_oracle.json: what TRL's own GRPO loss says of a batch. Run by hand, with TRL installed (not a requirement):

    PYTHONPATH=ml python ml/tests/trainer/trl_oracle.py

test_trl.py compares our numbers with the file. Model and batch come from formulas, so both sides can make them.
"""

import json
import math
import tempfile
from pathlib import Path

import torch
from trainer_support import make_base, make_rows, plain_logprobs
from transformers import AutoModelForCausalLM

FIXTURE = Path(__file__).with_name("trl_oracle.json")
TEMPERATURE = 0.9
CASES = {
    "server is old, clips 0.2 and 0.28": {"loss_type": "dapo", "epsilon_high": 0.28},
    "by sequence": {"loss_type": "grpo"},
    "constant length": {"loss_type": "dr_grpo", "max_completion_length": 32},
    # TRL multiplies k3 by the ratio unless told not to; algorithm §6 has k3 itself as the loss.
    "recomputed old, truncated weights, k3": {
        "loss_type": "dapo", "beta": 0.05, "use_bias_correction_kl": False, "use_is": True},
}


def formula_base(folder: Path) -> Path:
    """The tiny model with weights that no library's random generator made."""
    model = AutoModelForCausalLM.from_pretrained(make_base(folder))
    with torch.no_grad():
        for place, (name, each) in enumerate(model.named_parameters()):
            wave = torch.sin(torch.arange(each.numel(), dtype=torch.float64) * 1.7 + place) * 0.4
            each.copy_((wave + (1.0 if "norm" in name else 0.0)).view_as(each))
    model.save_pretrained(folder)
    return folder


def oracle_rows(base: Path) -> list[dict]:
    return [{**row, "temperature": TEMPERATURE} for row in make_rows(base, noise=0.3)]


def fingerprint(gradients: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    """Of each parameter's gradient: its norm, and its product with a fixed vector."""
    along = {name: torch.cos(torch.arange(each.numel(), dtype=torch.float32)) for name, each in gradients.items()}
    return {name: [each.norm().item(), (each.flatten() * along[name]).sum().item()] for name, each in gradients.items()}


def padded(rows: list[list], left: bool = False, value: float = 0) -> torch.Tensor:
    longest = max(len(row) for row in rows)
    fill = [[value] * (longest - len(row)) for row in rows]
    return torch.tensor([more + row if left else row + more for row, more in zip(rows, fill, strict=True)])


def inputs_of(rows: list[dict], model: torch.nn.Module, recomputed: bool) -> dict[str, torch.Tensor]:
    """A batch as TRL has it: prompt and completion apart, tool output masked."""
    starts = [row["mask"].index(1) for row in rows]
    pairs = list(zip(rows, starts, strict=True))
    tool_mask = padded([row["mask"][start:] for row, start in pairs])
    server = padded([row["serverLogprobs"][start:] for row, start in pairs])
    inputs = {
        "prompt_ids": padded([row["tokenIds"][:start] for row, start in pairs], left=True),
        "prompt_mask": padded([[1] * start for start in starts], left=True),
        "completion_ids": padded([row["tokenIds"][start:] for row, start in pairs]),
        "completion_mask": padded([[1] * (len(row["tokenIds"]) - start) for row, start in pairs]),
        "tool_mask": tool_mask,
        "advantages": torch.tensor([row["advantage"] for row in rows]),
        "num_items_in_batch": tool_mask.sum(),
        "ref_per_token_logps": server,
    }
    if not recomputed:
        return {**inputs, "old_per_token_logps": server}
    with torch.no_grad():
        ours = padded([plain_logprobs(model, row["tokenIds"], TEMPERATURE)[start:].tolist() for row, start in pairs])
    return {**inputs, "importance_sampling_ratio": (ours - server).exp().clamp(max=2.0)}


def trl_numbers(base: Path, rows: list[dict], folder: str, use_is: bool = False, **options: object) -> dict:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerFast
    from trl import GRPOConfig, GRPOTrainer

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = GRPOConfig(output_dir=folder, temperature=TEMPERATURE, epsilon=0.2, use_cpu=True, bf16=False,
                        report_to=[], gradient_checkpointing=False, num_generations=4, per_device_train_batch_size=16,
                        **options)
    trainer = GRPOTrainer(model=model, args=config, reward_funcs=lambda completions, **_: [0.0] * len(completions),
                          train_dataset=Dataset.from_list([{"prompt": "x"}]), processing_class=tokenizer(folder))
    assert isinstance(trainer.processing_class, PreTrainedTokenizerFast)
    trainer.use_vllm, trainer.vllm_importance_sampling_correction = use_is, use_is
    trainer.current_gradient_accumulation_steps = 1
    trainer.args.steps_per_generation = 1
    model.train()
    loss = trainer._compute_loss(model, inputs_of(rows, model, recomputed=use_is))
    loss.backward()
    assert math.isfinite(loss.item())
    return {"loss": loss.item(), "gradients": fingerprint({name: each.grad for name, each in model.named_parameters()})}


def tokenizer(folder: str):
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"<pad>": 0, "x": 1}, unk_token="<pad>"))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<pad>")


def main() -> None:
    import trl

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        base = formula_base(Path(folder))
        rows = oracle_rows(base)
        cases = {name: trl_numbers(base, rows, folder, **options) for name, options in CASES.items()}
    FIXTURE.write_text(json.dumps({"trl": trl.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
