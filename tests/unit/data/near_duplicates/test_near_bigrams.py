"""Sentences as sets of bigrams: every one, once, the rare ones first."""

from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from near_corpora import bigram_set

from yiju.base.blocks import blocks, distinct, ranges
from yiju.data.near_duplicates.bigrams import KNOWN, NONE, bigrams, learn_vocabulary

TEXTS = st.lists(st.text(st.sampled_from("ab\0京𠀀\U0010ffff"), max_size=6), max_size=8)


def series(texts):
    return pl.Series("text", texts, dtype=pl.String)


def spelled(code):
    return "".join(chr(point) for point in (int(code) >> 21, int(code) & NONE) if point != NONE)


@given(TEXTS)
def test_bigrams_are_those_of_plain_python(texts):
    rows, codes = bigrams(series(texts))
    found = [set() for _ in texts]
    for row, code in zip(rows, codes, strict=True):
        found[row].add(spelled(code))
    assert found == [bigram_set(text) for text in texts]


@given(TEXTS, TEXTS)
def test_sets_hold_each_bigram_once_and_unknown_ones_first(known, texts):
    vocabulary = learn_vocabulary(series(known))
    sets = vocabulary.token_sets(series(texts))
    assert sets.sizes.tolist() == [len(bigram_set(text)) for text in texts]
    learnt = {bigram for text in known for bigram in bigram_set(text)}
    for row, text in enumerate(texts):
        tokens = sets.tokens[sets.starts[row] : sets.starts[row + 1]]
        assert (np.diff(tokens.astype(np.int64)) > 0).all()
        assert (tokens >= KNOWN).sum() == len(bigram_set(text) & learnt)


def test_rare_bigrams_come_first():
    vocabulary = learn_vocabulary(series(["abc", "ab", "bc", "ab", "cd"]))
    sets = vocabulary.token_sets(series(["abcd"]))
    order = dict(zip(vocabulary.tokens.tolist(), map(spelled, vocabulary.codes), strict=True))
    assert [order[token] for token in sets.tokens.tolist()] == ["cd", "bc", "ab"]


@given(TEXTS)
def test_bits_of_a_set_are_those_of_its_tokens(texts):
    sets = learn_vocabulary(series(texts)).token_sets(series(texts))
    for row in range(len(texts)):
        tokens = sets.tokens[sets.starts[row] : sets.starts[row + 1]].tolist()
        assert int(sets.bits[row]) == sum(1 << bit for bit in {token % 64 for token in tokens})


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 9))
def test_blocks_hold_every_row_in_order_and_keep_the_limit(weights, limit):
    cut = [range(len(weights))[block] for block in blocks(np.array(weights, dtype=np.int64), limit)]
    assert [row for block in cut for row in block] == list(range(len(weights)))
    assert all(len(block) == 1 or sum(weights[row] for row in block) <= limit for block in cut)
    together = [sum(weights[row] for row in [*one, other[0]]) for one, other in pairwise(cut)]
    assert all(weight > limit for weight in together)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4)), max_size=6))
def test_ranges_and_distinct_values(rows):
    starts, counts = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    numbers = ranges(starts, counts).tolist()
    assert numbers == [start + step for start, count in rows for step in range(count)]
    assert distinct(np.array(numbers, dtype=np.uint64)).tolist() == sorted(set(numbers))
