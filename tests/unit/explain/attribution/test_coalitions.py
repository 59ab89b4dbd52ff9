"""Coalitions are judged in blocks, the same one once, and come back in order."""

import numpy as np
import pytest
from token_games import Judge, additive, make_pairs, own, subject_of

from yiju.explain import coalitions
from yiju.explain.coalitions import distinct, judge, random_subsets
from yiju.models.calibration.apply import log_probability

WEIGHTS = np.random.default_rng(0).normal(size=20) / 4


def games_of(pairs, *counts):
    generator = np.random.default_rng(1)
    players = coalitions.players(pairs)
    return [(row, generator.random((count, players[row])) < 0.5) for row, count in enumerate(counts)]


@pytest.mark.parametrize("removal", ["mask", "delete"])
@pytest.mark.parametrize("block", [1, 70, 10_000])
def test_every_coalition_gets_its_own_judgement(removal, block, monkeypatch):
    monkeypatch.setattr(coalitions, "BLOCK", block)
    pairs = make_pairs(own(4), own(0), ([4, 5], []), own(12))
    games = games_of(pairs, 30, 2, 5, 40)
    model = Judge(additive(WEIGHTS))
    found = list(judge(subject_of(model, budget=60), pairs, iter(games), removal))
    assert [row for row, *_ in found] == [0, 1, 2, 3]
    for (_, left, logits), (_, given) in zip(found, games, strict=True):
        assert left is given
        expected = [-9 + WEIGHTS[: len(one)][one].sum() for one in left]
        np.testing.assert_allclose(log_probability(logits, 1), expected)
        np.testing.assert_allclose(np.exp(log_probability(logits, 0)), 1 - np.exp(expected))


def test_equal_coalitions_are_judged_once():
    model, pairs = Judge(additive(WEIGHTS)), make_pairs(own(3))
    left = np.array([[True, False, True]] * 9 + [[False, False, True]])
    list(judge(subject_of(model), pairs, [(0, left)], "mask"))
    assert len(model.judged) == 2


@pytest.mark.parametrize("block", [40, 900])
def test_blocks_bound_the_tokens_held(block, monkeypatch):
    monkeypatch.setattr(coalitions, "BLOCK", block)
    pairs = make_pairs(own(12), own(12))
    made = []
    keep = coalitions.keep_tokens

    def counting(*arguments):
        made.append(len(keep(*arguments).ids))
        return keep(*arguments)

    monkeypatch.setattr(coalitions, "keep_tokens", counting)
    list(judge(subject_of(Judge(additive(WEIGHTS))), pairs, games_of(pairs, 200, 200), "mask"))
    assert max(made) <= block + 15
    assert len(made) > 1


@pytest.mark.parametrize("count", [1, 5, 64, 65, 130])
def test_distinct_finds_the_first_of_each_kind(count):
    some = np.random.default_rng(2).random((6, count)) < 0.5
    drawn = some[[3, 1, 3, 0, 1, 5]]
    first, kind = distinct(drawn)
    assert np.array_equal(drawn[first][kind], drawn)
    assert len(first) == len({row.tobytes() for row in drawn})
    assert all(place == min(np.flatnonzero(kind == number)) for number, place in enumerate(first))


def test_subsets_are_of_their_size_and_evenly_drawn():
    sizes = np.tile([0, 1, 3, 5], 5000)
    drawn = random_subsets(np.random.default_rng(3), sizes, 5)
    assert np.array_equal(drawn.sum(axis=1), sizes)
    for size in (1, 3):
        np.testing.assert_allclose(drawn[sizes == size].mean(axis=0), size / 5, atol=0.03)


def test_players_are_the_own_tokens_of_both_sides():
    assert coalitions.players(make_pairs(([4, 5], [6]), ([], [7, 8]), ([9], []))).tolist() == [3, 2, 1]
