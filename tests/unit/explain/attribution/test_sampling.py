"""How sure sampled scores are: standard errors beside the spread of other draws, and when no more is drawn."""

from itertools import permutations

import numpy as np
import pytest
from ensembles import of_tokens
from token_games import FIRST, Judge, additive, make_pairs, own, subject_of, table_game

from yiju.explain.attribution import load_method, score_pairs
from yiju.explain.leading import leading_distinct

OPTIONS = {
    "kernel_shap": {"removal": "mask", "sides": "together", "max_samples": None},
    "lime": {"removal": "mask", "kernel_width": 0.25, "max_samples": None},
}
COUNT = 10


def bent(ids):
    """Tokens that add up, some that need each other, and what only their number does."""
    present = np.isin(np.arange(COUNT) + FIRST, ids)
    weights = np.linspace(-0.4, 0.8, COUNT)
    together = 0.9 * (present[1] and present[7]) - 0.7 * (present[3] and present[4] and present[8])
    return -6 + weights @ present + together - 0.03 * present.sum() ** 2


def explain(method, samples, seed=5, worth=bent, pair=None, **others):
    ensemble = of_tokens(subject_of(Judge(worth), seed=seed), make_pairs(pair or own(COUNT)))
    options = {"method": method, "samples": samples} | OPTIONS[method] | others
    return score_pairs(ensemble, np.array([1]), options, bar=False)


@pytest.mark.parametrize(
    ("method", "samples", "others"),
    [
        ("kernel_shap", 60, {}),
        ("kernel_shap", 200, {}),
        # Of a game of ten, with the other sentence whole.
        ("kernel_shap", 120, {"sides": "one"}),
        ("lime", 100, {}),
        ("lime", 400, {}),
    ],
)
def test_standard_errors_are_the_spread_of_other_draws(method, samples, others):
    """Within a factor of 2, of every segment and of their mean; thirty draws tell a spread to 13 %."""
    pair = (list(range(FIRST, FIRST + COUNT)), [FIRST + COUNT]) if others else None
    found = [explain(method, samples, seed, pair=pair, **others) for seed in range(30)]
    spread = np.std([one.values[0] for one in found], axis=0, ddof=1)[:COUNT]
    errors = np.sqrt(np.mean([one.error**2 for one in found], axis=0))[:COUNT]
    assert (spread > 1e-3).all()
    ratios = errors / spread
    assert ((ratios > 0.5) & (ratios < 2)).all(), ratios.round(2)


def test_what_is_exact_has_no_error():
    assert explain("kernel_shap", 2**COUNT).error.tolist() == [0.0] * COUNT
    # Of a sum every draw says the same.
    assert explain("kernel_shap", 60, worth=additive(np.linspace(-1, 1, COUNT))).error.max() < 1e-9


def by_permutations(worths, bits, base):
    """Shapley values of the players of some bits while those of `base` stay: the mean over every order."""
    values, orders = dict.fromkeys(bits, 0.0), list(permutations(bits))
    for order in orders:
        present = base
        for bit in order:
            values[bit] += (worths[present | 1 << bit] - worths[present]) / len(orders)
            present |= 1 << bit
    return [values[bit] for bit in bits]


@pytest.mark.parametrize("seed", range(3))
def test_one_side_at_a_time_gives_the_values_of_two_games(seed):
    worths, worth = table_game(7, seed)
    q, t = [FIRST + n for n in range(3)], [FIRST + n for n in range(3, 7)]
    ensemble = of_tokens(subject_of(Judge(worth)), make_pairs((q, t)))
    options = {"samples": 64, "removal": "mask", "sides": "one"}
    found = load_method("kernel_shap").attribute(ensemble, np.array([1]), options)
    whole_q, whole_t = 0b0000111, 0b1111000
    expected = by_permutations(worths, range(3), whole_t) + by_permutations(worths, range(3, 7), whole_q)
    np.testing.assert_allclose(found.values[0], expected, atol=1e-6)
    assert found.error.tolist() == [0.0] * 7
    # Each game is complete by itself.
    for part, stays in ((slice(0, 3), whole_t), (slice(3, 7), whole_q)):
        assert found.values[0, part].sum() == pytest.approx(worths[127] - worths[stays])
    assert np.abs(found.gap).max() < 1e-9


