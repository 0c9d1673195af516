"""Laws of the compute, on a real model of two layers."""

import json
from functools import partial
from itertools import pairwise

import pytest
import torch
from trainer_support import CPU, DEVICE, make_rows, plain_logprobs, silent, write_batch
from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForCausalLM

from agent0_ml.trainer.batch import read_batch
from agent0_ml.trainer.config import parse_config
from agent0_ml.trainer.errors import Diverged, Refusal
from agent0_ml.trainer.metrics import Tally
from agent0_ml.trainer.micro_batches import micro_batch, updates_of
from agent0_ml.trainer.policy import Policy, compute_dtype, fuse_norms
from agent0_ml.trainer.train import Training, learning_rate

FULL = {"kind": "full", "learningRate": 0.01}
LORA = {"kind": "lora", "rank": 4, "learningRate": 0.01}


class Run:
    """A policy after one step on some rows: gradients of the last update, weights, metrics."""

    def __init__(self, base, folder, rows, reference=None, attention=None, dtype=None, **fields):
        self.config = parse_config(json.dumps({"weights": FULL, "gradientNormMax": 1e9, **fields}).encode())
        data = write_batch(folder / "batch.parquet", rows).read_bytes()
        self.policy = Policy(base, DEVICE, attention, dtype)
        self.rows = read_batch(data, self.config, self.policy.vocabulary_size, self.policy.length_max)
        self.policy.prepare(self.config)
        torch.manual_seed(3)
        self.policy.load(None)
        optimizer = self.policy.new_optimizer(self.config, {})
        self.training = Training(self.policy, self.config, optimizer, silent)
        self.metrics = self.training.run(self.rows, reference, step=1)
        self.gradients = {name: each.grad.clone().cpu() for name, each in self.policy.parameters.items()}


def same_gradients(found, wanted, tolerance=5e-6):
    """The distance of the two whole gradients, as a share of the gradient's norm."""
    distance = sum(((found.gradients[name] - each) ** 2).sum() for name, each in wanted.gradients.items()) ** 0.5
    norm = sum((each**2).sum() for each in wanted.gradients.values()) ** 0.5
    assert norm > 0 and distance / norm < tolerance


