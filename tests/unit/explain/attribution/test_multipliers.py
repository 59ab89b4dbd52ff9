"""DeepLIFT's building blocks: closed forms, nothing left over, and derivatives where the baseline comes near."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import gelu, relu

from yiju.explain.multipliers import Both, affine, layer_norm, log_softmax, product, rescale, softmax

NORM = nn.LayerNorm(6, dtype=torch.float64)
with torch.no_grad():
    NORM.weight.copy_(torch.linspace(0.5, 1.5, 6))
    NORM.bias.copy_(torch.linspace(-1, 1, 6))
WEIGHTS = torch.linspace(-1, 2, 36, dtype=torch.float64).reshape(6, 6)

# Each on [rows, 6], the block beside the plain function.
BLOCKS = {
    "gelu": (lambda v: rescale(gelu, v), gelu),
    "relu": (lambda v: rescale(relu, v), relu),
    "softmax": (softmax, lambda x: x.softmax(-1)),
    "log_softmax": (log_softmax, lambda x: x.log_softmax(-1)),
    "layer_norm": (lambda v: layer_norm(NORM, v), NORM),
    "matrices": (
        lambda v: product(torch.matmul, affine(lambda x: x @ WEIGHTS, v), affine(lambda x: x.mT, v)),
        lambda x: x @ WEIGHTS @ x.mT,
    ),
}


def multiplied(block, x, x0):
    """Output and baseline output of a block, and for each output the sum of multiplier * (x - x0)."""
    leaf = x.clone().requires_grad_(True)
    found = block(Both(leaf, x0))
    sums = [
        float((torch.autograd.grad(value, leaf, retain_graph=True)[0] * (x - x0)).sum())
        for value in found.input.flatten()
    ]
    return found.input.detach(), found.baseline.detach(), np.array(sums)


def random_ends(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, 6, generator=generator, dtype=torch.float64) * 3


@pytest.mark.parametrize("name", BLOCKS)
def test_values_are_true_and_nothing_is_left_over(name):
    block, function = BLOCKS[name]
    x, x0 = random_ends(1)
    value, baseline, sums = multiplied(block, x, x0)
    np.testing.assert_allclose(value, function(x).detach(), atol=1e-12)
    np.testing.assert_allclose(baseline, function(x0).detach(), atol=1e-12)
    np.testing.assert_allclose(sums, (value - baseline).flatten(), atol=1e-11)
    assert np.abs(sums).max() > 0.1


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("distance", [0.0, 1e-7, 3e-4])
def test_multipliers_become_derivatives_as_the_baseline_comes_near(name, distance):
    block, function = BLOCKS[name]
    x, direction = random_ends(2)
    leaf = x.clone().requires_grad_(True)
    weights = torch.linspace(1, 2, function(x).numel(), dtype=torch.float64)
    found = (block(Both(leaf, x + distance * direction)).input.flatten() * weights).sum()
    (multipliers,) = torch.autograd.grad(found, leaf)
    (derivatives,) = torch.autograd.grad((function(leaf).flatten() * weights).sum(), leaf)
    np.testing.assert_allclose(multipliers, derivatives, atol=1e-8 + 50 * distance)


def test_the_rescale_rule_by_hand():
    # relu(a + b - 1) from (0, 0) to (2, 1): the output gains 2 while its argument gains 3.
    def block(value):
        return rescale(relu, affine(lambda x: x.sum(-1) - 1, value))

    leaf = torch.tensor([2.0, 1.0], requires_grad=True)
    (multipliers,) = torch.autograd.grad(block(Both(leaf, torch.zeros(2))).input, leaf)
    assert multipliers.tolist() == pytest.approx([2 / 3, 2 / 3])


def test_a_product_is_shared_evenly_from_zero():
    a, b = torch.tensor(3.0, requires_grad=True), torch.tensor(5.0, requires_grad=True)
    zero = torch.tensor(0.0)
    found = product(torch.mul, Both(a, zero), Both(b, zero)).input
    slopes = torch.autograd.grad(found, (a, b))
    assert [float(slope * value.detach()) for slope, value in zip(slopes, (a, b), strict=True)] == [7.5, 7.5]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_softmax_bears_hidden_places_and_certainty(dtype):
    hide = torch.finfo(dtype).min
    x = torch.tensor([[90.0, -90.0, 1.0, hide]], dtype=dtype)
    x0 = torch.tensor([[-90.0, 90.0, 1.0, hide]], dtype=dtype)
    leaf = x.clone().requires_grad_(True)
    found = softmax(Both(leaf, x0))
    for place, wanted in enumerate([1.0, -1.0, 0.0, 0.0]):
        (multipliers,) = torch.autograd.grad(found.input[0, place], leaf, retain_graph=True)
        assert torch.isfinite(multipliers).all() and multipliers[0, 3] == 0
        assert float((multipliers * (x - x0))[0, :3].sum()) == pytest.approx(wanted, abs=1e-5)
