"""The checkpoint under models/tiny-world is what the scripts say it is."""

import json

import pytest
import torch
from support import SHIPPED, engine_of
from transformers import AutoModelForCausalLM, AutoTokenizer

from agent0_ml.model_server.text import Text
from agent0_ml.qwen3.checkpoint import load_decoder
from agent0_ml.tiny_world import tokenizer
from agent0_ml.tiny_world.execution import Programs
from agent0_ml.tiny_world.generate import held_out_lines
from agent0_ml.tiny_world.grammar import truth
from agent0_ml.tiny_world.measure import held_out_scores, proposal_scores
from agent0_ml.tiny_world.pretrain import base_config


@torch.no_grad()
def test_its_logits_on_real_text_are_those_of_transformers():
    text = tokenizer.prompt("Let x=48. Then add 7. What is x?") + "Use Python.\n```python\nx=48\nx+=7\nprint(x)\n```\n"
    ids = torch.tensor([tokenizer.encode(text)])
    theirs = AutoModelForCausalLM.from_pretrained(SHIPPED, dtype=torch.float32)(ids).logits
    assert (load_decoder(SHIPPED)(ids) - theirs).abs().max() < 1e-5


def test_it_has_the_shape_of_the_script_about_0_8m_parameters_and_a_small_file():
    decoder = load_decoder(SHIPPED)
    assert decoder.config == base_config()
    assert sum(parameter.numel() for parameter in decoder.parameters()) == 807_680
    assert (SHIPPED / "model.safetensors").stat().st_size < 3_500_000


def test_its_tokenizer_is_the_scripts_and_serves_transformers_and_the_server(tmp_path):
    tokenizer.save(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert json.loads((SHIPPED / name).read_text()) == json.loads((tmp_path / name).read_text())
    text = tokenizer.prompt("Let x=gcd(84,36). What is x?")
    ids = tokenizer.encode(text)
    assert AutoTokenizer.from_pretrained(SHIPPED)(text)["input_ids"] == ids
    assert Text(SHIPPED, base_config()).encode(text) == ids


def test_its_held_out_set_is_the_scripts_with_true_answers():
    text = (SHIPPED / "held-out.jsonl").read_text()
    assert text == held_out_lines()
    tasks = [json.loads(line) for line in text.splitlines()]
    assert len(tasks) == 300
    assert all(str(truth(task["question"])) == task["answer"] for task in tasks)


def test_it_behaves_like_a_base_model_on_a_part_of_the_held_out_set():
    """Wide bounds: the figures of the model card come from the whole set, by `npm run tiny-world:measure`."""
    tasks = [json.loads(line) for line in held_out_lines().splitlines()][::5]
    engine = engine_of(SHIPPED, "--max-num-queued-reqs", "100000")
    with Programs() as programs:
        held_out = held_out_scores(engine, programs, tasks, k=4, seed=1)["all"]
        proposals = proposal_scores(engine, programs, k=2, seed=2)
    assert 0.2 < held_out["mean"] < 0.45
    assert held_out["mean"] < held_out["majority"]
    assert proposals["well_formed"] > 0.8
    assert proposals["distinct"] > 0.9


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("x=48\nx+=7\nprint(x)", "55"),
        ("from math import gcd;x=gcd(84,36)\nprint(x)", "12"),
        ("print(y)", "NameError: name 'y' is not defined"),
        ("x=1\n" * 6 + "print(x)", "Error: more than 6 lines"),
        ("x=[0]*10**9\nprint(1)", "MemoryError"),
    ],
)
def test_measuring_runs_programs_for_real_and_within_limits(code, shown):
    with Programs() as programs:
        assert programs.run(code) == shown
        assert programs.run("print(1)") == "1"


def test_measuring_ends_a_program_that_goes_on_for_ever():
    with Programs() as programs:
        # Which clock ends it depends on how busy the machine is.
        ends = {f"Error: the program ran out of {clock} time" for clock in ("cpu", "wall")}
        assert programs.run("while 1:x=1") in ends
        assert programs.run("print(1)") == "1"


def test_measuring_runs_programs_where_they_reach_no_file_of_ours(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("text")
    with Programs() as programs:
        said = programs.run(f"import os;os.unlink({str(victim)!r})")
    assert said.startswith("FileNotFoundError")
    assert victim.read_text() == "text"
