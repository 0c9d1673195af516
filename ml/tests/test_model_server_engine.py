import pytest
import torch
from support import complete, engine_of, random_model
from transformers import Qwen3Config, Qwen3ForCausalLM

from agent0_ml.model_server.errors import ApiError
from agent0_ml.model_server.request import parse_completion
from agent0_ml.qwen3.checkpoint import load_decoder
from agent0_ml.tiny_world.tokenizer import encode, prompt
from agent0_ml.tiny_world.tokenizer import save as save_tokenizer

PROMPT = encode(prompt("Let x=48. Then add 7. What is x?"))
OTHERS = [
    {"prompt": PROMPT[: 4 + index % 9] * (1 + index % 5), "seed": index, "max_tokens": 9 + index} for index in range(64)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return random_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def engine(folder):
    return engine_of(folder, "--max-num-seqs", "64")


def drawn(samples):
    return [(sample.ids, sample.logprobs, sample.finish_reason) for sample in samples]


BODY = {"prompt": PROMPT, "n": 3, "seed": 7, "max_tokens": 60}


def test_the_same_request_gives_the_same_bits_alone_among_64_others_and_on_a_fresh_engine(folder, engine):
    alone = drawn(complete(engine, BODY)[0])
    assert drawn(complete(engine, *OTHERS[:40], BODY, *OTHERS[40:])[40]) == alone
    assert (
        drawn(complete(engine_of(folder, "--max-num-seqs", "16", "--max-model-len", "301"), *OTHERS[:9], BODY)[9])
        == alone
    )
    assert len({tuple(ids) for ids, _, _ in alone}) == 3


def test_a_request_that_comes_while_others_run_gives_the_same_bits(engine):
    alone = drawn(complete(engine, BODY)[0])
    for body in OTHERS:
        engine.submit(parse_completion({"model": "base", **body}))
    for _ in range(7):
        engine.step()
    assert drawn(complete(engine, BODY)[0]) == alone


def test_where_kernels_depend_on_the_batch_one_fixed_shape_gives_the_same_bits(folder, monkeypatch):
    monkeypatch.setattr("agent0_ml.model_server.options.is_batch_invariant", lambda *_: False)
    fixed = engine_of(folder, "--max-num-seqs", "16", "--max-model-len", "128")
    assert fixed.shapes.fixed
    alone = drawn(complete(fixed, BODY)[0])
    assert drawn(complete(fixed, *OTHERS[:20], BODY)[20]) == alone


def test_logprobs_are_those_of_a_full_forward_pass(folder, engine):
    decoder = load_decoder(folder)
    for sample in complete(engine, BODY, *OTHERS[:5])[0]:
        logits = decoder(torch.tensor([[*sample.prompt, *sample.ids]]))[0, len(sample.prompt) - 1 : -1]
        wanted = torch.log_softmax(logits, -1).gather(1, torch.tensor(sample.ids)[:, None])[:, 0]
        assert torch.allclose(torch.tensor(sample.logprobs), wanted, atol=1e-4)


def test_n_samples_of_a_seed_are_single_samples_of_the_seeds_that_follow(engine):
    group = drawn(complete(engine, {**BODY, "n": 4})[0])
    single = complete(engine, *({**BODY, "n": 1, "seed": 7 + index} for index in range(4)))
    assert [drawn(samples)[0] for samples in single] == group


def test_the_default_is_16_tokens_and_the_limit_counts(engine):
    (sample,) = complete(engine, {"prompt": PROMPT, "seed": 1, "ignore_eos": True})[0]
    assert (len(sample.ids), sample.finish_reason) == (16, "length")


def test_a_stop_token_ends_a_sample_is_among_its_ids_and_not_in_its_text(engine):
    (free,) = complete(engine, {**BODY, "n": 1, "ignore_eos": True})[0]
    stop = next(index for index in free.ids[3:] if index > 3)
    (sample,) = complete(engine, {**BODY, "n": 1, "ignore_eos": True, "stop_token_ids": [stop]})[0]
    assert sample.ids == free.ids[: free.ids.index(stop) + 1]
    assert (sample.finish_reason, sample.stop_reason) == ("stop", stop)
    assert sample.text() == engine.text.decode(sample.ids[:-1])


def test_a_stop_text_ends_a_sample_and_cuts_its_text_unless_it_is_to_be_included(engine):
    body = {**BODY, "n": 1, "ignore_eos": True, "max_tokens": 60}
    whole = complete(engine, body)[0][0].text()
    stop = whole[20:22]
    begin = whole.find(stop)
    (sample,) = complete(engine, {**body, "stop": [stop]})[0]
    (included,) = complete(engine, {**body, "stop": stop, "include_stop_str_in_output": True})[0]
    assert (sample.text(), included.text()) == (whole[:begin], whole[: begin + len(stop)])
    assert sample.stop_reason == stop
    assert engine.text.decode(sample.ids).startswith(whole[: begin + len(stop)])


def test_before_min_tokens_no_end_is_drawn(engine):
    bodies = [{"prompt": PROMPT, "seed": seed, "max_tokens": 40} for seed in range(200)]
    free = complete(engine, *bodies)
    early = [index for index, (sample,) in enumerate(free) if sample.finish_reason == "stop" and len(sample.ids) < 20]
    assert early
    for (sample,) in complete(engine, *({**bodies[index], "min_tokens": 20} for index in early)):
        assert len(sample.ids) >= 20
        assert 2 not in sample.ids[:19]


def test_temperature_and_truncation_are_in_the_logprobs(folder, engine):
    decoder = load_decoder(folder)
    row = decoder(torch.tensor([PROMPT]))[0, -1]
    for body, kept in (({"top_k": 3}, 3), ({"min_p": 0.9999}, 1), ({"top_p": 1e-6}, 1), ({"temperature": 0.5}, 155)):
        (samples,) = complete(engine, {"prompt": PROMPT, "n": 200, "seed": 0, "max_tokens": 1, **body})
        allowed = row.topk(kept).indices.tolist()
        wanted = torch.full_like(row, -torch.inf)
        wanted[allowed] = row[allowed] / body.get("temperature", 1.0)
        wanted = torch.log_softmax(wanted, -1)
        for sample in samples:
            assert sample.ids[0] in allowed
            assert sample.logprobs[0] == pytest.approx(wanted[sample.ids[0]].item(), abs=1e-4)


def test_temperature_zero_takes_the_likeliest(folder, engine):
    (sample,) = complete(engine, {"prompt": PROMPT, "temperature": 0, "max_tokens": 5, "ignore_eos": True})[0]
    decoder = load_decoder(folder)
    for place in range(5):
        assert decoder(torch.tensor([PROMPT + sample.ids[:place]]))[0, -1].argmax().item() == sample.ids[place]


def test_frequencies_are_the_probabilities(folder, engine):
    (samples,) = complete(engine, {"prompt": PROMPT, "n": 4000, "seed": 0, "max_tokens": 1})
    wanted = load_decoder(folder)(torch.tensor([PROMPT]))[0, -1].softmax(-1)
    found = torch.bincount(torch.tensor([sample.ids[0] for sample in samples]), minlength=155) / 4000
    assert (found - wanted).abs().max() < 4 * (wanted.max() / 4000).sqrt()


def test_prompt_logprobs_are_those_of_a_full_forward_pass(folder, engine):
    (sample,) = complete(engine, {"prompt": PROMPT, "max_tokens": 0, "echo": True, "logprobs": 0})[0]
    wanted = torch.log_softmax(load_decoder(folder)(torch.tensor([PROMPT]))[0, :-1], -1)
    for row, (index, top) in enumerate(zip(PROMPT[1:], sample.prompt_top, strict=True)):
        assert top[index][0] == pytest.approx(wanted[row, index].item(), abs=1e-4)


def test_an_aborted_job_leaves_and_nobody_else_notices(engine):
    alone = drawn(complete(engine, BODY)[0])
    gone = engine.submit(
        parse_completion({"model": "base", "prompt": PROMPT, "n": 9, "max_tokens": 300, "ignore_eos": True})
    )
    kept = engine.submit(parse_completion({"model": "base", **BODY}))
    engine.step()
    engine.abort(gone)
    while engine.has_work:
        engine.step()
    assert all(sample.aborted for sample in gone.samples)
    assert drawn(kept.samples) == alone
    assert engine.running == 0


def refused(engine, body):
    with pytest.raises(ApiError) as caught:
        engine.submit(parse_completion({"model": "base", "prompt": PROMPT, **body}))
    return caught.value.status, str(caught.value)


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"presence_penalty": 0.5}, 400, "presence_penalty is not implemented"),
        ({"repetition_penalty": 1.1}, 400, "repetition_penalty is not implemented"),
        ({"logit_bias": {"5": 3}}, 400, "logit_bias is not implemented"),
        ({"allowed_token_ids": [1]}, 400, "allowed_token_ids is not implemented"),
        ({"structured_outputs": {"regex": "a"}}, 400, "structured_outputs is not implemented"),
        ({"stream": True}, 400, "stream is not implemented"),
        ({"temperature": -1}, 400, "temperature must be a number"),
        ({"top_p": 0}, 400, "top_p must be a number"),
        ({"max_tokens": 0}, 400, "max_tokens must be an integer"),
        ({"n": "3"}, 400, "n must be an integer"),
        ({"n": 2, "temperature": 0}, 400, "n must be 1 at temperature 0"),
        ({"max_tokens": 4, "min_tokens": 5}, 400, "min_tokens must be at most max_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, 400, "4 at most"),
        ({"stop": [""]}, 400, "stop must be"),
        ({"prompt": []}, 400, "prompt must be"),
        ({"prompt": [[]]}, 400, "the prompt is empty"),
        ({"prompt": [155]}, 400, "out of vocabulary"),
        ({"prompt": [4] * 500, "max_tokens": 13}, 400, "maximum context length is 512"),
        ({"model": "nobody"}, 404, "`nobody` does not exist"),
        ({"n": 16384, "prompt": [[4], [5]]}, 503, "retry later"),
    ],
)
def test_a_request_that_cannot_be_served_is_refused(engine, body, status, sentence):
    found, text = refused(engine, body)
    assert (found, sentence in text) == (status, True)
    assert not engine.has_work


