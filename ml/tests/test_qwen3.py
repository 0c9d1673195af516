import json

import pytest
import torch
from support import random_model
from transformers import AutoModelForCausalLM, Qwen3Config, Qwen3ForCausalLM

from agent0_ml.qwen3.checkpoint import load_decoder
from agent0_ml.qwen3.config import BadModel, parse_config


@torch.no_grad()
def largest_difference(folder):
    ids = torch.randint(0, 150, (3, 40), generator=torch.Generator().manual_seed(0))
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)(ids).logits
    return (load_decoder(folder)(ids) - theirs).abs().max().item()


def test_our_logits_are_those_of_transformers(tmp_path):
    assert largest_difference(random_model(tmp_path)) < 1e-5


def test_a_folder_that_transformers_wrote_in_the_shape_of_qwen3_0_6b_gives_its_logits(tmp_path):
    config = Qwen3Config(
        vocab_size=4096,
        hidden_size=1024,
        intermediate_size=3072,
        num_hidden_layers=2,
        num_attention_heads=16,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=40960,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        tie_word_embeddings=True,
        eos_token_id=2,
        dtype="bfloat16",
    )
    Qwen3ForCausalLM(config).to(torch.bfloat16).save_pretrained(tmp_path)
    assert largest_difference(tmp_path) < 1e-5


def broken(folder, change):
    change(folder)
    with pytest.raises(BadModel) as caught:
        load_decoder(folder)
    return str(caught.value)


def edit_config(**changes):
    def change(folder):
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def cut_weights(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda folder: (folder / "config.json").unlink(), "is not a model folder"),
        (lambda folder: (folder / "config.json").write_text("{"), "is not JSON"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is missing"),
        (cut_weights, "is cut or damaged"),
        (edit_config(architectures=["LlamaForCausalLM"]), "only Qwen3ForCausalLM is known"),
        (edit_config(attention_bias=True), "attention_bias is implemented as False only"),
        (edit_config(rope_parameters={"rope_type": "yarn"}), "only plain rotation is known"),
        (edit_config(mystery=1), "unknown key mystery"),
        (edit_config(head_dim=None), "lacks head_dim"),
        (edit_config(hidden_size=64), "the weights do not fit config.json"),
    ],
)
def test_a_folder_that_cannot_be_run_is_refused_in_one_sentence(tmp_path, change, sentence):
    assert sentence in broken(random_model(tmp_path), change)


def test_a_config_of_older_transformers_is_read_too(tmp_path):
    data = json.loads((random_model(tmp_path) / "config.json").read_text())
    theta = data.pop("rope_parameters")["rope_theta"]
    old = {**data, "rope_theta": theta, "rope_scaling": None, "torch_dtype": "float32", "eos_token_id": [2, 0]}
    assert parse_config(old).rope_theta == theta
    assert parse_config(old).eos_token_ids == (2, 0)
