"""Misspellings by sound: characters that sound the same, tone included, and what is never misspelt."""

from __future__ import annotations

import pytest
from pypinyin import pinyin

from yiju.data.behaviour.lexicon import rows
from yiju.data.behaviour.minimal_pairs import Change
from yiju.data.behaviour.sentence_parts import is_word
from yiju.data.behaviour.sounds import FREQUENT, same_sound
from yiju.data.behaviour.suite import changes
from yiju.data.word_segmentation import character_frequencies

SENTENCES = [
    "怎么修改支付宝的密码",
    "路由器为什么连不上网",
    "身份证在哪里办理",
    "银行几点开门",
    "周末还会下雨吗",
    "苹果手机怎么设置铃声",
    "长城有多长",
    "怎么买卖二手车",
]


def made(text: str, rule: str = "by_sound", seeds: int = 60) -> list[Change]:
    return [one for seed in range(seeds) for one in changes("misspelling", text, seed) if one.rule == rule]


@pytest.mark.parametrize(
    ("word", "place", "others"),
    [
        # The same syllable and tone: no 买 for 卖, no 号 for 好.
        ("手机", 0, {"首", "守"}),
        ("可以", 1, {"已"}),
        # 行 is read xíng in one word and háng in the other.
        ("行走", 0, {"形", "型"}),
        ("银行", 1, {"航"}),
    ],
)
def test_the_others_sound_as_the_character_does_in_this_word(word, place, others):
    found = set(same_sound(word)[place])
    assert others <= found
    assert word[place] not in found
    assert len(found) <= 3


def test_the_readings_of_one_character_share_no_others():
    assert not set(same_sound("行走")[0]) & set(same_sound("银行")[1])


def test_a_character_that_may_be_read_in_two_ways_has_no_others_in_a_word_that_no_dictionary_holds():
    assert list(same_sound("长按")[0]) == []


def test_what_is_no_chinese_has_no_others():
    assert [list(one) for one in same_sound("a1？")] == [[], [], []]


def test_only_frequent_characters_are_written():
    frequent = set(list(character_frequencies())[:FREQUENT])
    assert {other for text in SENTENCES for others in same_sound(text) for other in others} <= frequent
    assert {"人", "一", "不"} <= set(list(character_frequencies())[:10])


@pytest.mark.parametrize("text", SENTENCES)
def test_one_character_is_replaced_by_one_of_the_same_reading(text):
    for one in made(text):
        (place,) = [place for place, (a, b) in enumerate(zip(text, one.t, strict=True)) if a != b]
        readings = pinyin(text[place], heteronym=True)[0]
        assert set(readings) & set(pinyin(one.t[place], heteronym=True)[0]), one
        for start in range(max(0, place - 3), place + 1):
            for end in range(max(place + 1, start + 2), min(len(text), start + 4) + 1):
                assert not is_word(one.t[start:end]), one


@pytest.mark.parametrize("rule", ["by_sound", "by_shape"])
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("北京的夏天热吗", "北京"),
        ("为什么没有声音", "没有"),
        ("怎么买卖二手车", "买卖"),
        ("我们去看电影", "我们"),
        ("周杰伦的新歌", "周杰伦"),
    ],
)
def test_names_and_words_that_decide_what_is_meant_stay(rule, text, kept):
    assert all(kept in one.t for one in made(text, rule))


def test_none_is_written_with_a_character_that_denies_counts_or_says_who():
    # Of each of these words a character sounds like 未, 十, 五 or 九.
    tempting = ["这家店的味道怎么样", "实际价格是多少", "武术馆怎么报名", "久坐有什么坏处"]
    for word, other in (("味道", "未"), ("实际", "十"), ("武术", "五"), ("久坐", "九")):
        assert other in same_sound(word)[0]
    for text in [*SENTENCES, *tempting]:
        for one in made(text):
            assert not [
                new
                for old, new in zip(text, one.t, strict=True)
                if old != new and new in "不没未一二三五九十我你他她买卖"
            ]


def test_a_word_is_written_as_it_often_is():
    assert {one.t for one in made("怎么登录微信", "by_word")} == {"怎么登陆微信"}
    assert {one.t for one in made("登陆不了怎么办", "by_word")} == {"登录不了怎么办"}
    assert made("怎么登录和登录不了", "by_word") == []


def test_words_that_are_written_for_each_other_sound_the_same():
    for one, other in rows("spelt_alike"):
        (a, b) = ([set(readings) for readings in pinyin(word, heteronym=True)] for word in (one, other))
        assert len(a) == len(b)
        assert all(x & y for x, y in zip(a, b, strict=True)), (one, other)
