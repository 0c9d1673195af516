import torch

from agent0_ml.trainer.log_probabilities import log_probabilities


def scores(tile):
    """Values and gradients for 9 tokens, 40 words, at two temperatures."""
    torch.manual_seed(1)
    hidden = torch.randn(9, 8, dtype=torch.float64, requires_grad=True)
    head = torch.randn(40, 8, dtype=torch.float64, requires_grad=True)
    target = torch.randint(40, (9,))
    temperature = torch.tensor([1.0, 0.7, 1.3]).repeat(3).double()
    if tile is None:
        log_softmax = (hidden @ head.T / temperature[:, None]).log_softmax(1)
        logp, entropy = log_softmax.gather(1, target[:, None])[:, 0], -(log_softmax.exp() * log_softmax).sum(1)
    else:
        logp, entropy = log_probabilities(hidden, head, target, temperature, tile)
    (logp * torch.arange(1, 10)).sum().backward()
    return logp, entropy, hidden.grad, head.grad


def test_chunked_equals_plain_in_values_and_gradients():
    for tile in (1, 80, 120, 10_000):  # 1, 2 and 3 tokens at a time, all at once
        for found, wanted in zip(scores(tile), scores(None), strict=True):
            torch.testing.assert_close(found, wanted, atol=1e-12, rtol=1e-12)


def test_a_frozen_head_gets_no_gradient():
    hidden, head = torch.randn(3, 8, requires_grad=True), torch.randn(40, 8)
    logp, entropy = log_probabilities(hidden, head, torch.tensor([1, 2, 3]), torch.ones(3))
    logp.sum().backward()
    assert hidden.grad is not None and head.grad is None and not entropy.requires_grad
