"""Makes a model folder of a real model's shape with random weights, for bench/trainer-shapes.ts.

    python bench/trainer_shapes.py SHAPE FOLDER

Exit code 3, and no folder, where there is no GPU.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, Qwen3Config

NO_GPU = 3
SHARED = {"head_dim": 128, "num_key_value_heads": 8, "vocab_size": 151_936, "max_position_embeddings": 40_960,
          "tie_word_embeddings": True}
SHAPES = {
    "Qwen3-0.6B": Qwen3Config(hidden_size=1024, num_hidden_layers=28, num_attention_heads=16, intermediate_size=3072,
                              **SHARED),
    "Qwen3-4B": Qwen3Config(hidden_size=2560, num_hidden_layers=36, num_attention_heads=32, intermediate_size=9728,
                            **SHARED),
}


def make_model_folder(folder: Path, config: Qwen3Config, device: str) -> None:
    """bf16, as such models are published."""
    torch.manual_seed(0)
    with torch.device(device):
        AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(folder)


if __name__ == "__main__":
    if not torch.cuda.is_available():
        sys.exit(NO_GPU)
    make_model_folder(Path(sys.argv[2]), SHAPES[sys.argv[1]], "cuda")
