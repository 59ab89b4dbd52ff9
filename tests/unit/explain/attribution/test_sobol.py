"""Total Sobol indices against closed forms of games whose variances are known."""

from itertools import product

import numpy as np
import pytest
from ensembles import of_tokens
from token_games import FIRST, Judge, additive, make_pairs, own, subject_of, table_game

from yiju.explain.attribution import score_pairs
from yiju.explain.methods.sobol import design, total_indices

WEIGHTS = [0.5, -1.0, 0.25, 0.0, 2.0]


def explain(worth, count, samples, seed=5):
    judge = Judge(worth)
    ensemble = of_tokens(subject_of(judge, seed=seed), make_pairs(own(count)))
    options = {"method": "sobol", "samples": samples, "removal": "delete"}
    return score_pairs(ensemble, np.array([1]), options, bar=False), judge


def test_what_adds_up_has_the_share_of_its_own_variance():
    found, judge = explain(additive(WEIGHTS), 5, 512)
    squares = np.square(WEIGHTS)
    np.testing.assert_allclose(found.values[0], squares / squares.sum(), atol=0.02)
    assert found.values[0, 3] == 0
    assert len(judge.judged) <= 2**5, "the same removal is judged once"


def test_what_acts_together_counts_for_each():
    """Of a product of two fair coins, 3 / 16 of variance, 1 / 8 is left on average when one of them is known."""
    found, _ = explain(lambda ids: -3 + 2.0 * ({FIRST, FIRST + 2} <= set(ids)), 3, 512)
    np.testing.assert_allclose(found.values[0], [2 / 3, 0, 2 / 3], atol=0.02)


def test_any_game_has_the_indices_of_its_definition():
    worths, worth = table_game(4, seed=3)
    table = np.array([worths[sum(1 << place for place in range(4) if z[place])] for z in product((0, 1), repeat=4)])
    table = table.reshape(2, 2, 2, 2)
    expected = [table.var(axis=player).mean() / table.var() for player in range(4)]
    found, _ = explain(worth, 4, 2048)
    np.testing.assert_allclose(found.values[0], expected, atol=0.02)


@pytest.mark.parametrize("count", [0, 1])
def test_what_nothing_changes_scores_nothing(count):
    found, _ = explain(lambda ids: -0.7, count, 8)
    assert found.values[0].tolist() == found.error.tolist() == [0.0] * count


@pytest.mark.parametrize("samples", [2, 7, 32])
def test_points_of_a_player_differ_in_its_coordinate_alone(samples):
    first, *others = design(5, samples, np.random.default_rng(1)).reshape(6, samples, 5)
    for player, other in enumerate(others):
        assert not np.delete(first ^ other, player, axis=1).any()
    if samples == 32:
        # A scrambled sequence of a whole power of two halves every coordinate.
        assert first.sum(axis=0).tolist() == [16] * 5
        assert all((first ^ other).any() for other in others)


def test_errors_are_the_spread_of_independent_draws():
    generator, found, errors = np.random.default_rng(2), [], []
    weights = np.array([1.0, 0.6, -0.8])
    for _ in range(400):
        first, second = generator.random((2, 100, 3)) >= 0.5
        points = [first, *(np.where(np.eye(3, dtype=bool)[player], second, first) for player in range(3))]
        indices, error = total_indices(np.array([one @ weights + one[:, 0] * one[:, 1] for one in points]))
        found.append(indices)
        errors.append(error)
    np.testing.assert_allclose(np.mean(errors, axis=0), np.std(found, axis=0), rtol=0.15)
