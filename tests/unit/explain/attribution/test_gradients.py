"""Gradient methods on models whose scores are known in closed form."""

import numpy as np
import pytest
import torch
from closed import MASK, PAD, TEMPLATE, explained, pair_of

from yiju.explain import paths, stretches
from yiju.explain.attribution import load_method
from yiju.explain.paths import Path
from yiju.models.tokens import TokenizedPairs

W = torch.tensor([0.3, 0.5, 0.7], dtype=torch.float64)
LABELS = np.array([1])


def linear(x):
    return -(x @ W).sum(-1)


def joined(x):
    """The one token of q times the one token of t."""
    return -(x[:, 1] * x[:, 3]).sum(-1)


def scores(function, method, pair, **options):
    subject = explained(function)
    found = load_method(method).attribute(subject, pair, LABELS, {"smooth": None, "max_steps": 1} | options)
    return found, subject.model.embeddings.weight.detach()


def test_a_linear_model_has_its_terms_for_scores():
    pair = pair_of([5, 6], [7])
    found, table = scores(linear, "gradient_input", pair)
    x = table[pair.ids]
    np.testing.assert_allclose(found.values, -(x @ W).numpy(), rtol=1e-12)
    found, _ = scores(linear, "gradient_l2", pair)
    np.testing.assert_allclose(found.values, float(W.norm()), rtol=1e-12)
    found, _ = scores(linear, "gradient_input_l2", pair, steps=1)
    np.testing.assert_allclose(found.values, (x * W).norm(dim=-1).numpy(), rtol=1e-12)


@pytest.mark.parametrize(("baseline", "fill"), [("zero", None), ("pad", PAD), ("mask", MASK)])
@pytest.mark.parametrize("steps", [1, 4])
def test_integrated_gradients_of_a_linear_model_and_of_a_product(baseline, fill, steps):
    pair = pair_of([5], [7])
    blank = torch.from_numpy(pair_of([fill or 0], [fill or 0]).ids)
    options = {"baseline": baseline, "steps": steps}
    for function in (linear, joined):
        found, table = scores(function, "integrated_gradients", pair, **options)
        x = table[pair.ids]
        x0 = table[blank] if fill is not None else torch.zeros_like(x)
        if function is linear:
            expected = -((x - x0) @ W)
        else:
            # The integral of a * b from (a0, b0): each takes what it gains at the other's mean.
            expected = torch.zeros(len(x), dtype=torch.float64)
            expected[1] = -((x - x0)[1] * (x + x0)[3]).sum() / 2
            expected[3] = -((x - x0)[3] * (x + x0)[1]).sum() / 2
        np.testing.assert_allclose(found.values, expected.numpy(), atol=1e-12)
        assert abs(found.gap).max() < 1e-12
        assert found.values.sum() == pytest.approx(float(function(x[None]) - function(x0[None])))


def test_gradient_input_counts_a_product_twice_and_sequential_integrated_gradients_each_token_alone():
    pair = pair_of([5], [7])
    found, table = scores(joined, "gradient_input", pair)
    x = table[pair.ids]
    np.testing.assert_allclose(found.values[[1, 3]], float(joined(x[None])), rtol=1e-12)
    found, _ = scores(joined, "sequential_integrated_gradients", pair, baseline="mask", steps=1)
    moved = x - table[MASK]
    expected = [0, -(moved[1] * x[3]).sum(), 0, -(moved[3] * x[1]).sum(), 0]
    np.testing.assert_allclose(found.values, expected, atol=1e-12)


def test_the_gap_is_what_too_few_steps_leave_out():
    pair = pair_of([5, 6], [7])
    gaps = [
        scores(steep, "integrated_gradients", pair, baseline="zero", steps=steps)[0].gap[0] for steps in (1, 3, 8, 20)
    ]
    assert abs(gaps[0]) > 0.1
    assert [abs(gap) for gap in gaps] == sorted((abs(gap) for gap in gaps), reverse=True)
    assert abs(gaps[-1]) < 1e-9


def steep(x):
    return -torch.exp(3 * linear(x)) - 0.1


def two_pairs(one, other):
    return TokenizedPairs(
        *(np.concatenate([one.ids, other.ids]), np.array([0, len(one.ids), len(one.ids) + len(other.ids)])),
        *(np.concatenate([one.first, other.first]), np.concatenate([one.second, other.second])),
        *(np.array([False] * 2), TEMPLATE),
    )


def test_ways_are_halved_where_the_gap_is_not_under_a_hundredth():
    """From one step, of each pair as often as it needs; the scores come near those of very many steps."""
    flat, long = pair_of([5], [7]), pair_of([5, 6, 8, 9, 4] * 6, [7, 8, 9, 5] * 6)
    both, subject = two_pairs(flat, long), explained(steep)
    method = load_method("integrated_gradients").attribute
    options = {"smooth": None, "baseline": "zero", "steps": 1, "max_steps": 320}
    found = method(subject, both, np.array([1, 1]), options)
    for row, pair in enumerate((flat, long)):
        exact = method(subject, pair, LABELS, options | {"steps": 100, "max_steps": 100})
        change = exact.values.sum()
        own = found.values[both.starts[row] : both.starts[row + 1]]
        assert own.sum() - found.gap[row] == pytest.approx(change)
        assert abs(found.gap[row]) <= 0.01 * max(abs(change), 0.1)
        np.testing.assert_allclose(own, exact.values, atol=0.01 * max(abs(change), 0.1))
        (alone,) = [method(subject, pair, LABELS, options)]
        np.testing.assert_allclose(own, alone.values, atol=1e-12)


def test_where_the_score_has_a_bend_few_steps_suffice(monkeypatch):
    """At a third of the way the gradient changes its sign, so that each token has a third of its term left."""
    pair, taken = pair_of([5, 6], [7]), []
    table = explained(linear).model.embeddings.weight.detach()
    terms = (table[pair.ids] @ W).numpy()
    measured = paths.score_gradient
    monkeypatch.setattr(paths, "score_gradient", lambda *given: taken.append(len(given[-1])) or measured(*given))
    found, _ = scores(
        lambda x: -(-linear(x) - terms.sum() / 3).abs() - 0.1,
        *("integrated_gradients", pair),
        baseline="zero",
        steps=20,
        max_steps=320,
    )
    change = abs(terms.sum()) / 3
    assert abs(found.gap[0]) <= 0.01 * max(change, 0.1)
    np.testing.assert_allclose(found.values, -terms / 3, atol=0.01 * max(change, 0.1))
    assert 20 < sum(taken) < 200


@pytest.mark.parametrize("most", [1, 3, 4, 5, 16])
def test_stretches_have_no_more_steps_than_the_most(most, monkeypatch):
    pair, last = pair_of([5, 6, 8, 9, 4], [7, 8, 9, 5]), []
    halved = stretches.to_halve
    monkeypatch.setattr(
        stretches, "to_halve", lambda found, *given: last.append(len(found.pair)) or halved(found, *given)
    )
    found, _ = scores(lambda x: steep(4 * x), "integrated_gradients", pair, baseline="zero", steps=1, max_steps=most)
    assert (last[-1] if last else 1) == most
    assert abs(found.gap[0]) > 0


def test_quadrature_is_exact_for_polynomials_of_twice_the_degree():
    path = Path.gauss_legendre("zero", 4)
    for degree in range(8):
        assert path.weights @ path.positions**degree == pytest.approx(1 / (degree + 1), abs=1e-14)
