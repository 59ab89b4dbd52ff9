"""Texts of pairs divided into segments: by units or as given, chunk after chunk, in parts that fit into memory."""

import pytest

from yiju.base.errors import YijuError
from yiju.explain import division
from yiju.explain.division import Division, bounded

PAIRS = [("如何更换手机。谢谢！", "怎么换 手机"), ("好", "不好")]
GIVEN = [(["如何更换手机。", "谢谢！"], [(0, 3), (4, 6)]), ([(0, 1)], ["不", "好"])]


def by_two(texts, side):
    """Tokens of two characters of q, and of one of t."""
    return [[(start, min(start + 2 - side, len(text))) for start in range(0, len(text), 2 - side)] for text in texts]


def texts(segments, pairs=PAIRS):
    return [
        tuple([text[start:end] for start, end in side] for text, side in zip(pair, own, strict=True))
        for pair, own in zip(pairs, segments, strict=True)
    ]


@pytest.mark.parametrize(
    ("units", "first"),
    [
        ("characters", (list("如何更换手机。谢谢！"), list("怎么换手机"))),
        ("words", (["如何", "更换", "手机", "。", "谢谢", "！"], ["怎么", "换", "手机"])),
        ("sentences", (["如何更换手机。", "谢谢！"], ["怎么换 手机"])),
        ("tokens", (["如何", "更换", "手机", "。谢", "谢！"], ["怎", "么", "换", "手", "机"])),
    ],
)
def test_each_side_is_cut_into_the_units(units, first):
    divided = Division(by_two, units)
    assert divided.units == units
    assert texts(divided.divide(PAIRS))[0] == first


def test_a_list_of_words_cuts_in_the_place_of_jiebas():
    assert texts(Division(by_two, "words", words=["如何更换"]).divide(PAIRS))[0][0] == ["如何更换", *"手机。谢谢！"]


def test_given_segments_are_taken_chunk_after_chunk():
    divided = Division(by_two, segments=iter(GIVEN))
    assert divided.units == "segments"
    assert divided.divide(PAIRS[:1]) == [([(0, 7), (7, 10)], [(0, 3), (4, 6)])]
    assert divided.divide(PAIRS[1:], 1) == [([(0, 1)], [(0, 1), (1, 2)])]
    divided.finish(2)


@pytest.mark.parametrize(
    ("segments", "says"),
    [
        ([GIVEN[0], (["好"], ["好"])], r"^pair 8: t: segment 0 '好' does not follow at character 0 of '不好'"),
        ([GIVEN[0], ([(0, 2)], ["不好"])], r"^pair 8: q: segment 0 is \(0, 2\)"),
        ([GIVEN[0], ([(0, 1)], [])], r"^pair 8: t: segments are \[\]"),
        ([GIVEN[0], [(0, 1)]], r"^pair 8: its segments are no two lists"),
        ([GIVEN[0], None], r"^pair 8: its segments are no two lists"),
        (GIVEN[:1], r"^pair 8: segments has no row for it"),
    ],
)
def test_segments_that_are_none_are_refused_by_pair_and_side(segments, says):
    with pytest.raises(YijuError, match=says):
        Division(by_two, segments=segments).divide(PAIRS, 7)


def test_segments_for_more_pairs_than_there_are_are_refused():
    divided = Division(by_two, segments=GIVEN)
    divided.divide(PAIRS[:1])
    with pytest.raises(YijuError, match="more than the 1 pairs"):
        divided.finish(1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"units": "letters"}, "units is 'letters'; it must be one of characters, tokens, words, sentences"),
        ({"units": "words", "segments": GIVEN}, "segments are given, and units is words"),
        ({"segments": "如何"}, "segments is '如何'; it must be a list"),
        ({"words": ["手机"]}, "words is a list to cut by, and units is characters"),
        ({"units": "words", "words": []}, "words is no list of texts, or an empty one"),
        ({"units": "words", "words": [3]}, "words is no list of texts"),
        ({"units": "words", "words": "手机"}, "words is no list of texts"),
        ({"units": "words", "words": ["手，机"]}, "words 0: '手，机' cannot be one word"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(options, says):
    with pytest.raises(YijuError, match=says):
        Division(by_two, **options)


def test_pairs_are_explained_in_parts_that_fit_into_memory(monkeypatch):
    monkeypatch.setattr(division, "CELLS", 40)
    pairs = [("好" * count, "好") for count in (1, 2, 9, 1, 1, 3, 1)]
    segments = Division(by_two).divide(pairs)
    parts = list(bounded(pairs, segments))
    sizes = [(len(q) + len(t)) ** 2 for q, t in pairs]
    assert [row for part in parts for row in range(part.start, part.stop)] == list(range(len(pairs)))
    assert parts == [slice(0, 2), slice(2, 3), slice(3, 7)]
    assert all(sum(sizes[part]) <= 40 or part.stop - part.start == 1 for part in parts)
    assert list(bounded([], [])) == []
