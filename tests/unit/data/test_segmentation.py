"""Segments that a caller gives: in order, inside the text, without overlaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.data.segmentation import characters, given_spans, segment_spans

TEXT = "如何 换手机？"
ANY = st.text(st.characters(exclude_categories=["Cs"]))


def test_texts_that_spell_the_text_lie_where_they_stand():
    assert given_spans(TEXT, ["如何", "换", "手机？"]) == [(0, 2), (3, 4), (4, 7)]


def test_spans_are_taken_as_they_are_and_may_leave_gaps():
    assert given_spans(TEXT, [(0, 2), (4, 6)]) == [(0, 2), (4, 6)]
    assert given_spans(TEXT, [[np.int64(3), np.int64(6)]]) == [(3, 6)]


@pytest.mark.parametrize(
    ("segments", "says"),
    [
        ([(0, 2), (1, 3)], r"segment 1 begins at character 1, before the end of the one before it at 2"),
        ([(3, 4), (0, 2)], r"segment 1 begins at character 0, before the end of the one before it at 4"),
        ([(0, 2), (4, 8)], r"segment 1 is \(4, 8\).* 0 <= start < end <= 7"),
        ([(-1, 2)], r"segment 0 is \(-1, 2\)"),
        ([(2, 2)], r"segment 0 is \(2, 2\)"),
        (["如何", "手机"], r"segment 1 '手机' does not follow at character 2"),
        (["如何"], "no segment holds ' 换手机？'"),
        (["如何", (3, 7)], r"segments are \['如何', \(3, 7\)\]; give at least one"),
        ([], r"segments are \[\]; give at least one"),
        ("如何", "segments are '如何'"),
        (None, "segments are None"),
        ([(0, 2, 3)], "segments are"),
        ([(0.0, 2.0)], "segments are"),
        ([(False, True)], "segments are"),
        ([0, 1], "segments are"),
    ],
)
def test_what_are_no_segments_of_the_text_is_refused(segments, says):
    with pytest.raises(YijuError, match=says):
        given_spans(TEXT, segments)


@given(ANY)
def test_characters_lie_where_their_spans_say(text):
    spans = segment_spans(text, characters(text))
    assert [text[start:end] for start, end in spans] == characters(text)
