"""Characters as people see them stay whole where pairs that are no test set are divided, and where they are quoted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.data.sets import with_segments
from yiju.explain.external.over_segments import over_segments
from yiju.explain.segments import segments_of
from yiju.explain.unit_names import quoted

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
TEXT = f"花{FAMILY}呗"


def test_rows_without_segments_are_divided_into_visible_characters():
    row = {"q": TEXT, "t": "花", "q_segments": None, "t_segments": ["花"]}
    assert segments_of(row, "q") == [(0, 1), (1, 6), (6, 7)]
    columns = {name: [row.get(name)] for name in pl.Schema(tables.ITEMS)}
    (found,) = with_segments(pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS))).iter_rows(named=True)
    assert (found["q_segments"], found["t_segments"]) == (["花", FAMILY, "呗"], ["花"])


def test_segments_of_a_test_set_are_taken_as_they_are():
    row = {"q": TEXT, "q_segments": ["花", *FAMILY, "呗"]}
    assert len(segments_of(row, "q")) == 7


def test_scores_of_others_go_to_visible_characters():
    scores = over_segments((TEXT, "花"), [("q", 1, 4, 0.5), ("q", 4, 6, 0.25)])
    np.testing.assert_allclose(scores, [0, 0.75, 0, 0])


@pytest.mark.parametrize(("most", "said"), [(7, TEXT), (6, "花…"), (3, "花…"), (1, "…")])
def test_a_quotation_does_not_end_within_a_visible_character(most: int, said: str):
    assert quoted(TEXT, most) == said
