"""BLEU-4: hand-computed values, and the sparse search equal to the loop over all pairs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_bleu import bleu4

from yiju.explain.rationales import bleu
from yiju.explain.rationales.bleu import best_originals


def test_a_hand_computed_pair():
    # Hypothesis a b c d e, reference a b c x: matches 3/5, 2/4, 1/3, 0/2; the hypothesis is longer.
    expected = math.exp(sum(math.log(p + 1e-10) for p in (3 / 5, 2 / 4, 1 / 3, 0)) / 4)
    assert bleu4("abcde", "abcx") == pytest.approx(expected, rel=1e-14)


def test_counts_are_clipped_and_short_ones_punished():
    # a a a against a b a b: two of three a match; no pair does; c = 3, r = 4.
    expected = math.exp(1 - 4 / 3) * math.exp((math.log(2 / 3) + 3 * math.log(1e-10)) / 4)
    assert bleu4("aaa", "abab") == pytest.approx(expected, rel=1e-9)


def test_equal_texts_score_one():
    assert bleu4("一二三四五", "一二三四五") == pytest.approx(1, abs=1e-9)


def naive(originals, disturbed):
    best = []
    for reference in disturbed:
        scores = [bleu4(hypothesis, reference) for hypothesis in originals]
        index = max(range(len(scores)), key=scores.__getitem__)
        best.append((index, scores[index]))
    return best


TEXTS = st.lists(st.text("abc", max_size=9).map(list), min_size=1, max_size=12)


@settings(max_examples=60)
@given(TEXTS, TEXTS, st.sampled_from([1, 7, 10**6]))
def test_the_search_equals_the_loop_bit_for_bit(originals, disturbed, cells):
    held, bleu.CELLS = bleu.CELLS, cells
    try:
        index, score = best_originals(originals, disturbed)
    finally:
        bleu.CELLS = held
    assert list(zip(index.tolist(), score.tolist(), strict=True)) == naive(originals, disturbed)


def test_ties_go_to_the_first():
    index, _ = best_originals(["xy", "ab", "ab"], ["ab", "cd"])
    assert index.tolist() == [1, 0]


def test_many_equal_candidates_are_no_burden():
    index, score = best_originals([["a", "b"]] * 1000, [["a", "c"]] * 1000)
    assert not index.any()
    assert set(score.tolist()) == {bleu4("ab", "ac")}


def test_nothing_to_match():
    index, score = best_originals([], ["ab"])
    assert (index.tolist(), score.tolist()) == ([-1], [0.0])
    assert best_originals(["ab"], [])[0].dtype == np.int64
