import pytest

from agent0_ml.trainer.config import ConstantClip, Full, RowClip, ServerOld, StepConfig, parse_config
from agent0_ml.trainer.errors import Refusal


def test_an_empty_document_is_the_defaults_of_the_notes():
    config = parse_config(b"{}")
    assert config == StepConfig()
    assert (config.weights.rank, config.weights.alpha, config.weights.learning_rate) == (16, 32, 2e-5)
    assert (config.beta1, config.beta2, config.weight_decay, config.gradient_norm_max) == (0.9, 0.95, 0, 1)
    assert config.loss.clip == ConstantClip(low=0.2, high=0.2)


def test_kinds_choose_their_record():
    config = parse_config(b'{"weights": {"kind": "full"}, "loss": {"clip": {"kind": "rows"}, "dualClip": 3},'
                          b' "oldLogprobs": {"kind": "server"}}')
    assert config.weights == Full(learning_rate=1e-6)
    assert config.loss.clip == RowClip() and config.loss.dual_clip == 3.0
    assert config.old_logprobs == ServerOld()


@pytest.mark.parametrize(("document", "reason"), [
    ("{", "config: not JSON"),
    ("[]", r"config: \[\] is not an object"),
    ('{"learningRate": 1}', "config.learningRate: unknown; known are weights, loss"),
    ('{"weights": {"kind": "dora"}}', "config.weights.kind: 'dora' is not one of lora, full"),
    ('{"weights": {"kind": "full", "rank": 4}}', "config.weights.rank: unknown"),
    ('{"weights": {"rank": 0}}', "config.weights.rank: 0 is out of bounds"),
    ('{"weights": {"rank": 1.5}}', "config.weights.rank: 1.5 is not a int"),
    ('{"weights": {"learningRate": 0}}', "config.weights.learningRate: 0.0 is out of bounds"),
    ('{"weights": {"learningRate": NaN}}', "config.weights.learningRate: nan is not a float"),
    ('{"aggregation": "mean"}', "config.aggregation: 'mean' is not one of token-mean"),
    ('{"updatesPerBatch": true}', "config.updatesPerBatch: True is not a int"),
    ('{"loss": {"dualClip": 1}}', "config.loss.dualClip: 1.0 is out of bounds"),
])
def test_a_wrong_config_is_refused_by_its_path(document, reason):
    with pytest.raises(Refusal, match=reason):
        parse_config(document.encode())
