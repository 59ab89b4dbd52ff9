"""Near pairs: in either order, never the same pair, exactly those that comparing all with all finds."""

from unittest.mock import patch

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from near_corpora import jaccard, sentences

from yiju.data.near_duplicates import match
from yiju.data.near_duplicates.match import NEAR_PAIRS, index_pairs, near_pairs

SENTENCES = ["abcdef", "abcde", "abcdefg", "bcdefg", "abab", "baba", "x", "y", ""]
PAIRS = st.lists(st.tuples(*[st.integers(0, len(SENTENCES) - 1)] * 2), max_size=8)


def table(name, rows):
    columns = {name: range(len(rows)), "q_sentence": [q for q, _ in rows], "t_sentence": [t for _, t in rows]}
    return pl.DataFrame(columns, schema={name: pl.Int64, "q_sentence": pl.UInt32, "t_sentence": pl.UInt32})


def brute_force(pairs, others, similarity):
    found = []
    for pair, (q, t) in enumerate(pairs):
        for other, (a, b) in enumerate(others):
            one, two = (
                min(jaccard(SENTENCES[q], SENTENCES[x]), jaccard(SENTENCES[t], SENTENCES[y]))
                for x, y in [(a, b), (b, a)]
            )
            if max(one, two) >= similarity and sorted((q, t)) != sorted((a, b)):
                found.append((pair, other, max(one, two)))
    return found


@settings(max_examples=80)
@given(PAIRS, PAIRS, st.sampled_from([0.2, 0.6, 0.8, 1.0]), st.sampled_from([1, 1_000_000]), st.integers(0, 9))
def test_all_that_brute_force_finds(pairs, others, similarity, limit, shift):
    known = sentences(SENTENCES)
    # Numbers of the index may be of another table.
    theirs = known.with_columns(pl.col("sentence") + shift)
    shifted = table("other", others).with_columns(pl.col("q_sentence", "t_sentence") + shift)
    with patch.object(match, "MATCHES", limit):
        found = near_pairs(table("pair", pairs), known, index_pairs(shifted, theirs, similarity))
    assert dict(found.schema) == NEAR_PAIRS
    assert found.rows() == brute_force(pairs, others, similarity)


def test_a_turned_pair_is_the_same_though_its_sentences_are_near():
    known = sentences(["abcdef", "abcde"])
    index = index_pairs(table("other", [(1, 0), (0, 0)]), known, 0.8)
    assert near_pairs(table("pair", [(0, 1)]), known, index).rows() == [(0, 1, 0.8)]
