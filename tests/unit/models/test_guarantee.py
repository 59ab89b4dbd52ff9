"""The threshold that keeps a risk: its rate over many draws of pairs, beside that of a naive threshold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from yiju.models.calibration.guarantee import STARTS, fewest_decided, surest_threshold

RISK, ERROR, DRAWS = 0.1, 0.1, 500
# Scores lie evenly between 0 and 1, and are right with this probability.
CHANCE = (lambda score: 0.6 + 0.4 * score), (lambda score: 0.7 + 0.25 * score)


def true_risk(threshold, chance):
    """Mean chance of a wrong decision of all scores above a threshold."""
    scores = np.linspace(max(threshold, 0), 1, 10_001)
    return float((1 - chance(scores)).mean())


def naive_threshold(scores, right, risk):
    """The lowest threshold above which the pairs at hand are wrong at most so often."""
    order = np.argsort(-scores)
    kept = np.flatnonzero(np.cumsum(~right[order]) <= risk * np.arange(1, len(scores) + 1))
    return float(np.append(scores[order], -1.0)[kept[-1] + 1]) if len(kept) else math.inf


def broken(choose, chance, pairs):
    """In which share of the draws a chosen threshold does not keep the risk, and in which share one was chosen."""
    random = np.random.default_rng(3)
    risks = []
    for _ in range(DRAWS):
        scores = random.random(pairs)
        threshold = choose(scores, random.random(pairs) < chance(scores))
        risks.append(true_risk(threshold, chance) if threshold < 1 else 0.0)
    return np.mean(np.array(risks) > RISK), np.mean(np.array(risks) > 0)


@pytest.mark.parametrize("chance", CHANCE)
@pytest.mark.parametrize("pairs", [100, 1000])
def test_the_risk_is_kept_in_as_many_draws_as_promised(chance, pairs):
    share, chosen = broken(lambda *given: surest_threshold(*given, RISK, ERROR), chance, pairs)
    # The rate itself is 0.1 at most; of so many draws chance alone shows less than this.
    assert share <= binom.ppf(0.999, DRAWS, ERROR) / DRAWS
    assert chosen > (0.5 if pairs == 1000 else 0.0) or chance is CHANCE[1]


def test_a_naive_threshold_breaks_the_risk_in_half_of_the_draws():
    share, _ = broken(lambda *given: naive_threshold(*given, RISK), CHANCE[0], 1000)
    assert share > 0.4


def test_all_pairs_are_decided_where_all_are_right():
    least = fewest_decided(0.05, 0.05)
    assert (least, fewest_decided(0.05, 0.025)) == (86, 99)
    scores = np.arange(float(least))
    assert surest_threshold(scores, scores >= 0, 0.05, 0.05) == -1.0
    assert surest_threshold(scores[1:], scores[1:] >= 0, 0.05, 0.05) == math.inf


SCORED = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=60)


@given(SCORED)
def test_it_is_the_lowest_end_of_a_run_of_thresholds_that_are_shown(scored):
    scores = np.array([float(score) for score, _ in scored])
    right = np.array([one for _, one in scored])
    lowest = math.inf
    for share in STARTS:
        for threshold in [*sorted(set(scores), reverse=True), scores.min() - 1]:
            above = scores > threshold
            if above.sum() < max(share * len(scores), fewest_decided(0.4, 0.4)):
                continue
            if binom.cdf((~right[above]).sum(), above.sum(), 0.4) > 0.4 / len(STARTS):
                break
            lowest = min(lowest, threshold)
    assert surest_threshold(scores, right, 0.4, 0.4) == lowest


@given(SCORED, st.randoms())
def test_the_order_of_the_rows_does_not_matter(scored, random):
    mixed = random.sample(scored, len(scored))
    both = [
        surest_threshold(np.array([float(one) for one, _ in rows]), np.array([one for _, one in rows]), 0.4, 0.4)
        for rows in (scored, mixed)
    ]
    assert both[0] == both[1]
