"""Units of texts: in order, each visible character in one of them, no character as people see it cut through."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.segmentation import characters, segment_spans
from yiju.data.units import token_spans, unit_cutter

FAMILY, ACCENTED, FLAG = "👨‍👩‍👧", "e\u0301", "🇨🇳"
CUTTERS = {units: unit_cutter(units) for units in ("characters", "words", "sentences")}
CUTTERS["listed"] = unit_cutter("words", ["手机", "更换"])
PIECES = st.sampled_from(
    [*"如何更换手机，。！？；…“”」\"'!?. \n\t　aZ9é１", FAMILY, ACCENTED, FLAG, "…", "1.5", "Dr.", "\r\n", "\u0301"]
)
ANY = st.lists(PIECES).map("".join) | st.text(st.characters(exclude_categories=["Cs"]))


def cut(units, text):
    return [text[start:end] for start, end in CUTTERS[units](text)]


@pytest.mark.parametrize("units", CUTTERS)
@given(text=ANY)
def test_each_visible_character_is_in_one_unit(units, text):
    spans = CUTTERS[units](text)
    # Units spell the text in order, with nothing but white space between them.
    assert segment_spans(text, [text[start:end] for start, end in spans]) == spans
    assert all(text[start:end].strip() == text[start:end] for start, end in spans)


@pytest.mark.parametrize("units", CUTTERS)
@given(text=ANY)
def test_what_people_see_as_one_character_is_not_cut_through(units, text):
    within = {place for found in regex.finditer(r"\X", text) for place in range(found.start() + 1, found.end())}
    for (_, end), (start, _) in zip(CUTTERS[units](text), CUTTERS[units](text)[1:], strict=False):
        assert end not in within and start not in within


@given(text=ANY, data=st.data())
def test_each_visible_character_is_in_one_unit_of_tokens(text, data):
    ends = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    starts = [data.draw(st.integers(max(0, end - 4), end)) for end in ends]
    spans = token_spans(text, sorted(zip(starts, ends, strict=True)))
    assert segment_spans(text, [text[start:end] for start, end in spans]) == spans


def test_words_are_those_of_jieba_and_other_scripts_words_are_whole():
    text = f"如何更换手机号 don't caf{ACCENTED}s {FAMILY}好 Привет １２Ｖ"
    assert cut("words", text) == [
        "如何",
        "更换",
        "手机号",
        "don't",
        f"caf{ACCENTED}s",
        FAMILY,
        "好",
        "Привет",
        "１２Ｖ",
    ]


def test_words_of_a_list_are_those_of_the_list():
    assert cut("listed", "如何更换手机号 VIP") == ["如", "何", "更换", "手机", "号", "VIP"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("真的吗？我不信！走；再见…", ["真的吗？", "我不信！", "走；", "再见…"]),
        ("等等……算了。", ["等等……", "算了。"]),
        ("什么？！不会吧", ["什么？！", "不会吧"]),
        ("一行\n二行\r\n\r\n三行", ["一行", "二行", "三行"]),
        ("他说：“你好。”我走了。", ["他说：“你好。”", "我走了。"]),
        ("“你好！”，他说。", ["“你好！”，他说。"]),
        ('他说:"你好。我走了。"再见', ['他说:"你好。', '我走了。"', "再见"]),
        ('好。"不好。"', ["好。", '"不好。"']),
        ("好的?我们走!现在", ["好的?", "我们走!", "现在"]),
        ("见 http://a.cn/b?c=1 和 x.py。", ["见 http://a.cn/b?c=1 和 x.py。"]),
        ("He came. She left.", ["He came.", "She left."]),
        ("Mr. Li saw 3.5 dogs... and left. Really?", ["Mr. Li saw 3.5 dogs... and left.", "Really?"]),
        ('"Why?" he asked. (Yes.) No', ['"Why?" he asked.', "(Yes.)", "No"]),
        ("1. 打开。\n2. 关闭。", ["1. 打开。", "2. 关闭。"]),
        ("甲．乙 ３．５", ["甲．", "乙 ３．５"]),
        ("好！\ufe0f走", ["好！\ufe0f", "走"]),
        ("没有标点", ["没有标点"]),
        (" \n ", []),
        ("", []),
    ],
)
def test_sentences_end_at_their_punctuation(text, sentences):
    assert cut("sentences", text) == sentences


def test_tokens_lose_white_space_and_those_of_one_character_are_one_unit():
    assert token_spans(" ab cd好", [(0, 3), (3, 6), (6, 7), (6, 7), (6, 7)]) == [(1, 3), (4, 6), (6, 7)]


def test_what_no_token_holds_is_cut_into_characters():
    assert token_spans("ab甲乙好", [(4, 5)]) == [(0, 2), (2, 3), (3, 4), (4, 5)]
    assert token_spans("甲 乙", []) == [(0, 1), (2, 3)]


KEYCAP, SCARF, WOMAN = "1\ufe0f\u20e3", "🧣\ufe0f", "👩🏽‍🚀"


@pytest.mark.parametrize("whole", [FAMILY, ACCENTED, FLAG, KEYCAP, SCARF, WOMAN, f"caf{ACCENTED}s", "क्षि"])
def test_characters_as_people_see_them_are_one_segment_with_offsets_of_the_text(whole: str):
    text = f"好{whole} 吗"
    assert CUTTERS["characters"](text) == [(0, 1), (1, 1 + len(whole)), (2 + len(whole), 3 + len(whole))]


@given(text=st.text("如何更换手机，。 \t　aZ9é１Ｖ"))
def test_without_such_characters_the_units_are_those_of_the_competition(text: str):
    assert cut("characters", text) == characters(text)


def test_the_segments_of_a_test_set_stay_code_points():
    assert characters(f"好{FAMILY}") == ["好", *FAMILY]
