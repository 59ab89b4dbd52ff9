"""Occlusion, with Shapley values where single segments tell little of a judgement."""

from dataclasses import replace

import numpy as np
import pytest
from ensembles import of_texts, of_tokens
from scorers import scorer_of
from token_games import FIRST, TEMPLATE, Judge, additive, make_pairs, own, subject_of
from toys import PAIRS, classifier

from yiju.explain.attribution import load_method
from yiju.explain.subject import Subject

OPTIONS = {"samples": 128, "removal": "delete"}
# q is A B, t is C D E.
A, B, C, D, E = range(FIRST, FIRST + 5)


def explain(worth, pairs, name="occlusion_shapley", label=1, **options):
    ensemble = of_tokens(subject_of(Judge(worth)), pairs)
    labels = np.full(len(pairs), label)
    return load_method(name).attribute(ensemble, labels, OPTIONS | options)


def either_of_two(ids):
    """A adds 1; C and D say the same, so that either alone is enough; E takes a half away."""
    return -4.0 + (A in ids) + 2.0 * (C in ids or D in ids) - 0.5 * (E in ids)


def test_where_a_segment_of_each_sentence_carries_it_is_occlusion_and_judges_nothing_more():
    judge = Judge(additive(np.array([0.5, -0.2, 0.3, 0.1, -0.4])))
    pairs = make_pairs(own(5), own(4))
    found = load_method("occlusion_shapley").attribute(of_tokens(subject_of(judge), pairs), np.ones(2, int), OPTIONS)
    np.testing.assert_allclose(found.values[0], [0.5, -0.2, 0.3, 0.1, -0.4, 0.5, -0.2, 0.3, 0.1])
    np.testing.assert_array_equal(found.error, 0.0)
    asked, judge.judged = len(judge.judged), []
    load_method("occlusion").attribute(of_tokens(subject_of(judge), pairs), np.ones(2, int), OPTIONS)
    assert asked == len(judge.judged)


def test_of_a_sentence_that_says_it_twice_the_segments_have_their_shapley_values():
    pairs = make_pairs(([A, B], [C, D, E]))
    assert (explain(either_of_two, pairs, "occlusion").values[0, 2:] <= 0).all()
    found = explain(either_of_two, pairs)
    # The sentence whose A counts keeps its own scores.
    np.testing.assert_allclose(found.values[0], [1.0, 0.0, 1.0, 1.0, -0.5], atol=1e-9)


@pytest.mark.parametrize(
    ("label", "classes", "effect", "drawn"),
    [(1, 2, 0.1, True), (1, 2, 0.12, False), (0, 2, 0.3, True), (0, 2, 0.33, False), (0, 3, 0.12, False)],
)
def test_to_carry_a_judgement_of_not_similar_a_segment_must_change_three_times_as_much(label, classes, effect, drawn):
    def score(ids):
        """Of the label. Half of what C adds needs B, so that its Shapley value is three quarters of its effect."""
        return -6.0 + 2.0 * (A in ids) + effect / 2 * (C in ids) * (1 + (B in ids))

    judge = Judge(score if label else lambda ids: np.log1p(-np.exp(score(ids))))
    scorer = replace(scorer_of(judge, TEMPLATE), classes=("not similar", "similar", "unknown")[:classes])
    ensemble = of_tokens(Subject(scorer, 4096, 5), make_pairs(([A, B], [C])))
    found = load_method("occlusion_shapley").attribute(ensemble, np.array([label]), OPTIONS)
    np.testing.assert_allclose(found.values[0, 2], effect * (0.75 if drawn else 1.0), atol=1e-6)


def test_too_many_coalitions_are_drawn_and_their_error_is_told_for_that_sentence_alone():
    places = list(range(FIRST, FIRST + 12))
    pairs = make_pairs((places[:2], places[2:]))

    def worth(ids):
        return -5.0 + (places[0] in ids) + 3.0 * (len(set(places[2:]) & set(ids)) > 4)

    found = explain(worth, pairs, samples=60)
    np.testing.assert_allclose(found.values[0, :2], [1.0, 0.0])
    np.testing.assert_array_equal(found.error[:2], 0.0)
    assert (found.error[2:] > 0).all()
    whole = explain(worth, pairs, "kernel_shap", samples=60, sides="together")
    np.testing.assert_array_equal(found.values[0, 2:], whole.values[0, 2:])


def test_a_pair_has_the_same_scores_beside_others():
    pairs = make_pairs(own(5), ([A, B], [C, D, E]), ([A], []))
    found = explain(either_of_two, pairs)
    alone = explain(either_of_two, make_pairs(([A, B], [C, D, E])))
    np.testing.assert_array_equal(found.values[0, 5:10], alone.values[0])


def test_what_was_cut_off_has_no_score_and_is_no_reason_to_draw(tmp_path):
    judge = classifier(tmp_path, False)
    ensemble = of_texts([judge], [(PAIRS[0][0], PAIRS[0][1] * 8)], max_length=16)
    found = load_method("occlusion_shapley").attribute(ensemble, np.array([1]), OPTIONS)
    read = ensemble.read(0)
    assert not read.all()
    np.testing.assert_array_equal(np.isnan(found.values[0]), ~read)
    np.testing.assert_array_equal(np.isnan(found.error), ~read)


def test_of_scores_without_a_scale_a_segment_carries_them_by_a_tenth_of_the_largest_change(monkeypatch):
    def judged(judge, name):
        subject = subject_of(judge)
        monkeypatch.setattr(type(subject.scorer), "unit", None)
        load_method(name).attribute(of_tokens(subject, make_pairs(([A], [C, D]))), np.array([1]), OPTIONS)
        return len(judge.judged)

    # By C and D the score changes by more than a tenth, which carries a probability; beside A it is little.
    for largest, more in ((3.0, False), (8.0, True)):
        weights = np.array([largest, 0.0, 0.4, 0.3])
        found = [judged(Judge(additive(weights, base=-20.0)), name) for name in ("occlusion", "occlusion_shapley")]
        assert (found[1] > found[0]) is more
