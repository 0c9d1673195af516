import pytest
import torch
from torch import tensor

from agent0_ml.trainer import losses


def surrogate(ratio, advantage, low=0.2, high=0.2, dual=None):
    values = [tensor([float(each)]) for each in (ratio, advantage, low, high)]
    loss, clipped = losses.surrogate(values[0].log(), torch.zeros(1), *values[1:], dual)
    return round(loss.item(), 6), clipped.item()


@pytest.mark.parametrize(("ratio", "advantage", "options", "loss", "clipped"), [
    (1.0, 2.0, {}, -2.0, False),
    (1.1, 1.0, {}, -1.1, False),
    (1.5, 1.0, {}, -1.2, True),
    (1.25, 1.0, {"high": 0.28}, -1.25, False),  # asymmetric: DAPO's upper clip
    (0.5, 1.0, {}, -0.5, False),  # the clip never helps a good token back
    (0.5, -1.0, {}, 0.8, True),
    (1.5, -1.0, {}, 1.5, False),
    (5.0, -1.0, {}, 5.0, False),
    (5.0, -1.0, {"dual": 3.0}, 3.0, True),
    (5.0, 1.0, {"dual": 3.0}, -1.2, True),  # the dual clip is for negative advantages only
])
def test_the_surrogate_by_hand(ratio, advantage, options, loss, clipped):
    assert surrogate(ratio, advantage, **options) == (loss, clipped)


def test_adpo_by_hand_on_six_rows():
    """p̂ .3, .5, .8 with A = +1 at ratio 1.28, then A = -1 at ratio 0.7: algorithm §6's scales and clips."""
    scale = tensor([0.6, 0.76, 1.0]).repeat(2)
    advantage = scale * tensor([1.0, 1, 1, -1, -1, -1])
    ratio = tensor([1.28, 1.28, 1.28, 0.7, 0.7, 0.7])
    high = tensor([0.30, 0.26, 0.20]).repeat(2)
    loss, clipped = losses.surrogate(ratio.log(), torch.zeros(6), advantage, torch.full((6,), 0.2), high, None)
    torch.testing.assert_close(loss, tensor([-0.768, -0.9576, -1.2, 0.48, 0.608, 0.8]), atol=1e-6, rtol=0)
    assert clipped.tolist() == [False, True, True, True, True, True]


def test_a_clipped_token_has_no_gradient():
    logp = tensor([0.5, 0.05], requires_grad=True)
    loss, _ = losses.surrogate(logp, torch.zeros(2), torch.ones(2), torch.full((2,), 0.2), torch.full((2,), 0.2), None)
    loss.sum().backward()
    assert logp.grad[0] == 0 and logp.grad[1] < 0


def test_k3_is_zero_at_the_reference_and_never_negative():
    assert losses.k3(tensor([-1.0]), tensor([-1.0])).item() == 0
    difference = torch.linspace(-3, 3, 61)
    assert (losses.k3(-difference, torch.zeros(61)) >= 0).all()
    assert losses.k3(tensor([0.0]), tensor([1.0])).item() == pytest.approx(0.718282, abs=1e-6)


def test_importance_weights_are_truncated_and_carry_no_gradient():
    ours = tensor([0.0, 2.0, -1.0]).log_softmax(0).requires_grad_()
    weight = losses.importance_weight(ours, ours.detach() - tensor([0.5, 1.0, -0.5]), 2.0)
    torch.testing.assert_close(weight, tensor([1.648721, 2.0, 0.606531]))
    assert not weight.requires_grad


def test_one_token_out_of_bounds_drops_its_row_and_no_other():
    log_ratio = tensor([0.0, 9.3, 0.0, -9.3, 0.0])
    keep = losses.rows_in_bounds(log_ratio, tensor([0, 0, 1, 2, 2]), 3, 1e-4, 1e4)
    assert keep.tolist() == [False, True, False]


@pytest.mark.parametrize(("mode", "numerator", "denominator"), [
    ("token-mean", 14.0, 3.0),
    ("seq-mean-token-mean", 3.5 + 7.0, 2.0),
    ("seq-mean-token-sum-norm", 1.4, 2.0),
    ("token-sum", 14.0, 2.0),
])
def test_aggregations_by_hand_without_the_dropped_row(mode, numerator, denominator):
    loss, row = tensor([3.0, 4.0, 7.0, 100.0]), tensor([0, 0, 1, 2])
    found = losses.aggregate(loss, row, tensor([True, True, False]), mode, sequence_length=10)
    assert [round(each.item(), 5) for each in found] == [numerator, denominator]
