"""Loss and gradients against TRL's, whose numbers trl_oracle.py wrote down."""

import json

import pytest
import torch
from trainer_support import DEVICE, silent, write_batch
from trl_oracle import CASES, FIXTURE, fingerprint, formula_base, oracle_rows

from agent0_ml.trainer.batch import read_batch
from agent0_ml.trainer.config import parse_config
from agent0_ml.trainer.micro_batches import updates_of
from agent0_ml.trainer.policy import Policy
from agent0_ml.trainer.train import Training

SERVER = {"oldLogprobs": {"kind": "server"}}
OURS = {
    "server is old, clips 0.2 and 0.28": {**SERVER, "loss": {"clip": {"low": 0.2, "high": 0.28}}},
    "by sequence": {**SERVER, "aggregation": "seq-mean-token-mean"},
    "constant length": {**SERVER, "aggregation": "seq-mean-token-sum-norm", "sequenceLength": 32},
    "recomputed old, truncated weights, k3": {"kl": {"coefficient": 0.05}},
}
ORACLE = json.loads(FIXTURE.read_text())["cases"]


def test_every_case_is_compared():
    assert set(OURS) == set(ORACLE) == set(CASES)


@pytest.mark.parametrize("case", sorted(OURS))
def test_loss_and_gradients_equal_those_of_trl(case, tmp_path):
    base = formula_base(tmp_path / "base")
    fields = {"weights": {"kind": "full"}, "microBatchTokens": 128, "gradientNormMax": 1e9, **OURS[case]}
    config = parse_config(json.dumps(fields).encode())
    policy = Policy(base, DEVICE)
    policy.prepare(config)
    data = write_batch(tmp_path / "batch.parquet", oracle_rows(base)).read_bytes()
    rows = read_batch(data, config, policy.vocabulary_size, policy.length_max)
    training = Training(policy, config, policy.new_optimizer(config, {}), silent)
    if config.kl.coefficient > 0:  # the oracle's reference is the server
        training.reference = {row.file_row: torch.tensor(row.server_logprobs, device=DEVICE) for row in rows}
    [micro_batches] = updates_of(rows, 1, config.micro_batch_tokens)
    loss = training.update(0, micro_batches)["loss"]
    assert loss == pytest.approx(ORACLE[case]["loss"], abs=1e-5)
    found = fingerprint({name: each.grad.cpu() for name, each in policy.parameters.items()})
    assert set(found) == set(ORACLE[case]["gradients"])
    scale = max(norm for norm, _ in ORACLE[case]["gradients"].values())
    for name, wanted in ORACLE[case]["gradients"].items():
        assert found[name] == pytest.approx(wanted, rel=1e-4, abs=1e-5 * scale), name
