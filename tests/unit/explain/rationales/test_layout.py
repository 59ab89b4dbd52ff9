"""Flat arrays of segments against the lists that they stand for."""

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.explain.rationales.fusion import Choice
from yiju.explain.rationales.layout import Layout, choose, layout_of, to_choices
from yiju.explain.rationales.selection import rank, select

LAYOUT = Layout(np.array([[3, 2], [0, 1], [2, 0], [0, 0], [1, 4]]))
SCORES = np.array([0.1, 0.5, 0.5, -1.0, 2.0, 0.3, 1.0, 1.0, 4.0, 0.0, 3.0, 0.0, 5.0])


def test_items_and_sides_of_a_table():
    rows = [
        {"item": "1", "q_segments": ["花", "呗"], "t_segments": []},
        {"item": "2", "q_segments": [], "t_segments": ["多"]},
    ]
    found = layout_of(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)))
    assert found.counts.tolist() == [[2, 0], [0, 1]]
    assert LAYOUT.starts.tolist() == [0, 5, 6, 8, 8, 13]
    assert LAYOUT.owners.tolist() == [0] * 5 + [1] + [2] * 2 + [4] * 5
    assert LAYOUT.sides.tolist() == [0, 0, 0, 1, 1, 3, 4, 4, 8, 9, 9, 9, 9]
    assert [side.tolist() for side in LAYOUT.split(SCORES)][:4] == [[0.1, 0.5, 0.5], [-1.0, 2.0], [], [0.3]]


def test_places_are_those_of_the_ranking_of_each_side():
    for places, scores in zip(LAYOUT.split(LAYOUT.places(SCORES)), LAYOUT.split(SCORES), strict=True):
        assert np.argsort(places).tolist() == rank(scores)


def test_what_is_chosen_is_what_each_side_selects():
    for settings in ({"by": "ratio", "value": 0.5}, {"by": "mass", "value": 0.6}, {"by": "count", "value": 2}):
        chosen = choose(LAYOUT, SCORES, settings)
        found = to_choices(LAYOUT, SCORES, chosen, "abcde", [1, 0, 1, 0, 1])
        sides = [tuple(select(side, **settings)) for side in LAYOUT.split(SCORES)]
        assert found == {
            name: Choice(label, sides[2 * row], sides[2 * row + 1])
            for row, (name, label) in enumerate(zip("abcde", [1, 0, 1, 0, 1], strict=True))
        }
