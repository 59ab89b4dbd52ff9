"""The smallest deletion against all subsets, and curves against one deletion at a time."""

from itertools import combinations

import numpy as np
import pytest
from ensembles import of_tokens
from token_games import Judge, additive, make_pairs, own, subject_of, table_game
from toys import PAIRS, classifier

from yiju.explain import counterfactual
from yiju.explain.counterfactual import removal_curves, smallest_deletions
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.subject import Subject
from yiju.models.calibration.apply import decide, difference, probability
from yiju.models.inference import predict_logits
from yiju.models.removal import keep_tokens
from yiju.models.tokens import encode_pairs


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def units_of(ensemble):
    """The tokens of each segment of each pair."""
    return [ensemble.first.touched(row) for row in range(len(ensemble))]


def judged_without(subject, pairs, row, units, removed, removal):
    """Logits of a pair without each of several sets of units, [sets, 2]."""
    places = np.r_[1 : 1 + pairs.first[row], 2 + pairs.first[row] : pairs.lengths[row] - 1]
    kept = np.ones((len(removed), pairs.lengths[row]), dtype=bool)
    for flags, gone in zip(kept, removed, strict=True):
        flags[places[units[list(gone)].any(axis=0)]] = False
    left = keep_tokens(pairs, np.full(len(removed), row), kept.ravel(), removal, subject.mask_id)
    return predict_logits(subject.model, left, 2000)


def all_subsets(subject, pairs, row, units, margin, removal):
    """The deletions of the smallest size at which any turns the decision, and how far each takes it."""
    label = decide(judged_without(subject, pairs, row, units, [()], removal), margin)[0]
    for size in range(1, len(units) + 1):
        sets = list(combinations(range(len(units)), size))
        logits = judged_without(subject, pairs, row, units, sets, removal)
        turned = decide(logits, margin) != label
        if turned.any():
            far = difference(logits) * (-1 if label else 1)
            return {sets[place]: far[place] for place in np.flatnonzero(turned)}
    return {}


def margin_between(subject, pairs, units, share, removal):
    """A margin near a quantile of the judgements without one unit, so that some deletions turn and others do not.

    It is the middle of a gap between the judgements of all subsets: rounding puts none of them on its other side.
    """
    sets = [[gone for size in range(len(own) + 1) for gone in combinations(range(len(own)), size)] for own in units]
    judged = [
        difference(judged_without(subject, pairs, row, units[row], gone, removal)) for row, gone in enumerate(sets)
    ]
    one_gone = [far[1 : len(own) + 1] for far, own in zip(judged, units, strict=True)]
    low, high = np.quantile(np.concatenate(one_gone), [share - 0.05, share + 0.05])
    values = np.unique(np.concatenate(judged))
    values = values[(values >= low) & (values <= high)]
    widest = np.diff(values).argmax()
    # Logits differ by about 1e-6 between shapes of batches and between processors.
    assert values[widest + 1] - values[widest] > 5e-4
    return float(values[widest : widest + 2].mean())


