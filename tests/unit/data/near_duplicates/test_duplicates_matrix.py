"""The matrix of duplicates between corpora, by hand and against plain Python."""

import json
from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from near_corpora import jaccard, merged

from yiju.base import tables
from yiju.data.near_duplicates.corpora_matrix import compare_corpora

SENTENCES = ["abcdef", "abcde", "ABCDE", "abcdefg", "bcdefg", "x", "y"]


def compare(folder, rows, similarity=0.8, sample=1000, seed=1):
    out = folder / "duplicates.json"
    compare_corpora(merged(folder / "pairs.parquet", rows), out, similarity, sample, seed)
    return json.loads(out.read_text(encoding="utf-8"))


def test_by_hand(tmp_path):
    rows = [
        ("Z", "train", "abcdef", "x"),
        ("Z", "dev", "X", "abcdef!"),  # repeats row 1
        ("Z", "train", "abcde", "x"),  # nearly row 1
        ("Z", "train", "y", "y"),
        ("A", "test", "x", "abcdef"),  # of Z
        ("A", "test", "abcdefg", "x"),  # nearly of Z
    ]
    found = compare(tmp_path, rows)
    assert found == {
        "similarity": 0.8,
        "corpora": ["Z", "A"],
        "pairs": [3, 2],
        "sampled": [3, 2],
        "exact": [[0.25, 1 / 3], [0.5, 0.0]],
        "near": [[2 / 3, 2 / 3], [1.0, 1.0]],
    }


PAIRS = st.tuples(st.sampled_from("ABC"), st.just("train"), *[st.sampled_from(SENTENCES)] * 2)


@settings(max_examples=40)
@given(st.lists(PAIRS, min_size=1, max_size=12), st.sampled_from([0.6, 0.8, 1.0]), st.sampled_from([2, 100]))
def test_against_plain_python(tmp_path_factory, rows, similarity, part):
    with patch.object(tables, "PART", part):
        found = compare(tmp_path_factory.mktemp("matrix"), rows, similarity)
    pairs = {}
    for corpus, _, q, t in rows:
        pairs.setdefault(corpus, []).append(tuple(sorted((q.lower(), t.lower()))))
    names = list(pairs)
    assert found["corpora"] == names
    assert found["pairs"] == found["sampled"] == [len(set(pairs[name])) for name in names]

    def near(one, other):
        return one != other and any(
            min(jaccard(one[0], a), jaccard(one[1], b)) >= similarity for a, b in (other, other[::-1])
        )

    for (row, one), (column, other) in product(enumerate(names), repeat=2):
        own = set(pairs[one])
        if row == column:
            exact = 1 - len(own) / len(pairs[one])
            nearly = sum(any(near(pair, held) for held in own) for pair in own) / len(own)
        else:
            exact = len(own & set(pairs[other])) / len(own)
            nearly = sum(any(pair == held or near(pair, held) for held in pairs[other]) for pair in own) / len(own)
        assert found["exact"][row][column] == pytest.approx(exact)
        assert found["near"][row][column] == pytest.approx(nearly)


def test_the_sample_is_drawn_by_the_seed(tmp_path):
    # Every other pair of A is in B.
    rows = [("A", "train", f"{n:04}", "x") for n in range(200)] + [
        ("B", "train", f"{n:04}", "x") for n in range(0, 200, 2)
    ]
    found = compare(tmp_path, rows, 1.0, sample=50)
    assert (found["pairs"], found["sampled"]) == ([200, 100], [50, 50])
    assert found["exact"][0][1] == 0.5
    assert 0.2 < found["near"][0][1] < 0.8
    assert found == compare(tmp_path, rows, 1.0, sample=50)
    shares = {compare(tmp_path, rows, 1.0, sample=50, seed=seed)["near"][0][1] for seed in range(5)}
    assert len(shares) > 1


def test_no_pairs_at_all(tmp_path):
    assert compare(tmp_path, [])["near"] == []
