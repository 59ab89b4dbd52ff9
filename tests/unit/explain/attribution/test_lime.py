"""LIME: known weights come back, draws are those of the paper's package, and so is the regression."""

import numpy as np
import pytest
from ensembles import of_tokens
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import cosine_distances
from token_games import FIRST, Judge, additive, make_pairs, own, subject_of

from yiju.explain.attribution import load_method
from yiju.explain.methods import lime

WEIGHTS = np.random.default_rng(0).normal(size=9) / 3


def scores(judge, pairs, samples, removal="mask", kernel_width=0.25, seed=5):
    options = {"samples": samples, "removal": removal, "kernel_width": kernel_width}
    ensemble = of_tokens(subject_of(judge, seed=seed), pairs)
    return load_method("lime").attribute(ensemble, np.ones(len(pairs), dtype=int), options).values[0]


@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_of_a_sum_the_scores_are_its_terms(removal):
    pairs = make_pairs(own(9), own(2), own(0))
    values = scores(Judge(additive(WEIGHTS)), pairs, 4000, removal, kernel_width=25)
    assert values.shape == (11,)
    np.testing.assert_allclose(values, [*WEIGHTS, *WEIGHTS[:2]], atol=0.01)


def test_variants_are_judged_once_each():
    model = Judge(additive(WEIGHTS))
    scores(model, make_pairs(own(4)), 500)
    assert len(model.judged) == len(set(model.judged)) == 16


def test_sizes_of_what_is_removed_are_even():
    left = lime.drawn(6, 6001, np.random.default_rng(5))
    assert left[0].all()
    sizes = np.bincount(6 - left[1:].sum(axis=1), minlength=7)
    assert sizes[0] == 0
    np.testing.assert_allclose(sizes[1:], 1000, atol=150)


def test_the_seed_decides():
    pairs, model = make_pairs(own(9)), Judge(lambda ids: -1 / (1 + len(ids)) - (FIRST in ids))
    first, same, other = (scores(model, pairs, 20, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first, same)
    assert not np.allclose(first, other)


def test_weights_and_regression_are_those_of_scikit_learn():
    generator = np.random.default_rng(1)
    left = generator.random((60, 7)) < 0.6
    left[0], left[1] = True, False
    distances = cosine_distances(left.astype(float), left[:1].astype(float)).ravel()
    weights = lime.proximity(left, 0.25)
    np.testing.assert_allclose(weights, np.sqrt(np.exp(-(distances**2) / 0.25**2)))
    targets = generator.normal(size=60)
    fitted = Ridge(alpha=1, fit_intercept=True).fit(left, targets, sample_weight=weights)
    np.testing.assert_allclose(lime.ridge(left, targets, weights)[0], fitted.coef_, atol=1e-10)
