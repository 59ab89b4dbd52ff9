"""Numbers and keys of sentences: equal for the same words only, in order of appearance."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.sentence_keys import among, normalised, number_sentences, pair_keys, sentence_hashes, split_key

SAME = ["你好吗？", "你好吗", " 你 好吗 ～", "你好吗!!", "\ufeff你好\u200b吗"]
APART = ["1+1", "11", "C++", "C#", "c", "?", "!", "..", "", "你好", "好你"]


def test_sentences_are_the_same_by_their_words():
    assert set(normalised(pl.Series(SAME))) == {"你好吗"}
    forms = dict(zip(APART, normalised(pl.Series(APART)), strict=True))
    assert len(set(forms.values())) == len(APART) - 1
    assert forms["C#"] == forms["c"]  # the number sign is punctuation


@given(st.lists(st.text("你好aZ1+１Ａ？，。！、?,.!~ \u200b\ufeff\u3000ﬁ㈱\n\u0301\u3099", max_size=4), min_size=1))
def test_a_hash_is_that_of_the_normal_form(texts):
    pairs = pl.DataFrame({"q": texts, "t": texts[::-1]})
    hashes = sentence_hashes(pairs)
    for side, name in enumerate(("q", "t")):
        assert hashes[:, side].tolist() == normalised(pairs[name]).hash(seed=0).to_list()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_numbers_count_up_in_order_of_appearance(pairs):
    hashes = np.array(pairs, dtype=np.uint64).reshape(len(pairs), 2) * np.uint64(2**60)
    seen: dict[int, int] = {}
    expected = [[seen.setdefault(one, len(seen)) for one in pair] for pair in hashes.tolist()]
    assert number_sentences(hashes).tolist() == expected


def test_keys_are_the_same_in_either_order():
    sentences = np.array([[7, 2**32 - 1], [2**32 - 1, 7], [7, 7]], dtype=np.uint32)
    keys = pair_keys(sentences)
    assert keys[0] == keys[1] != keys[2]
    low, high = split_key(keys)
    assert (low.tolist(), high.tolist()) == ([7, 7, 7], [2**32 - 1, 2**32 - 1, 7])


@given(*2 * [st.lists(st.integers(0, 9))])
def test_keys_are_found_among_others(keys, others):
    found = among(*(np.array(numbers, dtype=np.uint64) * np.uint64(2**60) for numbers in (keys, others)))
    assert found.tolist() == [key in others for key in keys]
