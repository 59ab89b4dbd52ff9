"""Which pairs are labelled next: the rule on vectors made by hand and against its plainest form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.explain.evidence.k_center import (
    FARTHEST,
    distances,
    nearest_learnt,
    uncertainties,
    units,
    weighted_k_center,
)
from yiju.models.calibration.score_fit import ScoreFit
from yiju.models.decision import Decision

TWO, THREE = ("not similar", "similar"), ("a", "b", "c")


def at(*degrees: float) -> np.ndarray:
    """Vectors of the plane by their angles."""
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def plainly(pairs: list[list[float]], weights: list[float], learnt: list[list[float]], count: int) -> list[int]:
    """The rule as its sentence says it: all distances anew for every pick, in plain Python."""

    def cosine(one: list[float], other: list[float]) -> float:
        lengths = math.hypot(*one) * math.hypot(*other)
        return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0

    def apart(one: list[float], other: list[float]) -> float:
        return math.sqrt(max(0.0, 2 - 2 * round(cosine(one, other), 6)))

    picked: list[int] = []
    while len(picked) < min(count, len(pairs)):
        best, highest = -1, -1.0
        for row, pair in enumerate(pairs):
            centers = [*learnt, *(pairs[one] for one in picked)]
            value = weights[row] * min([2.0, *(apart(pair, one) for one in centers)])
            if row not in picked and value > highest + 1e-9:
                best, highest = row, value
        picked.append(best)
    return picked


# Small whole numbers: cosines that differ do so by much more than rounding, and there are many ties.
VECTOR = st.lists(st.integers(-3, 3), min_size=3, max_size=3)


@given(
    pairs=st.lists(VECTOR, min_size=1, max_size=12),
    learnt=st.lists(VECTOR, max_size=4),
    picks=st.integers(1, 14),
    data=st.data(),
)
def test_it_picks_what_the_plainest_form_picks(pairs, learnt, picks, data):
    weights = data.draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=len(pairs), max_size=len(pairs)))
    vectors = units(np.array(pairs, np.float32))
    nearest = np.full(len(pairs), FARTHEST)
    if learnt:
        nearest, _ = nearest_learnt(vectors, np.array(learnt, np.float32))
    found = weighted_k_center(vectors, np.array(weights), nearest, picks).tolist()
    assert len(found) == len(set(found)) == min(picks, len(pairs))
    assert found == plainly(pairs, weights, learnt, picks)


def test_an_uncertain_pair_far_away_goes_before_a_more_uncertain_one_nearby():
    vectors, learnt = at(1, 90, 92, 60), at(0)
    nearest, rows = nearest_learnt(vectors, learnt)
    assert rows.tolist() == [0, 0, 0, 0]
    # The second and the third are near each other: one of them is enough, and what is left over comes last.
    assert weighted_k_center(vectors, np.array([1.0, 0.8, 0.7, 0.5]), nearest, 3).tolist() == [1, 3, 2]
    assert weighted_k_center(vectors, np.array([1.0, 0.8, 0.7, 0.5]), nearest, 9).tolist() == [1, 3, 2, 0]


def test_without_training_pairs_the_most_uncertain_one_is_first_and_ties_go_by_row():
    vectors = at(0, 0, 180, 180)
    assert weighted_k_center(vectors, np.array([0.5, 0.5, 0.4, 0.4]), np.full(4, FARTHEST), 4).tolist() == [0, 2, 1, 3]


def test_the_nearest_training_pair_is_the_first_of_equal_ones_over_all_blocks(monkeypatch):
    monkeypatch.setattr("yiju.explain.evidence.k_center.BLOCK", 2)
    away, rows = nearest_learnt(at(0, 50, 200), np.concatenate([at(90, 45), 7 * at(45, 0, 190)]))
    assert rows.tolist() == [3, 1, 4]
    assert away == pytest.approx([0, 2 * math.sin(math.radians(2.5)), 2 * math.sin(math.radians(5))], abs=2e-4)


def test_distances_are_those_on_the_sphere_and_rounding_is_none():
    assert distances(np.array([1 + 1e-7, 1 - 1e-7, 0, -1])).tolist() == [0, 0, math.sqrt(2), 2]
    assert units(np.zeros((1, 2), np.float32)).tolist() == [[0, 0]]


def logits_of(*chances: float) -> np.ndarray:
    return np.array([[0.0, math.log(one / (1 - one))] for one in chances])


def test_uncertainty_of_two_labels_is_one_at_the_threshold_and_falls_to_both_ends():
    found = uncertainties(Decision(TWO), logits_of(0.5, 0.25, 0.75, 0.999))
    assert found == pytest.approx([1, 0.5, 0.5, 0.002])
    # A threshold of 0.8 of p(label 1).
    found = uncertainties(Decision(TWO, margin=math.log(4)), logits_of(0.8, 0.4, 0.9))
    assert found == pytest.approx([1, 0.5, 0.5])
    # Sure beyond what a float holds is certain, and no error.
    assert uncertainties(Decision(TWO), np.array([[0.0, 1e5], [0.0, -1e5]])).tolist() == [0, 0]


def test_uncertainty_of_more_classes_is_by_the_two_most_probable():
    found = uncertainties(Decision(THREE), np.log([[0.4, 0.4, 0.2], [0.7, 0.2, 0.1]]))
    assert found == pytest.approx([1, 0.5])


def test_uncertainty_of_a_number_is_by_its_spread_and_of_a_calibrated_one_by_its_probability():
    outputs = np.array([[0, 3.0], [0, 5.0], [0, 1.0], [0, 3.0]])
    spread = math.sqrt(2)
    found = uncertainties(Decision(TWO, True, 3.0), outputs)
    assert found == pytest.approx([1, math.exp(-2 / spread), math.exp(-2 / spread), 1])
    # In another unit the same.
    assert uncertainties(Decision(TWO, True, 300.0), 100 * outputs) == pytest.approx(found)
    assert uncertainties(Decision(TWO, True, 4.0), np.full((3, 2), 7.0)).tolist() == [1, 1, 1]
    fit = ScoreFit(slope=2.0, intercept=-6.0, threshold=3.0, similar_above=math.inf, other_below=-math.inf)
    found = uncertainties(Decision(TWO, True, 3.0, fit), outputs)
    assert found == pytest.approx([1, 2 / (1 + math.exp(4)), 2 / (1 + math.exp(4)), 1])
