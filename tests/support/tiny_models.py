"""Models for the contract tests of the model server, made with transformers and peft, which also recompute logprobs.

make FOLDER    writes base/ (Qwen3 architecture, random weights, a token per character), first/ and second/ (LoRA
               adapters of it), and prints a canary per policy, as contracts/canary.ts has it
score FOLDER   reads [{"policy", "promptTokenIds", "tokenIds"}] and prints [[logprob of each token]]
"""

import json
import string
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

END = "<end>"
CHARACTERS = [END, *string.digits, *string.ascii_letters, *" \n`.,:;=+-*/%()[]{}\\'\"_<>!?#"]
PROMPT = "What is 6*7?\n"
CANARY_TOKENS = 8


def make_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({text: index for index, text in enumerate(CHARACTERS)}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("[\\s\\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END).save_pretrained(folder)


def make_base(folder: Path) -> None:
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(CHARACTERS),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        eos_token_id=0,
        pad_token_id=0,
        bos_token_id=None,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    make_tokenizer(folder)


def make_adapter(base: Path, folder: Path, seed: int) -> None:
    """Its weights are large enough to move every logprob well beyond what two computations may differ by."""
    torch.manual_seed(seed)
    config = LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(Qwen3ForCausalLM.from_pretrained(base), config)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    model.save_pretrained(folder)


def policy(folder: Path, name: str) -> torch.nn.Module:
    model = Qwen3ForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    return (model if name == "base" else PeftModel.from_pretrained(model, folder / name)).eval()


@torch.no_grad()
def score(model: torch.nn.Module, prompt: list[int], tokens: list[int]) -> list[float]:
    logprobs = model(torch.tensor([prompt + tokens])).logits[0].log_softmax(-1)
    return [logprobs[len(prompt) - 1 + index, token].item() for index, token in enumerate(tokens)]


@torch.no_grad()
def canary(model: torch.nn.Module, base: torch.nn.Module) -> dict:
    prompt = [CHARACTERS.index(character) for character in PROMPT]
    tokens: list[int] = []
    for _ in range(CANARY_TOKENS):
        tokens.append(model(torch.tensor([prompt + tokens])).logits[0, -1].argmax().item())
    places = list(range(len(prompt), len(prompt) + len(tokens)))
    return {"rows": [{"tokenIds": prompt + tokens, "places": places, "logprobs": score(model, prompt, tokens),
                      "parent": None, "base": score(base, prompt, tokens)}]}


def make(folder: Path) -> dict:
    make_base(folder / "base")
    make_adapter(folder / "base", folder / "first", seed=1)
    make_adapter(folder / "base", folder / "second", seed=2)
    base = policy(folder, "base")
    return {name: canary(policy(folder, name), base) for name in ("base", "first", "second")}


def scores(folder: Path, samples: list[dict]) -> list[list[float]]:
    known = {name: policy(folder, name) for name in {sample["policy"] for sample in samples}}
    return [score(known[each["policy"]], each["promptTokenIds"], each["tokenIds"]) for each in samples]


if __name__ == "__main__":
    command, where = sys.argv[1], Path(sys.argv[2])
    print(json.dumps(make(where) if command == "make" else scores(where, json.load(sys.stdin))))
