"""Pieces of a highlighted sentence: they spell it, and know score, rank and gold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.report.highlight import highlight


def test_pieces_carry_all_that_is_known():
    pieces = highlight("今天 冷", ["今天", "冷"], [0.2, 0.8], [0.25, 3.0], ranked=[1], gold={0, 1})
    assert [(piece.text, piece.segment) for piece in pieces] == [("今天", True), (" ", False), ("冷", True)]
    assert [piece.strength for piece in pieces] == [0.25, None, 1.0]
    assert [piece.rank for piece in pieces] == [None, None, 1]
    assert pieces[2].title == "score 0.800, selected, rank 1, gold evidence"


def test_without_effects_nothing_is_coloured_and_what_was_not_read_has_no_score():
    pieces = highlight("今天冷", ["今天", "冷"], [0.2, None])
    assert [(piece.strength, piece.title) for piece in pieces] == [(None, "score 0.200"), (None, "")]


@given(st.lists(st.sampled_from(["好", "ab", "？", " "]), max_size=8), st.booleans())
def test_pieces_spell_the_sentence(parts, scored):
    segments = [part for part in parts if part != " "]
    text = "".join(parts)
    pieces = highlight(text, segments, *([[0.0] * len(segments)] * 2 if scored else ()))
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.strength in (None, 0.0) for piece in pieces)


def test_foreign_segments_are_refused():
    with pytest.raises(YijuError, match="spell the text"):
        highlight("今天", ["明", "天"])