def test_one_side_at_a_time_where_a_side_is_empty_or_has_one_segment():
    worths, worth = table_game(3, 1)
    pairs = make_pairs(([4, 5, 6], []), ([], []), ([4], [5]))
    options = {"samples": 64, "removal": "mask", "sides": "one"}
    ensemble = of_tokens(subject_of(Judge(worth)), pairs)
    found = load_method("kernel_shap").attribute(ensemble, np.ones(3, dtype=int), options)
    np.testing.assert_allclose(found.values[0, :3], by_permutations(worths, range(3), 0), atol=1e-6)
    np.testing.assert_allclose(found.values[0, 3:], [worths[3] - worths[2], worths[3] - worths[1]], atol=1e-6)


# Of the first game three lead far before all others; of the second the third and the fourth are alike.
CLEAR, TIED = [3, 2, 1.5, *[0] * 7], [3, 2, 1, 1, *[0] * 6]


def counted(method, samples, most, games, monkeypatch):
    """Scores of pairs with such weights, and with how many samples the method was asked for how many pairs."""
    asked, real = [], load_method(method)
    attribute = real.attribute

    def counting(ensemble, labels, options):
        asked.append((options["samples"], len(ensemble)))
        return attribute(ensemble, labels, options)

    monkeypatch.setattr(real, "attribute", counting)

    def worth(ids):
        """Each pair has tokens of its own, so that they tell which game is played."""
        weights = additive(np.concatenate(games), -9)
        present = np.isin(np.arange(len(games) * COUNT) + FIRST, ids).reshape(-1, COUNT)
        return weights(ids) + 0.4 * (present[:, 4] & present[:, 9]).sum() - 0.4 * (present[:, 5] & present[:, 6]).sum()

    tokens = np.arange(FIRST, FIRST + COUNT * len(games)).reshape(-1, 2, COUNT // 2).tolist()
    ensemble = of_tokens(subject_of(Judge(worth)), make_pairs(*tokens))
    options = {"method": method} | OPTIONS[method] | {"samples": samples, "max_samples": most}
    return ensemble, score_pairs(ensemble, np.ones(len(games), dtype=int), options, bar=False), asked


@pytest.mark.parametrize("method", ["kernel_shap", "lime"])
def test_no_more_is_drawn_once_the_first_three_are_told_apart(method, monkeypatch):
    ensemble, found, asked = counted(method, 40, 100, [CLEAR, TIED], monkeypatch)
    # Twice as many each time, up to the most; only the pair that is open is asked again.
    assert asked == [(40, 2), (80, 1), (100, 1)]
    clear, tied = (ensemble.own(row) for row in range(2))
    assert leading_distinct(found.values[0, clear], found.error[clear])
    assert not leading_distinct(found.values[0, tied], found.error[tied])


@pytest.mark.parametrize("method", ["kernel_shap", "lime"])
def test_without_a_most_the_samples_are_those_that_are_asked(method, monkeypatch):
    _, found, asked = counted(method, 40, None, [TIED], monkeypatch)
    assert asked == [(40, 1)]
    assert found.error.max() > 0


def test_a_pair_that_was_drawn_again_has_the_scores_of_more_samples(monkeypatch):
    ensemble, found, _ = counted("lime", 40, 80, [CLEAR, TIED], monkeypatch)
    for row, samples in enumerate((40, 80)):
        options = {"method": "lime"} | OPTIONS["lime"] | {"samples": samples}
        wanted = score_pairs(ensemble.select([row]), np.array([1]), options, bar=False)
        assert found.values[0, ensemble.own(row)].tolist() == wanted.values[0].tolist()
        assert found.error[ensemble.own(row)].tolist() == wanted.error.tolist()