@pytest.mark.parametrize("aggregation", ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum-norm", "token-sum"])
def test_the_cut_into_micro_batches_changes_nothing(base, tmp_path, aggregation):
    rows = make_rows(base)
    whole = Run(base, tmp_path, rows, aggregation=aggregation)
    for tokens in (1, 70):  # one row each; a few rows each
        cut = Run(base, tmp_path, rows, aggregation=aggregation, microBatchTokens=tokens)
        same_gradients(cut, whole)
        assert cut.metrics[0]["loss"] == pytest.approx(whole.metrics[0]["loss"], rel=1e-6, abs=1e-6)


def test_the_reported_loss_of_token_sum_is_the_sum_over_the_update(base, tmp_path):
    rows, cut = make_rows(base), {"microBatchTokens": 60, "updatesPerBatch": 2}
    mean, total = (Run(base, tmp_path, rows, aggregation=each, **cut).metrics[0]
                   for each in ("token-mean", "token-sum"))
    [tokens] = {round(total["totals"][name][1]) for name in ("policy_loss", "entropy")}
    assert total["loss"] == pytest.approx(mean["loss"] * tokens, rel=1e-5)
    assert total["totals"]["loss"][1] == 1


@pytest.mark.parametrize("kind", ["recomputed", "server"])
def test_mismatch_and_dropped_rows_are_those_before_the_first_update(base, tmp_path, kind):
    """However far the first update moves the weights, the second says of its rows what they were sampled with."""
    rows = make_rows(base)
    options = {"oldLogprobs": {"kind": kind, "ratioMax": 3.0}, "updatesPerBatch": 2}
    still, moved = (Run(base, tmp_path, rows, weights={"kind": "full", "learningRate": rate}, **options).metrics
                    for rate in (1e-12, 0.3))
    for name in ("sampler_kl_k1", "sampler_kl_k3", "sampler_abs_difference", "dropped_row_share"):
        assert [each[name] for each in moved] == pytest.approx([each[name] for each in still], abs=1e-6), name
    assert moved[1]["entropy"] != pytest.approx(still[1]["entropy"], abs=1e-2)


def varlen_attention(module, query, key, value, _mask, scaling, cu_seq_lens_q, **_):
    """What FlashAttention's variable-length kernel computes, one row after the other. [1, heads, tokens, D] in."""
    found = [
        torch.nn.functional.scaled_dot_product_attention(
            query[:, :, start:end], key[:, :, start:end], value[:, :, start:end], is_causal=True, scale=scaling,
            enable_gqa=True)
        for start, end in pairwise(cu_seq_lens_q.tolist())
    ]
    return torch.cat(found, dim=2).transpose(1, 2), None


def test_packed_equals_padded(base, tmp_path):
    AttentionInterface.register("varlen_reference", varlen_attention)
    AttentionMaskInterface.register("varlen_reference", lambda **_: None)
    rows = make_rows(base)
    padded = Run(base, tmp_path, rows)
    packed = Run(base, tmp_path, rows, attention="varlen_reference", microBatchTokens=100)
    same_gradients(packed, padded)
    sizes = [sum(len(row.token_ids) for row in micro) for micro in updates_of(packed.rows, 1, 100, packed=True)[0]]
    assert len(sizes) > 1 and max(sizes) <= 100


def test_gradient_checkpointing_changes_nothing(base, tmp_path):
    for weights in (FULL, LORA):
        plain, checkpointed = (Run(base, tmp_path, make_rows(base), weights=weights, gradientCheckpointing=each)
                               for each in (False, True))
        same_gradients(checkpointed, plain)
        assert plain.metrics[0]["gradient_norm"] > 0


def test_bf16_compute_stays_near_fp32_and_what_is_trained_is_fp32(base, tmp_path):
    for weights in (FULL, LORA):
        wide, narrow = (Run(base, tmp_path, make_rows(base), weights=weights, gradientCheckpointing=True, dtype=dtype)
                        for dtype in (torch.float32, torch.bfloat16))
        same_gradients(narrow, wide, tolerance=0.1)
        assert narrow.metrics[0]["loss"] == pytest.approx(wide.metrics[0]["loss"], abs=0.01)
        assert narrow.metrics[0]["loss"] != wide.metrics[0]["loss"]
        assert {each.dtype for each in narrow.policy.parameters.values()} == {torch.float32}
        assert narrow.policy.forward_once() == pytest.approx(wide.policy.forward_once(), abs=0.1)


def test_compute_is_bf16_only_on_a_gpu_and_not_for_a_base_published_in_fp32():
    gpu = torch.device("cuda")
    published = (torch.bfloat16, torch.float16, None, torch.float32)
    assert [compute_dtype(gpu, each) for each in published] == [torch.bfloat16] * 3 + [torch.float32]
    assert {compute_dtype(CPU, each) for each in published} == {torch.float32}


def test_loss_and_gradient_equal_a_plain_loop_over_rows(base, tmp_path):
    """GRPO, token mean, on whole logits, with the server's log-probabilities as old and a temperature of its own."""
    rows = [{**row, "temperature": 0.8} for row in make_rows(base)]
    run = Run(base, tmp_path, rows, oldLogprobs={"kind": "server"}, gradientCheckpointing=False)
    model = Policy(base, CPU).causal.requires_grad_(True)
    losses, tokens = torch.zeros(()), 0
    for row in rows:
        mask = torch.tensor(row["mask"], dtype=torch.bool)
        logp = plain_logprobs(model, row["tokenIds"], row["temperature"])[mask]
        ratio = (logp - torch.tensor(row["serverLogprobs"])[mask]).exp()
        gain = torch.minimum(ratio * row["advantage"], ratio.clamp(0.8, 1.2) * row["advantage"])
        losses, tokens = losses - gain.sum(), tokens + int(mask.sum())
    (losses / tokens).backward()
    assert run.metrics[0]["loss"] == pytest.approx((losses / tokens).item(), abs=1e-6)
    assert run.metrics[0]["clip_share"] > 0
    for name, each in model.named_parameters():
        torch.testing.assert_close(run.gradients[name], each.grad, atol=2e-6, rtol=1e-4)


def test_the_gradient_is_that_of_finite_differences(base, tmp_path):
    """In fp64, along a random direction, where the surrogate is smooth (no token near its clip)."""
    run = Run(base, tmp_path, make_rows(base, groups=2), kl={"coefficient": 0.1}, gradientCheckpointing=False)
    run.policy.base_dtype = torch.float64
    run.policy.causal.double().eval()
    fuse_norms(run.policy.causal)  # those of transformers compute in fp32
    [[rows]] = updates_of(run.rows, 1, 10_000)
    micro = micro_batch(rows, DEVICE)
    with torch.no_grad():
        before = run.policy.score(micro)[0]
    parts = before.split([len(row.places) for row in rows])
    run.training.old = {row.file_row: part + 0.05 for row, part in zip(rows, parts, strict=True)}
    run.training.reference = {row.file_row: part + 0.3 for row, part in zip(rows, parts, strict=True)}
    parameters = list(run.policy.parameters.values())
    torch.manual_seed(5)
    direction = [torch.randn_like(each) for each in parameters]

    def loss_at(distance: float) -> torch.Tensor:
        with torch.no_grad():
            torch._foreach_add_(parameters, direction, alpha=distance)
        loss = run.training.micro_loss(micro, Tally())[0]
        with torch.no_grad():
            torch._foreach_add_(parameters, direction, alpha=-distance)
        return loss

    for each in parameters:
        each.grad = None
    loss = run.training.micro_loss(micro, Tally())[0]
    loss.backward()
    slope = sum((each.grad * along).sum().item() for each, along in zip(parameters, direction, strict=True))
    difference = (loss_at(1e-6) - loss_at(-1e-6)).item() / 2e-6
    assert slope == pytest.approx(difference, rel=1e-5)


def test_adpo_by_hand_on_six_rows_of_a_batch(base, tmp_path):
    """The numbers of test_losses' six rows, through Parquet and model: each row has one sampled token."""
    model = Policy(base, CPU).causal
    rows = []
    for index, (p_hat, scale, high) in enumerate([(0.3, 0.6, 0.3), (0.5, 0.76, 0.26), (0.8, 1.0, 0.2)] * 2):
        ids, sign = [1 + index, 2, 3], 1.0 if index < 3 else -1.0
        ratio = torch.tensor(1.28 if index < 3 else 0.7)
        server = (plain_logprobs(model, ids)[2] - ratio.log()).item()
        rows.append({"group": "ab"[index // 3], "sample": index % 3, "tokenIds": ids, "mask": [0, 0, 1],
                     "serverLogprobs": [0, 0, server], "policy": "v0", "temperature": 1.0, "advantage": sign * scale,
                     "clipLow": 0.2, "clipHigh": high, "pHat": p_hat})
    run = Run(base, tmp_path, rows, loss={"clip": {"kind": "rows"}}, oldLogprobs={"kind": "server"})
    assert run.metrics[0]["loss"] == pytest.approx((-0.768 - 0.9576 - 1.2 + 0.48 + 0.608 + 0.8) / 6, abs=1e-6)
    shares = {name: value for name, value in run.metrics[0].items() if name.startswith("clip_share/")}
    assert shares == {"clip_share/p_hat_0.3": 0.5, "clip_share/p_hat_0.5": 1.0, "clip_share/p_hat_0.8": 1.0}


def test_adpo_with_equal_clips_is_grpo(base, tmp_path):
    rows = make_rows(base)
    grpo = Run(base, tmp_path, rows, updatesPerBatch=2)
    adpo = Run(base, tmp_path, rows, updatesPerBatch=2, loss={"clip": {"kind": "rows"}})
    for name, each in grpo.policy.parameters.items():
        assert torch.equal(each, adpo.policy.parameters[name])


def test_the_clip_acts_by_p_hat_with_two_updates_and_never_with_one(base, tmp_path):
    """On-policy rows of two tasks, whose upper clips are those of p̂ .3 and .8."""
    rows = make_rows(base, groups=8, noise=0)
    for index, row in enumerate(rows):
        row["pHat"], row["clipHigh"], row["advantage"] = [(0.3, 0.3, 1.0), (0.8, 0.2, 1.0)][index // 4 % 2]
    options = {"loss": {"clip": {"kind": "rows"}}, "weights": {"kind": "full", "learningRate": 0.02}}
    once = Run(base, tmp_path, rows, **options).metrics
    assert [each["clip_share"] for each in once] == [0]
    first, second = Run(base, tmp_path, rows, updatesPerBatch=2, **options).metrics
    assert first["clip_share"] == 0
    assert second["clip_share/p_hat_0.8"] > second["clip_share/p_hat_0.3"] > 0


def test_a_row_out_of_bounds_is_dropped_counted_and_leaves_no_trace(base, tmp_path):
    rows = make_rows(base)
    place = rows[5]["mask"].index(1)
    rows[5]["serverLogprobs"][place] = -40.0
    with_it, without = Run(base, tmp_path, rows), Run(base, tmp_path, rows[:5] + rows[6:])
    same_gradients(with_it, without)
    assert with_it.metrics[0]["dropped_row_share"] == pytest.approx(1 / 16)
    with pytest.raises(Refusal, match="every row of an update was dropped"):
        Run(base, tmp_path, [rows[5]])


def test_kl_to_the_base_vanishes_at_the_base_and_pulls_back_after_it(base, tmp_path):
    rows = make_rows(base)
    for weights in (FULL, LORA):
        first, second = Run(base, tmp_path, rows, weights=weights, updatesPerBatch=2, kl={"coefficient": 0.5}).metrics
        assert first["reference_kl_k3"] == pytest.approx(0, abs=1e-9)
        assert second["reference_kl_k3"] > 1e-6


def test_cross_entropy_is_the_mean_of_minus_log_p(base, tmp_path):
    rows = [{name: row[name] for name in ("group", "sample", "tokenIds", "mask")} for row in make_rows(base)]
    run = Run(base, tmp_path, rows, loss={"kind": "cross-entropy"})
    model = Policy(base, CPU).causal
    logps = [plain_logprobs(model, row["tokenIds"])[torch.tensor(row["mask"]).bool()] for row in rows]
    assert run.metrics[0]["loss"] == pytest.approx(-torch.cat(logps).mean().item(), abs=1e-6)


def test_an_infinite_loss_is_refused_by_its_first_row(base, tmp_path):
    """A token whose embedding is NaN stands in rows 3 and 9 only."""
    rows = make_rows(base)
    for row in rows:
        row["tokenIds"] = [max(2, each) for each in row["tokenIds"]]
    for index in (9, 3):
        rows[index]["tokenIds"][0] = 1
    run = Run(base, tmp_path, rows, skippedInARowMax=0)
    hook = run.policy.causal.get_input_embeddings().register_forward_hook(
        lambda _module, inputs, output: output.masked_fill((inputs[0] == 1)[..., None], float("nan")))
    with pytest.raises(Diverged, match="row 3, column tokenIds: its loss is not finite"):
        run.training.run(run.rows, None, step=2)
    hook.remove()


def test_updates_cut_the_batch_in_key_order(base, tmp_path):
    rows = Run(base, tmp_path, make_rows(base)).rows
    keys = [sorted(row.key for micro in update for row in micro) for update in updates_of(rows, 3, 60)]
    assert [key for update in keys for key in update] == [row.key for row in rows]
    with pytest.raises(Refusal, match="16 rows cannot be cut into 17 updates"):
        updates_of(rows, 17, 60)


def test_the_learning_rate_warms_up_from_a_step_and_then_stays():
    config = parse_config(b'{"weights": {"learningRate": 1.0}, "warmup": {"fromStep": 20, "steps": 4}}')
    assert [learning_rate(config, step) for step in (21, 22, 24, 25, 99)] == [0.25, 0.5, 1.0, 1.0, 1.0]


def test_torch_s_norm_stands_in_for_norms_that_compute_the_same_and_for_no_others(base):
    model = AutoModelForCausalLM.from_pretrained(base).to(DEVICE)
    norms = {name: module for name, module in model.named_modules() if name.endswith("norm")}
    hidden = torch.randn(3, len(norms["model.norm"].weight), device=DEVICE)
    other = norms["model.layers.0.input_layernorm"]
    other.forward = lambda hidden: hidden * (1 + other.weight)  # what some models' norms do to their weights
    plain = norms["model.norm"](hidden)
    fuse_norms(model)
    fused = {name for name, module in norms.items() if isinstance(module.forward, partial)}
    assert fused == set(norms) - {"model.layers.0.input_layernorm"}
    torch.testing.assert_close(norms["model.norm"](hidden), plain)
