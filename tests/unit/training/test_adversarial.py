"""PGD against its moves written out, and at its edges."""

import numpy as np
import pytest
import torch
from toys import PAIRS, classifier

from yiju.models.tokens import encode_pairs
from yiju.training.adversarial import Pgd, pgd


def alone(gradient):
    """A gradient over all processes, where there is one."""
    return gradient


def toy(folder):
    """A classifier in float64, its summed loss on six pairs, and its word embeddings."""
    model, tokenizer = classifier(folder)
    model.double()
    q, t, y = zip(*PAIRS[:6], strict=True)
    batch, labels = encode_pairs(tokenizer, q, t, 32).batch(np.arange(6)), torch.tensor(y)

    def loss():
        return torch.nn.functional.cross_entropy(model(**batch.inputs()).logits, labels, reduction="sum")

    return model, loss, model.get_input_embeddings().weight


@pytest.mark.parametrize("attack", [Pgd(1, 0.3, 1.0), Pgd(3, 0.3, 1.0), Pgd(3, 0.3, 0.5), Pgd(2, 0.3, 0.2)])
def test_pgd_gradient_is_clean_plus_that_of_the_last_move(tmp_path, attack):
    model, loss, weight = toy(tmp_path)
    parameters = list(model.parameters())
    place = next(index for index, parameter in enumerate(parameters) if parameter is weight)
    before = weight.detach().clone()
    clean = torch.autograd.grad(loss(), parameters)
    latest, point, lengths = clean, before, []
    for _ in range(attack.steps):
        point = point + attack.alpha * latest[place] / latest[place].pow(2).sum().sqrt()
        lengths.append((point - before).norm().item())
        if lengths[-1] > attack.epsilon:
            point = before + attack.epsilon * (point - before) / lengths[-1]
        weight.data = point.clone()
        latest = torch.autograd.grad(loss(), parameters)
    weight.data = before.clone()

    seen = []

    def backward(final):
        seen.append((weight.detach() - before).norm().item())
        assert final == (len(seen) == attack.steps)
        loss().backward()

    loss().backward()
    pgd(model, weight, attack, alone, backward)
    assert torch.equal(weight, before)
    assert seen == pytest.approx([min(length, attack.epsilon) for length in lengths])
    for parameter, first, last in zip(parameters, clean, latest, strict=True):
        torch.testing.assert_close(parameter.grad, first + last, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("gradient", [0.0, float("inf"), float("nan")])
def test_pgd_without_a_direction_moves_nothing(gradient):
    model = torch.nn.Linear(3, 1, bias=False)
    before, seen = model.weight.detach().clone(), []
    model.weight.grad = torch.full((1, 3), gradient)

    def backward(_final):
        seen.append(model.weight.detach().clone())
        (0 * model.weight).sum().backward()

    pgd(model, model.weight, Pgd(3, 0.3, 1.0), alone, backward)
    assert len(seen) == 3
    assert all(torch.equal(point, before) for point in (*seen, model.weight))


def test_pgd_restores_the_weights_when_a_pass_fails():
    model = torch.nn.Linear(3, 1, bias=False)
    before = model.weight.detach().clone()
    model.weight.grad = torch.ones(1, 3)

    def backward(_final):
        assert not torch.equal(model.weight, before)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        pgd(model, model.weight, Pgd(3, 0.3, 1.0), alone, backward)
    assert torch.equal(model.weight, before)