@pytest.mark.parametrize("removal", ["mask", "delete"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_smallest_deletion_is_that_of_all_subsets(judge, removal, share):
    model, tokenizer = judge
    q, t, _ = (list(column) for column in zip(*PAIRS[1:40:5], strict=True))
    q, t = [text[:3] for text in q], [text[-3:] for text in t]
    pairs, subject = encode_pairs(tokenizer, [*q, ""], [*t, "花"], 32), Subject.of(model, tokenizer, 200)
    ensemble = of_tokens(subject, pairs)
    units = units_of(ensemble)
    margin = margin_between(subject, pairs, units, share, removal)
    found = smallest_deletions(ensemble, margin, removal, width=100)
    assert [one.label for one in found] == decide(predict_logits(model, pairs, 500), margin).tolist()
    for row, one in enumerate(found):
        turning = all_subsets(subject, pairs, row, units[row], margin, removal)
        if not turning:
            assert one.removed is None
            continue
        assert turning[one.removed] == pytest.approx(max(turning.values()), abs=3e-5)
        assert one.probability == pytest.approx(probability(turning[one.removed] * (-1 if one.label else 1)), abs=1e-5)
        assert one.exact == (len(one.removed) <= 3)
    assert any(one.removed for one in found)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_any_game_of_six(seed, removal):
    _, worth = table_game(6, seed)
    pairs, model = make_pairs(own(6)), Judge(worth)
    subject = subject_of(model)
    ensemble = of_tokens(subject, pairs)
    # Even at this margin only few coalitions are similar.
    (found,) = smallest_deletions(ensemble, -1.0, removal)
    turning = all_subsets(subject, pairs, 0, units_of(ensemble)[0], -1.0, removal)
    assert turning[found.removed] == max(turning.values())
    assert found.exact


def weighted(weights, base):
    return Judge(additive(np.array(weights), base))


def test_beyond_three_it_is_an_upper_bound_and_beyond_the_limit_nothing():
    # p(1) = e^-0.2; similar as long as it is above one half, that is above e^-0.69.
    pairs = make_pairs(own(10))
    model = weighted([0.11] * 10, -1.3)
    ensemble = of_tokens(subject_of(model), pairs)
    (found,) = smallest_deletions(ensemble, 0.0, "mask")
    assert (found.label, found.removed, found.exact) == (1, (0, 1, 2, 3, 4), False)
    assert found.probability == pytest.approx(np.exp(-1.3 + 0.55))
    (found,) = smallest_deletions(ensemble, 0.0, "mask", limit=4)
    assert (found.removed, found.exact) == (None, False)
    assert found.probability == pytest.approx(np.exp(-0.2))


def test_where_all_was_tried_none_means_none():
    pairs = make_pairs(own(3), own(4), ([], []))
    model = weighted([0.01] * 4, -3)
    found = smallest_deletions(of_tokens(subject_of(model), pairs), 0.0, "delete")
    assert [(one.label, one.removed, one.exact) for one in found] == [
        (0, None, True),
        (0, None, False),
        (0, None, True),
    ]


def test_the_margin_decides_what_a_turn_is():
    pairs = make_pairs(own(4))
    model = weighted([0.1, 0.2, 0.3, 0.4], -1.2)
    for margin, removed in ((0.0, (2, 3)), (0.7, (3,)), (-0.6, (1, 2, 3))):
        (found,) = smallest_deletions(of_tokens(subject_of(model), pairs), margin, "mask")
        assert (found.label, found.removed) == (1, removed), margin


def test_segments_go_as_wholes():
    pairs = make_pairs(own(4))
    model = weighted([0.1, 0.2, 0.3, 0.4], -1.2)
    # The third token belongs to two segments, and of the third segment nothing was read.
    shares = np.array([[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]])
    ensemble = Ensemble([[Reading(subject_of(model), pairs, [shares], np.array([1]))]])
    (found,) = smallest_deletions(ensemble, 0.0, "mask")
    assert found.removed == (1,)
    (curve,) = removal_curves(ensemble, np.array([1]), [[0, 2, 1]], "mask")
    np.testing.assert_allclose(np.log(curve), [-0.2, -0.8, -0.8, -1.2])


def test_nothing_is_judged_twice_in_a_round():
    pairs, model = make_pairs(own(6)), weighted([0.01] * 6, -3)
    smallest_deletions(of_tokens(subject_of(model), pairs), 0.0, "mask", limit=2)
    assert len(model.judged) == 1 + 6 + 15


@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_curves_are_those_of_one_deletion_at_a_time(judge, removal):
    model, tokenizer = judge
    q, t, labels = (list(column[2::11]) for column in zip(*PAIRS, strict=True))
    pairs, subject, labels = encode_pairs(tokenizer, q, t, 32), Subject.of(model, tokenizer, 400), np.array(labels)
    generator, ensemble = np.random.default_rng(0), of_tokens(subject, pairs)
    rankings = [generator.permutation(len(own)).tolist() for own in ensemble.players]
    rankings[0] = rankings[0][:3]
    curves = removal_curves(ensemble, labels, rankings, removal)
    for row, (curve, ranking) in enumerate(zip(curves, rankings, strict=True)):
        assert len(curve) == len(ranking) + 1
        gone = [ranking[:step] for step in range(len(curve))]
        logits = judged_without(subject, pairs, row, units_of(ensemble)[row], gone, removal)
        expected = probability(difference(logits)) if labels[row] else 1 - probability(difference(logits))
        np.testing.assert_allclose(curve, expected, atol=1e-5)


def test_without_anything_to_remove_the_curve_is_a_point():
    pairs = make_pairs(([], []))
    (curve,) = removal_curves(of_tokens(subject_of(weighted([], -2)), pairs), np.array([1]), [[]], "mask")
    np.testing.assert_allclose(curve, [np.exp(-2)])


def test_deletions_that_differ_by_rounding_only_are_taken_in_order():
    logits = np.array([[0.0, 1.0], [0.0, -1.0 + 1e-7], [0.0, -1.0], [0.0, -0.5]])
    assert counterfactual._furthest_first(logits, 1, 0.0).tolist() == [1, 2, 3, 0]
    assert counterfactual._furthest_first(-logits, 0, 0.0).tolist() == [1, 2, 3, 0]


def test_only_some_segments_are_tried_where_asked():
    ensemble = of_tokens(subject_of(weighted([0.1, 0.2, 0.3, 0.4], -1.2)), make_pairs(own(4)))
    (found,) = smallest_deletions(ensemble, 0.0, "mask", among=[[0, 1, 2]])
    assert (found.removed, found.exact) == ((1, 2), True)
    (found,) = smallest_deletions(ensemble, 0.0, "mask", among=[[0, 1]])
    assert found.removed is None
