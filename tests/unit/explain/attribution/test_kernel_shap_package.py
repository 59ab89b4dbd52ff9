"""The same figures as the package `shap` gives."""

import numpy as np
import pytest
from at_hand import package
from ensembles import of_tokens
from token_games import Judge, make_pairs, own, subject_of, table_game

from yiju.explain.attribution import load_method
from yiju.explain.methods.kernel_shap import complete_levels, shapley_values

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shap():
    return package("shap")


def explainer(shap, count, worths):
    """KernelExplainer of a game: features 0/1, the background nobody."""
    powers = 1 << np.arange(count)
    return shap.KernelExplainer(lambda left: worths[(left @ powers).astype(int)], np.zeros((1, count)))


def theirs(made, count, samples):
    np.random.seed(0)
    return made.shap_values(np.ones((1, count)), nsamples=samples, l1_reg=False, silent=True)[0]


def ours(count, worth, samples):
    options = {"samples": samples, "removal": "mask", "sides": "together"}
    ensemble = of_tokens(subject_of(Judge(worth)), make_pairs(own(count)))
    return load_method("kernel_shap").attribute(ensemble, np.array([1]), options).values[0]


@pytest.mark.parametrize("count", [2, 3, 6, 7])
def test_exact_values(shap, count):
    worths, worth = table_game(count, seed=3)
    found, expected = ours(count, worth, 500), theirs(explainer(shap, count, worths), count, 500)
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize(("count", "samples"), [(9, 100), (10, 300), (13, 500), (13, 60)])
def test_its_coalitions_give_its_values(shap, count, samples):
    """Same levels enumerated, same regression on what it drew."""
    worths, _ = table_game(count, seed=4)
    made = explainer(shap, count, worths)
    expected = theirs(made, count, samples)
    left = made.maskMatrix[: made.nsamplesAdded].astype(bool)
    gains = made.ey[: made.nsamplesAdded, 0] - worths[0]
    weights, draws = made.kernelWeights[: made.nsamplesAdded], np.full(len(left), -1)
    found, _ = shapley_values(left, weights, gains, worths[-1] - worths[0], draws)
    np.testing.assert_allclose(found, expected, atol=1e-7)
    levels = complete_levels(count, samples)
    sizes = np.minimum(left.sum(axis=1), count - left.sum(axis=1))
    heavy = [weights[sizes == level] for level in range(1, levels + 1)]
    assert all(np.ptp(own) < 1e-12 for own in heavy)


def test_sampled_values_are_as_near_the_exact_ones(shap):
    errors = []
    for seed in range(5):
        worths, worth = table_game(10, seed=seed)
        exact = ours(10, worth, 2**10)
        found = [ours(10, worth, 200), theirs(explainer(shap, 10, worths), 10, 200)]
        errors.append([np.abs(values - exact).mean() for values in found])
    mine, packages = np.mean(errors, axis=0)
    assert mine < 1.3 * packages
