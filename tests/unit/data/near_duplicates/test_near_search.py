"""Near sentences: exactly those that comparing all with all finds."""

from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from near_corpora import jaccard, sentences

from yiju.data.near_duplicates import search
from yiju.data.near_duplicates.search import NEAR, index_sentences, near_sentences

# Few characters: bigrams that are everywhere, and sets that are nearly the same. A few more: rare ones.
ALPHABETS = st.sampled_from(["ab", "abcde", "今天气很好不吗呢"])
TEXTS = ALPHABETS.flatmap(lambda letters: st.lists(st.text(st.sampled_from(letters), max_size=24), max_size=14))
SIMILARITY = st.one_of(
    st.floats(0.01, 1), st.builds(lambda one, other: min(one, other) / max(one, other), *[st.integers(1, 12)] * 2)
)


def brute_force(queries, texts, similarity):
    """All with all. Returns rows of NEAR."""
    return [
        (query, match, jaccard(one, other), one == other)
        for query, one in queries.iter_rows()
        for match, other in texts.iter_rows()
        if jaccard(one, other) >= similarity
    ]


@settings(max_examples=150)
@given(TEXTS, TEXTS, SIMILARITY, st.sampled_from([1, 30, 1_000_000]))
@example(["ab"], [], 0.8, 1)
@example([], ["ab"], 0.8, 1)
@example(["", "a", "aa", "aaa"], ["", "a", "aa", "aaaa"], 1.0, 1)
def test_all_that_brute_force_finds(queries, texts, similarity, limit):
    queries, texts = sentences(queries, first=100), sentences(texts)
    with patch.multiple(search, CHARACTERS=limit, CANDIDATES=limit, COMPARED=limit):
        found = near_sentences(queries, index_sentences(texts, similarity))
    assert dict(found.schema) == NEAR
    assert found.rows() == brute_force(queries, texts, similarity)


@settings(max_examples=60)
@given(st.text(st.sampled_from("abcdefgh"), min_size=1, max_size=60), st.data())
def test_small_changes_of_long_sentences(text, data):
    changed = [text]
    for _ in range(6):
        at = data.draw(st.integers(0, len(text)))
        changed.append(text[:at] + data.draw(st.sampled_from(["", "x", "甲"])) + text[at + 1 :])
    table = sentences(changed)
    assert near_sentences(table, index_sentences(table, 0.8)).rows() == brute_force(table, table, 0.8)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("abcdefg", "abcdef", True),  # 5 of 6
        ("abcdef", "abcde", True),  # 4 of 5, the threshold itself
        ("abcde", "abcd", False),  # 3 of 4
        ("ababab", "baba", True),  # the same set
        ("abc", "bca", False),
        ("a", "a", True),
        ("a", "aa", False),
    ],
)
def test_by_hand(one, other, near):
    found = near_sentences(sentences([one]), index_sentences(sentences([other]), 0.8))
    assert found.height == near
    assert found["same"].to_list() == [one == other] * near


def test_few_candidates_are_looked_at():
    """Sentences that share a common beginning, but no rare bigram, are never compared."""
    table = sentences([f"请问怎么才能{chr(0x4E00 + 2 * n)}{chr(0x4E01 + 2 * n)}" for n in range(300)])
    index = index_sentences(table, 0.8)
    sets = index.vocabulary.token_sets(table["text"])
    _, _, counts = search._look_ups(sets, index)
    assert counts.sum() <= 2 * table.height
