"""Infidelity by a model whose every answer is known."""

import numpy as np
import pytest
from test_faithfulness import PAIRS, REMOVALS, additive, pairs_of
from toys import classifier

from yiju.evaluation.metrics.infidelity import SETS, changes, infidelity, random_sets

SIMILAR = np.array([1])


@pytest.mark.parametrize("removal", REMOVALS)
def test_the_weights_of_a_model_that_adds_up_its_tokens_miss_nothing(removal):
    ensemble, _, weights = additive()
    differences = changes(ensemble, SIMILAR, removal)
    assert differences.shape == (1, SETS)
    # In any unit; whatever was not read has no score.
    for scores in (weights, 3 * weights):
        assert infidelity(ensemble, scores, differences) == pytest.approx([0.0], abs=1e-12)
    assert infidelity(ensemble, weights[::-1].copy(), differences)[0] > 1e-3


def test_what_is_missed_is_the_mean_square_after_the_best_factor():
    ensemble, _, weights = additive()
    differences, scores = changes(ensemble, SIMILAR, "delete"), np.array([1.0, 2.0, 0.5, 0.0, 1.0, -1.0])
    sets = random_sets(ensemble, 0)
    sums = sets @ scores
    assert differences[0] == pytest.approx(sets @ weights)
    tried = [np.mean((factor * sums - sets @ weights) ** 2) for factor in np.linspace(-1, 1, 2001)]
    found = infidelity(ensemble, scores, differences)
    assert found[0] <= min(tried)
    assert found == pytest.approx([min(tried)], abs=1e-6)
    assert infidelity(ensemble, np.zeros(6), differences) == pytest.approx([np.mean((sets @ weights) ** 2)])


def test_sets_are_of_one_sentence_each_and_depend_on_the_pair_alone(tmp_path):
    judge = classifier(tmp_path, marker=True)
    ensemble, layout = pairs_of([judge], PAIRS)
    for row in range(len(PAIRS)):
        sets, own = random_sets(ensemble, row), layout.counts[row]
        q = np.arange(own.sum()) < own[0]
        sides = np.stack([(sets & q).any(axis=1), (sets & ~q).any(axis=1)], axis=1)
        assert sides.sum(axis=0).tolist() == [SETS // 2, SETS // 2] if own.all() else sides.sum() in (0, SETS)
        assert (sides.sum(axis=1) == (1 if own.any() else 0)).all()
    alone, _ = pairs_of([judge], PAIRS[1:2])
    assert np.array_equal(random_sets(alone, 0), random_sets(ensemble, 1))
    # Every size comes, the whole sentence too.
    assert set(random_sets(ensemble, 0).sum(axis=1).tolist()) == {1, 2, 3, 4, 5, 6}


def test_a_pair_of_which_nothing_was_read_is_not_measured(tmp_path):
    ensemble, layout = pairs_of([classifier(tmp_path, marker=True)], PAIRS)
    differences = changes(ensemble, np.ones(len(PAIRS), dtype=np.int64), "delete")
    found = infidelity(ensemble, np.random.default_rng(1).normal(size=layout.starts[-1]), differences)
    assert np.isnan(found).tolist() == [False] * 4 + [True]
