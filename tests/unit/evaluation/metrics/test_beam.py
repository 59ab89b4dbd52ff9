"""Bounds by beam search, by a model that adds up its tokens and against all sets of small pairs."""

from itertools import combinations

import numpy as np
import pytest
from test_faithfulness import PAIRS, REMOVALS, additive, pairs_of
from toys import classifier

from yiju.evaluation.metrics.beam import LARGEST, alone_place, extremes, one_sided_place, solved
from yiju.evaluation.metrics.faithfulness import chances, chances_alone
from yiju.evaluation.metrics.pairwise import pairwise
from yiju.models.removal import replacements

SIMILAR = np.array([1])
PLACES = (one_sided_place, alone_place)


def flags(*segments):
    return np.isin(np.arange(6), segments)


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize(
    ("chosen", "place"),
    [
        # The weights are .3, .05 and .2 of q, and .01, .1 and .04 of t.
        (flags(0, 2, 4), 1.0),
        (flags(1, 3), 0.0),
        (flags(0, 3), (0.31 - 0.06) / (0.4 - 0.06)),
        (flags(0, 1, 4, 5), (0.35 + 0.14 - 0.25 - 0.05) / (0.5 + 0.14 - 0.25 - 0.05)),
    ],
)
def test_a_model_that_adds_up_its_tokens_gives_the_place_between_sums(removal, chosen, place):
    ensemble, layout, _ = additive()
    for place_of in PLACES:
        assert place_of(ensemble, layout, SIMILAR, chosen, removal) == pytest.approx([place], abs=1e-6)
        # What speaks for one label speaks against the other one.
        assert place_of(ensemble, layout, 1 - SIMILAR, chosen, removal) == pytest.approx([1 - place], abs=1e-6)


def test_bounds_that_are_close_and_rationales_without_segments_have_no_place():
    flat, steep = additive([0.0, 0.0, 0.0, *[0.1] * 6])[:2], additive()[:2]
    for place_of in PLACES:
        assert np.isnan(place_of(*flat, SIMILAR, flags(0, 3), "delete")).all()
        assert np.isnan(place_of(*steep, SIMILAR, flags(), "delete")).all()


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    return pairs_of([classifier(tmp_path_factory.mktemp("model"), marker=True)], PAIRS)


LABELS = np.array([0, 1, 1, 0, 1])


def first_of(layout, counts):
    """The first segments of either side of each pair, as many as they have, at most so many."""
    places = np.concatenate([np.arange(count) for count in layout.counts.ravel()])
    return places < np.minimum(layout.counts, counts).ravel()[layout.sides]


def test_rationales_that_are_too_large_are_not_searched(judged):
    ensemble, layout = judged
    sizes = np.array([[LARGEST + 1, 1], [2, 2], [0, 2], [1, LARGEST + 1], [0, 0]])
    for place_of in PLACES:
        found = place_of(ensemble, layout, LABELS, first_of(layout, sizes), "delete")
        assert np.isnan(found).tolist() == [True, False, False, True, True]


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize("alone", [True, False])
def test_of_one_segment_the_extremes_are_those_of_all_of_them(judged, removal, alone):
    ensemble, layout = judged
    judge = chances_alone if alone else chances
    for side in (0, 1):
        sizes = np.minimum(layout.counts, 1) * (np.arange(2) == side)
        high, low = judge(ensemble, LABELS, extremes(ensemble, LABELS, sizes, removal, alone), removal)
        for row in range(len(PAIRS)):
            singles = np.zeros((layout.counts[row, side], layout.starts[-1]), dtype=bool)
            first = layout.starts[row] + (layout.counts[row, 0] if side else 0)
            singles[np.arange(len(singles)), first + np.arange(len(singles))] = True
            if len(singles):
                every = judge(ensemble, LABELS, singles, removal)[:, row]
                assert high[row] == pytest.approx(every.max(), abs=1e-4)
                assert low[row] == pytest.approx(every.min(), abs=1e-4)


def test_extremes_have_the_sizes_that_were_asked_for_and_lie_within_all_sets(judged):
    ensemble, layout = judged
    sizes = np.minimum(layout.counts, (2, 1))
    sets = extremes(ensemble, LABELS, sizes, "delete", alone=True)
    for one in sets:
        assert np.array_equal(np.bincount(layout.sides, weights=one, minlength=10).reshape(-1, 2), sizes)
    high, low = chances_alone(ensemble, LABELS, sets, "delete")
    # All sets of two characters of the first sentence of the second pair, and one of the other one.
    q, t = 3, 5
    every = [(*both, q + one) for both in combinations(range(q), 2) for one in range(t)]
    tried = np.zeros((len(every), layout.starts[-1]), dtype=bool)
    for row, own in enumerate(every):
        tried[row, layout.starts[1] + np.array(own)] = True
    values = chances_alone(ensemble, LABELS, tried, "delete")[:, 1]
    assert values.min() - 1e-5 <= low[1] < np.median(values) < high[1] <= values.max() + 1e-5


def test_places_are_shares_whatever_the_rationale(judged):
    """A figure that lies beyond what the search found is a bound itself."""
    ensemble, layout = judged
    first = ensemble.first
    draws = replacements(first.pairs, first.subject.special_ids, first.subject.mask_id, 2, 1)
    for operator in (*REMOVALS, draws):
        for place_of in PLACES:
            values = place_of(ensemble, layout, LABELS, first_of(layout, 3), operator)
            told = values[~np.isnan(values)]
            assert len(told) and (told >= 0).all() and (told <= 1).all()


def test_the_solver_takes_the_smallest_set_that_keeps_the_judgement():
    ensemble, _, _ = additive([0.0, 0.0, 0.0, 0.35, 0.05, 0.2, 0.01, 0.1, 0.04])
    # Alone p(1) has to be above .5, and with the margin above .731.
    assert np.array_equal(solved(ensemble, SIMILAR, 0.0), flags(0, 4))
    assert np.array_equal(solved(ensemble, SIMILAR, 1.0), flags(0, 2, 4))


def test_the_solver_is_above_random_choices_and_has_each_sentence(judged):
    ensemble, layout = judged
    labels = ensemble.logits().argmax(axis=1)
    found = solved(ensemble, labels, 0.0)
    counts = np.bincount(layout.sides, weights=found, minlength=10).reshape(-1, 2)
    assert ((counts > 0) == (layout.counts > 0)).all()
    figures = pairwise(ensemble, layout, labels, found, 1, "delete", 0.0)
    both = figures["one_sided.beyond_random"] + figures["alone.beyond_random"]
    assert both[:4].mean() > 0
    assert figures["kept"][:4].tolist() == [1.0] * 4
