import random
from itertools import islice

import pytest
import torch
from transformers import AutoTokenizer

from agent0_ml.tiny_world import tokenizer
from agent0_ml.tiny_world.corpus import TOKENS_MAX, batches, random_document
from agent0_ml.tiny_world.generate import HARDNESSES, held_out, held_out_chains, random_chain, random_question
from agent0_ml.tiny_world.grammar import parse, truth
from agent0_ml.tiny_world.pretrain import fresh_decoder, train


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Let x=48. What is x?", 48),
        ("Let x=gcd(84,36). Then add 5. What is x?", 17),
        ("Let x=sum of i*3%7 for i<20. What is x?", sum(i * 3 % 7 for i in range(20))),
        ("Let x=4. Decrease x by 9. Reduce x modulo 7. What is x?", 2),
        ("Let x=4. Then subtract 29. Add up the digits of x. What is x?", 7),
        ("Let x=7. Do 3 times x=(4*x+5)%24. What is x?", 1),
        ("Let x=999. Then square it. Then square it. Then square it. What is x?", None),
        ("Let x=5. Then take the remainder by 0. What is x?", None),
        ("Let x=gcd(0,0). What is x?", None),
        ("Let x=05. What is x?", None),
        ("Let x=5. then add 2. What is x?", None),
        ("Let x=5. Then add 2. What is x? ", None),
        ("Let x=5. Then add 1000. What is x?", None),
        ("Let x=5." + " Then square it." * 9 + " What is x?", None),
    ],
)
def test_a_question_has_the_value_that_python_gives_it_or_none(question, value):
    assert truth(question) == value


def test_what_is_written_is_read_back():
    rng = random.Random(0)
    for _ in range(500):
        chain = random_chain(rng, rng.randrange(9), rng.choice(HARDNESSES))
        assert parse(random_question(rng, chain)) == chain


def test_the_held_out_set_has_50_tasks_of_each_length_and_none_twice():
    lengths = [len(chain.steps) for chain, _ in held_out()]
    assert [lengths.count(length) for length in range(1, 7)] == [50] * 6
    assert len(held_out_chains()) == 300


def test_no_held_out_task_is_in_the_corpus_in_any_wording():
    rng = random.Random("held-out")
    texts = [tokenizer.build().decode(random_document(rng).ids, skip_special_tokens=False) for _ in range(5000)]
    asked = [text.split("user\n")[1].split("<|im_end|>")[0] for text in texts]
    proposed = [text.split("<question>")[1].split("</question>")[0] for text in texts if "</question>" in text]
    chains = [parse(question) for question in [*asked, *proposed]]
    assert sum(chain is not None for chain in chains) > 4500
    assert not held_out_chains() & set(chains)


def test_the_filter_is_needed_because_short_tasks_do_coincide():
    rng = random.Random(0)
    assert any(random_chain(rng, 1, "easy") in held_out_chains() for _ in range(5000))


def test_a_document_reads_prompts_and_outputs_and_learns_to_write_the_rest():
    rng = random.Random(3)
    for document in (random_document(rng) for _ in range(300)):
        learned = [index for index, flag in zip(document.ids, document.mask, strict=True) if flag]
        text = tokenizer.build().decode(learned, skip_special_tokens=False)
        assert "user" not in text and "```output" not in text
        assert len(document.ids) <= TOKENS_MAX


def test_the_tokenizer_takes_the_longest_piece_and_loads_in_transformers(tmp_path):
    tokenizer.save(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = tokenizer.prompt("Let x=48. Then add 7. What is x?") + "Use Python.\n```python\nx=48\nx+=7\nprint(x)\n```\n"
    ids = tokenizer.encode(text)
    assert loaded(text)["input_ids"] == ids
    assert loaded.decode(ids) == text
    chat = [{"role": "user", "content": "Let x=48. Then add 7. What is x?"}]
    assert text.startswith(loaded.apply_chat_template(chat, add_generation_prompt=True, tokenize=False))
    assert tokenizer.build().encode("\nx+=48\n```\n").tokens == ["\nx+=", "4", "8", "\n```\n"]
    assert loaded.eos_token_id == tokenizer.pieces().index("<|im_end|>")


def test_printable_text_survives_the_tokenizer_and_other_text_is_the_unknown_token():
    text = "".join(map(chr, range(32, 127))) + "\n"
    assert tokenizer.build().decode(tokenizer.encode(text)) == text
    assert tokenizer.build().encode("é").tokens == [tokenizer.UNKNOWN]


def test_the_stream_can_begin_at_any_batch():
    whole = list(islice(batches(0, 0, 1200), 40))
    assert list(islice(batches(0, 37, 1200), 3)) == whole[37:]


def test_a_training_that_was_interrupted_ends_with_the_same_weights(tmp_path, monkeypatch):
    monkeypatch.setattr("agent0_ml.tiny_world.pretrain.BATCH_TOKENS", 300)
    torch.set_num_threads(1)
    whole = fresh_decoder(0)
    train(whole, tmp_path / "whole.pt", seed=0, steps=4)
    stopped = fresh_decoder(0)
    with monkeypatch.context() as patch:
        patch.setattr("agent0_ml.tiny_world.pretrain.SAVE_EVERY_S", -1)
        patch.setattr("agent0_ml.tiny_world.pretrain.batches", lambda *_: islice(batches(0, 0, 300), 2))
        train(stopped, tmp_path / "parts.pt", seed=0, steps=4)
    resumed = fresh_decoder(1)
    report = train(resumed, tmp_path / "parts.pt", seed=0, steps=4)
    assert report["done"] == 4
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
