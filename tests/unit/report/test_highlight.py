"""Pieces of a highlighted sentence: they spell it, and know score, rank, gold and what the model cannot read."""

from hypothesis import given
from hypothesis import strategies as st

from yiju.data.segmentation import segment_spans
from yiju.report.highlight import highlight


def test_pieces_carry_all_that_is_known():
    pieces = highlight("今天 冷", [(0, 2), (3, 4)], [0.2, 0.8], [0.25, 3.0], ranked=[1], gold={0, 1}, unknown=[1])
    assert [(piece.text, piece.segment) for piece in pieces] == [("今天", True), (" ", False), ("冷", True)]
    assert [piece.strength for piece in pieces] == [0.25, None, 1.0]
    assert [piece.rank for piece in pieces] == [None, None, 1]
    assert pieces[2].title == "score 0.800, selected, rank 1, gold evidence, not known to the model"
    assert pieces[2].looks == "piece selected gold unknown"


def test_what_was_not_read_has_no_score_and_no_colour_and_is_marked():
    pieces = highlight("今天冷", [(0, 2), (2, 3)], [-0.2, None], [-0.2, None])
    assert [(piece.strength, piece.title) for piece in pieces] == [
        (-0.2, "score -0.200"),
        (0.0, "not read by the model"),
    ]
    assert [piece.looks for piece in pieces] == ["piece against", "piece unread"]


@given(st.lists(st.sampled_from(["好", "ab", "？", " "]), max_size=8))
def test_pieces_spell_the_sentence(parts):
    segments = [part for part in parts if part != " "]
    text, scores = "".join(parts), [0.0] * len(segments)
    pieces = highlight(text, segment_spans(text, segments), scores, scores)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.strength in (None, 0.0) for piece in pieces)
