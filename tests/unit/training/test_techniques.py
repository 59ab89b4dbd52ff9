"""FGM, schedule, optimiser and decision margin against their formulas, recomputed by hand in float64."""

import numpy as np
import pytest
import torch
from toys import PAIRS, classifier

from yiju.models.tokens import encode_pairs
from yiju.training.adversarial import fgm
from yiju.training.optimizer import adamw, rate_at


def losses(model, batch, labels):
    return torch.nn.functional.cross_entropy(model(**batch.inputs()).logits, labels, reduction="sum")


def test_fgm_gradient_is_clean_plus_adversarial(tmp_path):
    model, tokenizer = classifier(tmp_path)
    model.double()
    q, t, y = zip(*PAIRS[:6], strict=True)
    batch, labels = encode_pairs(tokenizer, q, t, 32).batch(np.arange(6)), torch.tensor(y)
    weight = model.get_input_embeddings().weight
    names = [name for name, _ in model.named_parameters()]

    before = weight.detach().clone()
    clean = dict(zip(names, torch.autograd.grad(losses(model, batch, labels), list(model.parameters())), strict=True))
    key = next(name for name, value in model.named_parameters() if value is weight)
    with torch.no_grad():
        weight.add_(0.5 * clean[key] / clean[key].pow(2).sum().sqrt())
    moved = torch.autograd.grad(losses(model, batch, labels), list(model.parameters()))
    with torch.no_grad():
        weight.copy_(before)

    losses(model, batch, labels).backward()
    with fgm(weight, weight.grad, 0.5):
        assert (weight - before).norm().item() == pytest.approx(0.5)
        losses(model, batch, labels).backward()
    assert torch.equal(weight, before)
    for name, adversarial in zip(names, moved, strict=True):
        torch.testing.assert_close(
            dict(model.named_parameters())[name].grad, clean[name] + adversarial, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("gradient", [0.0, float("inf"), float("nan")])
def test_fgm_without_a_direction_moves_nothing(gradient):
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.full((3,), gradient)
    with fgm(weight, weight.grad, 1.0):
        assert torch.equal(weight, torch.ones(3))


def test_fgm_restores_the_weights_when_the_second_pass_fails():
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    with pytest.raises(RuntimeError), fgm(weight, weight.grad, 1.0):
        raise RuntimeError
    assert torch.equal(weight, torch.ones(3))


def test_the_rate_rises_over_the_warm_up_and_falls_to_zero():
    rates = [rate_at(update, 100, 0.1, 2.0) for update in range(101)]
    assert rates[:10] == pytest.approx([0.2 * step for step in range(1, 11)])
    assert rates[10] == 2.0
    assert rates[55] == pytest.approx(1.0)
    assert rates[100] == 0.0
    assert [rate_at(update, 4, 0.0, 1.0) for update in range(4)] == [1.0, 0.75, 0.5, 0.25]


def test_bias_and_norms_are_not_decayed(tmp_path):
    model, _ = classifier(tmp_path)
    decayed, free = adamw(model, 1e-3, 0.01).param_groups
    names = {id(weight): name for name, weight in model.named_parameters()}
    assert decayed["weight_decay"] == 0.01 and free["weight_decay"] == 0.0
    assert all("bias" in names[id(weight)] or "LayerNorm" in names[id(weight)] for weight in free["params"])
    assert not any("bias" in names[id(weight)] or "LayerNorm" in names[id(weight)] for weight in decayed["params"])
    assert len(decayed["params"]) + len(free["params"]) == len(names)
