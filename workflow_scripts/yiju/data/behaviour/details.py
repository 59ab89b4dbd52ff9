"""Numbers, units, names, times and degrees of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from yiju.data.behaviour.lexicon import both_ways, group_of, rows
from yiju.data.behaviour.minimal_pairs import Change, pick
from yiju.data.behaviour.sentence_parts import MARKS, NEGATIVE, cut, is_polar, once, replaced, tag

DIGITS = "二三四五六七八九"
SPOKEN = dict(zip("3456789", "三四五六七八九", strict=True))
UNITS = (
    "元|块钱|块|万|天|年(?!代)|个月|岁|斤|公斤|千克|克|米|厘米|公里|千米|平方|人|次|分钟|小时|个小时|层|级|寸|集|章|"
    "届|GB|G|M"
)
# Not of a name or code, and no part of a longer number.
ARABIC = re.compile(rf"(?<![0-9A-Za-z.,%:：\-/第])([1-9][0-9]{{0,3}})(?={UNITS})", re.ASCII)
MODEL = re.compile(r"((?:iphone|iPhone|IPHONE|note|Note|mate|Mate|win|Win|WIN|苹果|小米|华为P)\s?)([3-9])(?![0-9.])")
CHINESE = re.compile(
    rf"(?<![一二两三四五六七八九十百千万第几数零0-9])([两{DIGITS}])"
    r"(?=个月|个小时|天(?!两)|年(?!级)|岁|块钱|周岁|斤|米|公里|分钟|张|个人)"
)
# By unit, another one that makes a different amount of the same number.
OTHER_UNIT = {"个月": "天", "年": "个月", "公斤": "克", "公里": "米", "个小时": "分钟", "小时": "分钟", "分钟": "小时"}
SAME_UNIT = {"公斤": "千克", "千克": "公斤", "公里": "千米", "千米": "公里"}
# What is only about so much stays the same for a number near it.
ABOUT = re.compile(r"大概|大约|左右|约|稍等|等待|几|分钟内")
COUNTED = re.compile(
    r"(?<![0-9A-Za-z.\-/第统绪隆国熙光治丰庆])([3-9])(个月|个小时|天|年(?!级)|公斤|千克|公里|千米|本|次|个人)"
)
COMPARED = re.compile(r"哪个|哪家|哪种|哪款|谁")
# These follow what they are before or after; at the beginning they mean "formerly" and "in future".
RELATIVE = ("以前", "以后", "之前", "之后")
STRONG = ("非常", "特别", "十分", "很")
WHO = frozenset(["我", "你", "他", "她", "它", "我们", "你们", "他们", "男生", "女生", "男人", "女人", "男孩", "女孩"])


def number_unit(text: str, seed: int) -> Iterator[Change]:
    """Another number, another unit, or the same quantity written in another way."""
    for pattern in () if ABOUT.search(text) else (ARABIC, CHINESE, MODEL):
        found = list(pattern.finditer(text))
        if len(found) == 1:
            place = found[0].span(found[0].lastindex or 1)
            new = _other_number(found[0][found[0].lastindex or 1], seed, text)
            if new not in text:
                yield Change("number", text, text[: place[0]] + new + text[place[1] :], "turns")
                break
    counted = list(COUNTED.finditer(text))
    if len(counted) == 1:
        one = counted[0]
        if one[2] in OTHER_UNIT and OTHER_UNIT[one[2]] not in text:
            yield Change("unit", text, text[: one.start(2)] + OTHER_UNIT[one[2]] + text[one.end(2) :], "turns")
        if one[2] in SAME_UNIT:
            yield Change("same_quantity", text, text[: one.start(2)] + SAME_UNIT[one[2]] + text[one.end(2) :], "stays")
        yield Change("same_quantity", text, text[: one.start(1)] + SPOKEN[one[1]] + text[one.end(1) :], "stays")


def _other_number(old: str, seed: int, text: str) -> str:
    """A number that nobody takes for the old one: the next ones of small numbers, twice or half of others, and years
    that leave the rhythm of four years as it is."""
    if not old.isascii():
        return pick([digit for digit in DIGITS[1:] if digit != old], seed, text)
    value = int(old)
    if 1900 < value < 2100:
        others = [value - 8, value - 4, value + 4]
    elif value < 10:
        others = [one for one in (value - 2, value - 1, value + 1, value + 2) if 1 < one < 10]
    else:
        others = [2 * value, *([value // 2] if value % 2 == 0 else [3 * value])]
    return str(pick(others, seed, text))


@cache
def _kinds() -> dict[str, str]:
    return {word: kind for kind, names in rows("entities") for word in names.split(" ")}


def entity(text: str, seed: int) -> Iterator[Change]:
    """Another name of the same kind, in the place of the only one of its kind."""
    kinds, groups, words = _kinds(), group_of("entities"), cut(text)
    held = [kinds[word] for word in words if word in kinds]
    for place, word in once(words):
        if word in kinds and held.count(kinds[word]) == 1 and text.count(word) == 1:
            others = [other for other in groups[word] if not _overlap(other, word) and other not in text]
            if others:
                new = replaced(words, place, pick(others, seed, text, word))
                yield Change(kinds[word], text, new, "turns")


def _overlap(one: str, other: str) -> bool:
    """Whether two names may be the same thing: one is part of the other, or they are known to be one thing."""
    return one in other or other in one or other in both_ways("synonyms").get(one, ())


def time_aspect(text: str, seed: int) -> Iterator[Change]:
    """Another time, or what has not happened yet as done."""
    groups, words = group_of("times"), cut(text)
    for place, word in once(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if word in groups and following not in ("好", "安"):
            others = [other for other in groups[word] if other != word]
            if word in RELATIVE and (not place or tag(words[place - 1]) not in ("n", "v")):
                continue
            if not any(other in text for other in others):
                yield Change("time", text, replaced(words, place, pick(others, seed, text, word)), "turns")
                break
    if is_polar(text) or len(NEGATIVE.findall(text)) > 1:
        return
    for old in ("还没有", "还没"):
        if text.count(old) == 1 and "已" not in text and not text.split(old)[1].startswith(("到", "有")):
            yield Change("aspect", text, text.replace(old, "已经"), "turns")
            return


def degree(text: str, seed: int) -> Iterator[Change]:
    """The other end of a scale, a comparison turned around, and degrees that are nearer than others."""
    words, opposites = cut(text), both_ways("extremes")
    for place, word in once(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        if word == "最" and after in opposites:
            new = "".join((*words[: place + 1], pick(opposites[after], seed, text), *words[place + 2 :]))
            yield Change("superlative", text, new, "turns")
        elif word[0] == "最" and len(word) == 2 and word[1] in opposites:
            new = replaced(words, place, f"最{pick(opposites[word[1]], seed, text)}")
            yield Change("superlative", text, new, "turns")
        elif word in ("更", "比较") and after in opposites and COMPARED.search(text):
            new = "".join((*words[: place + 1], pick(opposites[after], seed, text), *words[place + 2 :]))
            yield Change("comparison", text, new, "turns")
        elif (
            word in STRONG
            and tag(after) == "a"
            and after[0] not in "久多少远"
            and not is_polar(text)
            and "不" not in text
        ):
            weak, strong = (replaced(words, place, new) for new in ("不太", "十分" if word != "十分" else "非常"))
            yield Change("nearer_degree", text, strong, "rises", (text, weak))
        elif (
            word == "比" and place == 1 and len(words) > 3 and {words[0], words[2]} <= WHO and words[3][0] not in MARKS
        ):
            yield Change("comparison", text, "".join((words[2], "比", words[0], *words[3:])), "turns")
