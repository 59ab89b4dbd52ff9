"""Shapley interactions across the sides, against brute force and games whose interactions are known."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from ensembles import of_texts, of_tokens
from token_games import Judge, additive, make_pairs, own, subject_of
from toys import classifier

from yiju.explain.shapley_interactions import draws_of, interactions, shapley_interactions


def brute_force(worth, count, first):
    """The index by its definition: every coalition of the others, every cell."""
    found = np.zeros((first, count - first))
    for i in range(first):
        for j in range(first, count):
            others = [player for player in range(count) if player not in (i, j)]
            for size in range(count - 1):
                for some in combinations(others, size):
                    change = worth({*some, i, j}) - worth({*some, i}) - worth({*some, j}) + worth({*some})
                    found[i, j - first] += change / ((count - 1) * comb(count - 2, size))
    return found


def game(count, seed, order=3):
    """A game of random terms of one, two and three players."""
    generator = np.random.default_rng(seed)
    players = [some for size in range(order + 1) for some in combinations(range(count), size)]
    terms = dict(zip(players, generator.normal(size=len(players)), strict=True))
    return lambda left: sum(value for some, value in terms.items() if left.issuperset(some)), terms


def worths(worth, coalitions):
    return np.array([worth(set(np.flatnonzero(one).tolist())) for one in coalitions])


@pytest.mark.parametrize(("count", "first"), [(2, 1), (3, 1), (5, 2), (6, 3)])
def test_all_coalitions_give_the_index_by_its_definition(count, first):
    worth, _ = game(count, 1)
    drawn = draws_of(count, 2**count, np.random.default_rng(1))
    found = interactions(drawn, worths(worth, drawn.coalitions), first)
    assert (found.judged, found.exact) == (2**count, True)
    np.testing.assert_allclose(found.values, brute_force(worth, count, first), atol=1e-9)
    assert not found.error.any()


@pytest.mark.parametrize("count", [5, 9])
def test_drawn_coalitions_are_right_on_average_and_know_how_far_they_are_off(count):
    """Of 300 estimates of 40 coalitions each: without bias, and with errors of the size of their spread."""
    worth, _ = game(count, 2)
    expected = brute_force(worth, count, 2)
    estimates = []
    for seed in range(300):
        drawn = draws_of(count, 40 if count > 5 else 24, np.random.default_rng(seed))
        estimates.append(interactions(drawn, worths(worth, drawn.coalitions), 2))
    values, errors = (np.stack([getattr(one, name) for one in estimates]) for name in ("values", "error"))
    spread = values.std(axis=0)
    assert (np.abs(values.mean(axis=0) - expected) < 5 * spread / 300**0.5 + 0.1 * spread).all()
    ratio = np.sqrt((errors**2).mean()) / np.sqrt((spread**2).mean())
    assert 0.6 < ratio < 1.4


def test_pairwise_terms_come_out_as_they_are():
    """In a game of one and two players the index of a cell is its term; more samples come nearer."""
    worth, terms = game(12, 3, order=2)
    expected = np.array([[terms[i, j] for j in range(5, 12)] for i in range(5)])
    off = []
    for samples in (60, 600, 3000):
        drawn = draws_of(12, samples, np.random.default_rng(4))
        assert len(drawn.coalitions) <= samples
        found = interactions(drawn, worths(worth, drawn.coalitions), 5)
        off.append(np.sqrt(((found.values - expected) ** 2).mean()))
        assert (np.abs(found.values - expected) < 5 * found.error).all()
    assert off[0] > 2 * off[1] > 3 * off[2]
    exact = draws_of(12, 2**12, np.random.default_rng(4))
    np.testing.assert_allclose(interactions(exact, worths(worth, exact.coalitions), 5).values, expected, atol=1e-9)


def test_an_additive_game_has_no_interactions_however_few_samples():
    worth, _ = game(20, 5, order=1)
    drawn = draws_of(20, 90, np.random.default_rng(1))
    found = interactions(drawn, worths(worth, drawn.coalitions), 8)
    np.testing.assert_allclose(found.values, 0, atol=1e-9)
    np.testing.assert_allclose(found.error, 0, atol=1e-9)


def test_every_coalition_comes_with_its_complement():
    drawn = draws_of(30, 300, np.random.default_rng(1))
    assert len(drawn.coalitions) == 300
    some, others = drawn.coalitions[-2 * drawn.pairs : -drawn.pairs], drawn.coalitions[-drawn.pairs :]
    assert (some ^ others).all()
    assert set(drawn.coalitions[: -2 * drawn.pairs].sum(axis=1)) == {0, 1, 29, 30}
    assert (np.isin(some.sum(axis=1), range(2, 29))).all()


def test_pairs_before_a_model():
    """Two tokens across the sides that only count together, among some that add up."""
    worth = additive(np.linspace(-1, 1, 8))
    model = Judge(lambda ids: worth(ids) + 2.5 * set(ids).issuperset([4, 9]))
    (found,) = shapley_interactions(of_tokens(subject_of(model), make_pairs(own(8))), np.array([1]), "mask", 256)
    expected = np.zeros((4, 4))
    expected[0, 1] = 2.5
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    assert not found.error.any()


def test_what_was_not_read_is_not_known_and_a_pair_does_not_hang_on_others(tmp_path):
    judge = classifier(tmp_path)
    pairs = [("怎么开通花呗" * 5, "花呗怎样开通" * 2), ("多少钱", "多少"), ("", "花")]
    labels = np.array([1, 0, 1])
    found = shapley_interactions(of_texts([judge], pairs), labels, "delete", 120)
    ensemble = of_texts([judge], pairs)
    read = ensemble.read(0)
    assert not read.all()
    known = read[:30, None] & read[30:]
    assert np.array_equal(np.isnan(found[0].values), ~known) and np.array_equal(np.isnan(found[0].error), ~known)
    assert (found[0].error[known] > 0).all()
    assert [(one.judged, one.exact) for one in found] == [(120, False), (32, True), (2, True)]
    assert found[2].values.shape == (0, 1)
    (alone,) = shapley_interactions(of_texts([judge], pairs[1:2]), labels[1:2], "delete", 120)
    np.testing.assert_allclose(found[1].values, alone.values, atol=1e-5)
