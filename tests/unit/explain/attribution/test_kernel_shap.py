"""KernelSHAP: exact against every order of the players, sampled close to it, complete always."""

from itertools import permutations

import numpy as np
import pytest
from ensembles import log_probabilities, of_tokens
from token_games import Judge, additive, make_pairs, own, subject_of, table_game
from toys import PAIRS, classifier

from yiju.explain.attribution import load_method, score_pairs
from yiju.explain.methods.kernel_shap import coalitions_of, complete_levels, level_weights, shapley_values
from yiju.explain.subject import Subject
from yiju.models.tokens import encode_pairs

WEIGHTS = np.random.default_rng(0).normal(size=14) / 3


def explain(judge, pairs, samples, removal="mask"):
    options = {"samples": samples, "removal": removal, "sides": "together"}
    ensemble = of_tokens(subject_of(judge), pairs)
    return load_method("kernel_shap").attribute(ensemble, np.ones(len(pairs), dtype=int), options)


def by_permutations(worths, count):
    """Shapley 1953: the mean of what a player adds when players come in any order."""
    values = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        present = 0
        for player in order:
            values[player] += worths[present | 1 << player] - worths[present]
            present |= 1 << player
    return values / len(orders)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_exact_values_are_those_of_all_permutations(count, removal):
    worths, worth = table_game(count, seed=count)
    pairs = make_pairs(own(count))
    found = explain(Judge(worth), pairs, 2**6, removal)
    np.testing.assert_allclose(found.values[0], by_permutations(worths, count), atol=1e-6)
    assert np.abs(found.gap).max() < 1e-12


@pytest.mark.parametrize("samples", [40, 200])
def test_of_a_sum_the_scores_are_its_terms(samples):
    pairs = make_pairs(own(14), own(3), own(0))
    found = explain(Judge(additive(WEIGHTS)), pairs, samples)
    assert found.values.shape == (1, 17)
    np.testing.assert_allclose(found.values[0], [*WEIGHTS, *WEIGHTS[:3]], atol=1e-9)


def test_sampled_values_come_close_and_closer():
    pairs, errors = make_pairs(own(9)), []
    for seed in range(4):
        _, worth = table_game(9, seed)
        exact, rough, fine = (explain(Judge(worth), pairs, samples).values for samples in (510, 60, 400))
        errors.append([np.abs(values - exact).mean() for values in (rough, fine)])
    rough, fine = np.mean(errors, axis=0)
    assert fine < rough / 2
    assert fine < 0.03


@pytest.mark.parametrize("samples", [2, 5, 17])
def test_too_few_samples_leave_scores_complete_and_as_equal_as_can_be(samples):
    worths, worth = table_game(9, seed=2)
    found = explain(Judge(worth), make_pairs(own(9)), samples)
    assert found.values.sum() == pytest.approx(worths[-1] - worths[0])
    assert np.abs(found.gap).max() < 1e-9
    alike, _ = shapley_values(np.zeros((0, 4), dtype=bool), np.zeros(0), np.zeros(0), 2.0, [])
    np.testing.assert_allclose(alike, 0.5)


@pytest.mark.parametrize("count", [2, 3, 8, 9, 12])
@pytest.mark.parametrize("samples", [2, 30, 100, 254, 511])
def test_coalitions_are_different_no_more_than_asked_and_come_with_their_complements(count, samples):
    chosen, weights, draws = coalitions_of(count, samples, np.random.default_rng(0))
    kinds = {row.tobytes() for row in chosen}
    assert len(kinds) == len(chosen) <= samples
    assert len(chosen) >= min(samples, 2**count - 2) - 1
    assert all((~row).tobytes() in kinds for row in chosen[2 * chosen.sum(axis=1) != count])
    assert not chosen.all(axis=1).any() and chosen.any(axis=1).all()
    # As in the package: each level as heavy as the kernel makes it, those that are drawn together.
    sizes = np.minimum(chosen.sum(axis=1), count - chosen.sum(axis=1))
    levels = complete_levels(count, samples)
    found = np.bincount(sizes, weights, minlength=count // 2 + 1)[1:]
    np.testing.assert_allclose(found[:levels], level_weights(count)[:levels])
    np.testing.assert_allclose(found.sum(), 1)
    # Of levels that are all there nothing was drawn; below, a coalition and its complement are one draw.
    assert np.array_equal(draws < 0, sizes <= levels)
    for number in range(draws.max(initial=-1) + 1):
        first, *others = chosen[draws == number]
        assert [one.tolist() for one in others] == [(~first).tolist()] * int(2 * first.sum() != count)


def test_draws_follow_the_kernel():
    """The mean weight of each level over many draws is the kernel's."""
    found = np.zeros(6)
    for seed in range(1000):
        chosen, weights, _ = coalitions_of(12, 60, np.random.default_rng(seed))
        found += np.bincount(np.minimum(chosen.sum(axis=1), 12 - chosen.sum(axis=1)), weights, minlength=7)[1:]
    np.testing.assert_allclose(found / 1000, level_weights(12), rtol=0.06)


def test_scores_of_a_real_model_are_complete(tmp_path):
    model, tokenizer = classifier(tmp_path, marker=True)
    q, t, labels = (list(column[::7]) for column in zip(*PAIRS, strict=True))
    subject, pairs, labels = Subject.of(model, tokenizer, 500), encode_pairs(tokenizer, q, t, 32), np.array(labels)
    options = {"method": "kernel_shap", "samples": 30, "removal": "mask", "sides": "together"}
    ensemble = of_tokens(subject, pairs)
    found = score_pairs(ensemble, labels, options)
    own_ids = ~np.isin(pairs.ids, [tokenizer.cls_token_id, tokenizer.sep_token_id])
    empty = encode_pairs(tokenizer, q, t, 32)
    empty.ids[own_ids] = tokenizer.mask_token_id
    expected = log_probabilities(subject, pairs, labels) - log_probabilities(subject, empty, labels)
    np.testing.assert_allclose(np.add.reduceat(found.values[0], ensemble.bounds[:-1]), expected, atol=1e-5)
    assert np.abs(found.gap).max() < 1e-9
