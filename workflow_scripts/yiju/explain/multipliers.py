"""DeepLIFT's multipliers as gradients: a network's building blocks, run on the input and the baseline side by side.

Every function here takes and gives a `Both`. Its `input` has the block's true value, but what `autograd` sees there is
the linear map m with m(input - baseline) = output - baseline output, exactly. So a backward pass gives multipliers, and
multipliers times input less baseline sum to the difference of the outputs (Shrikumar 2017, equations 1 and 3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

# Differences below which a slope is taken from the derivative half-way: the quotient, of doubles, errs by more there.
NEAR = 1e-5


class Both(NamedTuple):
    """A value at the input and the same value at the baseline, of one shape."""

    input: Tensor
    baseline: Tensor


def affine(function: Callable[[Tensor], Tensor], value: Both) -> Both:
    """A function whose gradient is its multiplier as it is: a linear layer, a sum, a change of shape."""
    return Both(function(value.input), function(value.baseline))


def rescale(function: Callable[[Tensor], Tensor], value: Both) -> Both:
    """An elementwise function: its multiplier is the slope between baseline and input (the rescale rule).

    In double: a quotient of small differences would turn the rounding of single numbers into another explanation.
    """
    x, x0 = value.input.detach().double(), value.baseline.double()
    y, y0 = function(x), function(x0)
    near = (x - x0).abs() < NEAR
    slope = torch.where(near, _derivative(function, (x + x0) / 2), (y - y0) / (x - x0).masked_fill(near, 1))
    dtype = value.input.dtype
    return Both(carry(y.to(dtype), slope.to(dtype) * value.input), y0.to(dtype))


def product(multiply: Callable[[Tensor, Tensor], Tensor], a: Both, b: Both) -> Both:
    """A bilinear function of two values: each moves while the other stands half-way, which leaves no rest."""
    half_a, half_b = ((value.input.detach() + value.baseline) / 2 for value in (a, b))
    moved = multiply(half_a, b.input) + multiply(a.input, half_b)
    return Both(carry(multiply(a.input.detach(), b.input.detach()), moved), multiply(a.baseline, b.baseline))


def add(a: Both, b: Both) -> Both:
    """Sum of two values."""
    return Both(a.input + b.input, a.baseline + b.baseline)


def log_softmax(value: Both) -> Both:
    """Logarithm of a softmax over the last axis; see `softmax`."""
    logs, baseline = (part.detach().log_softmax(-1) for part in value)
    mean = _logarithmic_mean(logs, baseline)
    return Both(carry(logs, _less_mean(value.input, mean)), baseline)


def softmax(value: Both) -> Both:
    """Softmax over the last axis, its multiplier the Jacobian with mean probabilities in the place of probabilities.

    That is the rescale rule for exp, and for the normaliser the one weighting of its terms that leaves no rest: with
    L_i the logarithmic mean of p_i at input and baseline, sum L_i (d log p_i) = sum d p_i = 0 (Sato 1976, Vartia 1976).
    """
    logs, baseline = (part.detach().log_softmax(-1) for part in value)
    mean = _logarithmic_mean(logs, baseline)
    return Both(carry(logs.exp(), mean * _less_mean(value.input, mean)), baseline.exp())


def layer_norm(module: nn.LayerNorm, value: Both) -> Both:
    """Layer normalisation over the last axis, taken apart into products and the slope of 1 / sqrt."""
    centred = affine(lambda x: x - x.mean(-1, keepdim=True), value)
    variance = affine(lambda x: x.mean(-1, keepdim=True), product(torch.mul, centred, centred))
    normal = product(torch.mul, centred, _inverse_root(variance, module.eps))
    return affine(lambda x: x * module.weight + module.bias, normal)


def _inverse_root(value: Both, eps: float) -> Both:
    y, y0 = ((part.detach() + eps).rsqrt() for part in value)
    # (y - y0) / (x - x0) with x = 1 / y**2, the difference divided out.
    slope = -((y * y0) ** 2) / (y + y0)
    return Both(carry(y, slope * value.input), y0)


def carry(value: Tensor, gradient: Tensor) -> Tensor:
    """The value of the one with the gradient of the other."""
    return value + (gradient - gradient.detach())


def _derivative(function: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    with torch.enable_grad():
        leaf = at.detach().requires_grad_(True)
        return torch.autograd.grad(function(leaf).sum(), leaf)[0]


def _less_mean(x: Tensor, weights: Tensor) -> Tensor:
    return x - (weights / weights.sum(-1, keepdim=True) * x).sum(-1, keepdim=True)


def _logarithmic_mean(logs: Tensor, others: Tensor) -> Tensor:
    """(a - b) / (log a - log b) of the numbers that have these logarithms; a where they are equal."""
    distance = (logs - others).abs().clamp_min(torch.finfo(logs.dtype).tiny)
    return torch.maximum(logs, others).exp() * -torch.expm1(-distance) / distance