def test_neutral_and_unknown_fields_are_accepted():
    body = {
        "presence_penalty": 0.0,
        "repetition_penalty": 1,
        "logit_bias": None,
        "top_k": -1,
        "user": "x",
        "cache_salt": "s",
    }
    assert parse_completion({"model": "base", "prompt": "a", **body}).sampling.top_k == 0


@pytest.mark.full
def test_a_model_in_the_shape_of_qwen3_0_6b_is_served_with_the_same_bits_alone_and_among_others(tmp_path):
    """Two layers and a small vocabulary of that shape: more layers run the same code for longer."""
    shape = {"hidden_size": 1024, "intermediate_size": 3072, "num_attention_heads": 16, "num_key_value_heads": 8}
    config = Qwen3Config(
        vocab_size=2048, head_dim=128, num_hidden_layers=2, tie_word_embeddings=True, eos_token_id=2, **shape
    )
    Qwen3ForCausalLM(config).to(torch.bfloat16).save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    engine = engine_of(tmp_path, "--max-num-seqs", "32", "--max-model-len", "256")
    body = {**BODY, "n": 2, "max_tokens": 12}
    alone = drawn(complete(engine, body)[0])
    others = [{**other, "max_tokens": 12} for other in OTHERS[:20]]
    assert drawn(complete(engine, *others, body)[20]) == alone
