import json

import pytest
import torch
from peft import LoraConfig, get_peft_model
from support import complete, engine_of, random_model
from transformers import AutoModelForCausalLM

from agent0_ml.model_server.errors import ApiError
from agent0_ml.model_server.policies import Policies

PROMPT = list(range(20, 50))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return random_model(tmp_path_factory.mktemp("models") / "base-model")


def adapter(base, folder, seed=0, **settings):
    """An adapter as PEFT writes it, with weights that change the model; also the logits that PEFT gives with it."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    lora = LoraConfig(
        **{"r": 8, "lora_alpha": 16, "target_modules": "all-linear", "task_type": "CAUSAL_LM", **settings}
    )
    tuned = get_peft_model(model, lora)
    for name, parameter in tuned.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    tuned.save_pretrained(folder)
    with torch.no_grad():
        return folder, tuned.eval()(torch.tensor([PROMPT])).logits[0]


def edited(folder, **changes):
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder


@pytest.mark.parametrize("settings", [{}, {"use_rslora": True}, {"target_modules": ["q_proj", "down_proj"], "r": 2}])
@torch.no_grad()
def test_a_merged_adapter_gives_the_logits_of_peft(base, tmp_path, settings):
    folder, wanted = adapter(base, tmp_path / "a", **settings)
    policies = Policies(base, "base", 2, 16)
    plain = policies.decoder(policies.base)(torch.tensor([PROMPT]))[0]
    merged = policies.decoder(policies.load("a", folder))(torch.tensor([PROMPT]))[0]
    assert (merged - wanted).abs().max() < 1e-4
    assert (merged - plain).abs().max() > 0.01
    assert torch.equal(policies.decoder(policies.base)(torch.tensor([PROMPT]))[0], plain)


@torch.no_grad()
def test_a_folder_with_all_weights_is_a_policy_too(base, tmp_path):
    other = random_model(tmp_path / "other", seed=7)
    policies = Policies(base, "base", 2, 16)
    plain = policies.decoder(policies.base)(torch.tensor([PROMPT]))[0]
    whole = policies.decoder(policies.load("whole", other))(torch.tensor([PROMPT]))[0]
    model = AutoModelForCausalLM.from_pretrained(other, dtype=torch.float32).eval()
    assert (whole - model(torch.tensor([PROMPT])).logits[0]).abs().max() < 1e-4
    assert (whole - plain).abs().max() > 0.01
    (other / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(ApiError, match="cut or damaged"):
        policies.load("cut", other)


def test_policies_run_side_by_side_and_one_does_not_change_the_other(base, tmp_path):
    engine = engine_of(base, "--max-cpu-loras", "1")
    body = {"prompt": PROMPT, "n": 3, "seed": 5, "max_tokens": 20}
    for name, seed in (("a", 1), ("b", 2)):
        engine.policies.load(name, adapter(base, tmp_path / name, seed)[0])

    def ids(*names):
        found = complete(engine, *({**body, "model": name} for name in names))
        return [[(sample.ids, sample.logprobs) for sample in samples] for samples in found]

    (alone,) = ids("a")
    together = ids("a", "b", "base")
    assert together[0] == alone
    assert together[0] != together[1] != together[2]
    assert ids("a")[0] == alone


@pytest.mark.parametrize(
    ("settings", "changes", "sentence"),
    [
        ({"modules_to_save": ["lm_head"]}, {}, "modules_to_save"),
        ({"use_dora": True}, {}, "use_dora"),
        ({"r": 32}, {}, "rank 32 is not between 1 and 16"),
        ({}, {"bias": "all"}, "bias"),
        ({}, {"fan_in_fan_out": True}, "fan_in_fan_out"),
        ({}, {"peft_type": "IA3"}, "only LORA is known"),
        ({}, {"base_model_name_or_path": "/models/other"}, "was made for the base '/models/other'"),
        ({}, {"r": 4}, "the base wants [4, "),
    ],
)
def test_an_adapter_that_cannot_be_merged_is_a_500_with_its_reason_and_the_others_go_on(
    base, tmp_path, settings, changes, sentence
):
    policies = Policies(base, "base", 2, 16)
    good = policies.load("good", adapter(base, tmp_path / "good")[0])
    bad = edited(adapter(base, tmp_path / "bad", **settings)[0], **changes)
    with pytest.raises(ApiError) as caught:
        policies.load("bad", bad)
    assert (caught.value.status, sentence in str(caught.value)) == (500, True)
    assert policies.all() == [policies.base, good]


def test_an_adapter_with_cut_weights_or_of_another_shape_is_refused(base, tmp_path):
    policies = Policies(base, "base", 2, 16)
    folder, _ = adapter(base, tmp_path / "cut")
    tensors = folder / "adapter_model.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-10])
    with pytest.raises(ApiError, match="is cut or damaged"):
        policies.load("cut", folder)


def test_names_are_never_reused_and_unknown_ones_are_404(base, tmp_path):
    policies = Policies(base, "base", 2, 16)
    folder, _ = adapter(base, tmp_path / "a")
    policies.load("a", folder)
    with pytest.raises(ApiError, match="already been loaded") as again:
        policies.load("a", folder)
    with pytest.raises(ApiError, match="No adapter found") as missing:
        policies.load("b", tmp_path / "nothing")
    with pytest.raises(ApiError, match="cannot be found") as unknown:
        policies.unload("b")
    assert (again.value.status, missing.value.status, unknown.value.status) == (400, 404, 404)
    policies.unload("a")
    with pytest.raises(ApiError, match="does not exist"):
        policies.find("a")
