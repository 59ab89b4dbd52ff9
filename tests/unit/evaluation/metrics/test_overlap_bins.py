"""Overlap, its bins, and which rows are forms of which."""

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.evaluation.metrics.strata import bigram_jaccard, disturbed_rows, overlap_bins


@pytest.mark.parametrize(
    ("q", "t", "expected"),
    [
        ("甲乙丙", "甲乙丁", 1 / 3),
        ("甲乙甲乙", "甲乙甲", 1.0),
        ("甲", "甲", 1.0),
        ("甲", "甲乙", 0.0),
        ("", "甲", 0.0),
        ("", "", 1.0),
    ],
)
def test_jaccard_of_bigrams(q, t, expected):
    assert bigram_jaccard([q, t], [t, q]).tolist() == pytest.approx([expected, expected])


def test_bins_hold_their_lower_end_and_the_last_one_both():
    values = np.array([0, 0.19, 0.2, 3 / 5, 0.1 + 0.2 + 0.3, 0.8, 0.99, 1])
    assert overlap_bins(values).tolist() == [0, 0, 20, 60, 60, 80, 80, 80]


def test_forms_are_found_by_the_names_that_originals_give():
    known = {
        "item": ["a", "b", "c", "d"],
        "kind": ["disturb", "ori", None, "ori"],
        "related": [["b"], ["c", "a"], ["a"], None],
    }
    table = pl.DataFrame(
        {name: known.get(name, [None] * 4) for name in tables.ITEMS.names}, schema=pl.Schema(tables.ITEMS)
    )
    assert disturbed_rows(table).tolist() == [[1, 2], [1, 0]]
    assert disturbed_rows(table.head(1)).shape == (0, 2)
