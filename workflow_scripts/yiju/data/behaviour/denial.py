"""Negation, double negation and antonyms of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yiju.data.behaviour.lexicon import both_ways
from yiju.data.behaviour.minimal_pairs import Change, pick
from yiju.data.behaviour.sentence_parts import MARKS, NEGATIVE, QUESTION, cut, is_polar, once, replaced, tag

# Negative words, and what is left of them without the negation.
POSITIVE = {
    "不能": "能",
    "不会": "会",
    "不可以": "可以",
    "不想": "想",
    "不是": "是",
    "不爱": "爱",
    "不喜欢": "喜欢",
    "不适合": "适合",
    "无法": "能",
}
MODAL = ("可以", "能", "能够", "会", "喜欢", "适合", "愿意", "允许")
# After these a modal verb is part of another construction: 怎么能 means "how could", 才能 means "only then".
BEFORE_MODAL = frozenset(
    ["怎么", "怎样", "如何", "才", "就", "都", "也", "还", "只", "最", "可", "多", "很", "谁", "想"]
)
# Sentences that ask by these words become strange when their verb is denied: 能用多久, 怎么才会.
NO_DENIAL = re.compile(r"怎么|怎样|如何|几|多少|多久|多长|多大|多远|时候|何时|最|只|才|都|机会|请|求")
# 必须会 and 必须在 are not said with 不能不.
NO_VERB = ("会", "在", "是", "要", "能", "有")
EVERYBODY = re.compile(r"(所有人|每个人|人人|大家)都(会|知道|喜欢|想|有|能|认识|懂)")


def negation(text: str, seed: int) -> Iterator[Change]:
    """The sentence with one negation more, or without its only one; no sentence that asks for yes or no."""
    if is_polar(text):
        return
    words, denied = cut(text), len(NEGATIVE.findall(text))
    if denied == 1:
        yield from _without(text, words)
    elif not denied and not NO_DENIAL.search(text):
        for place, word in once(words):
            following = words[place + 1] if place + 1 < len(words) else ""
            if word in MODAL and following and following[0] not in MARKS and following != "的":
                before = words[place - 1] if place else ""
                if before not in BEFORE_MODAL:
                    yield Change("with_not", text, replaced(words, place, f"不{word}"), "turns")
                    return


def _without(text: str, words: tuple[str, ...]) -> Iterator[Change]:
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if word in POSITIVE and following and following[0] not in MARKS:
            yield Change("without_not", text, replaced(words, place, POSITIVE[word]), "turns")
        elif word == "不" and following in MODAL:
            yield Change("without_not", text, replaced(words, place, ""), "turns")


def double_negation(text: str, seed: int) -> Iterator[Change]:
    """The sentence with 必须 or with "everybody" said by two negations, which means the same."""
    if is_polar(text) or NEGATIVE.search(text):
        return
    words = cut(text)
    for place, word in once(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        before = words[place - 1] if place else ""
        fits = tag(following) == "v" and following not in NO_VERB and before not in ("是", "有", "的")
        if word == "必须" and fits and not QUESTION.search(text):
            yield Change("must", text, replaced(words, place, "不能不"), "stays")
    for found in EVERYBODY.finditer(text):
        if not QUESTION.search(text[: found.start()]):
            new = text[: found.start()] + f"没有人不{found[2]}" + text[found.end() :]
            yield Change("everybody", text, new, "stays")


def antonym(text: str, seed: int) -> Iterator[Change]:
    """The sentence with a word exchanged for its opposite, which it does not hold itself."""
    opposites, words = both_ways("antonyms"), cut(text)
    for place, word in once(words):
        if word in opposites and not (place and words[place - 1] in ("不", "没", "没有", "未")):
            fitting = [other for other in opposites[word] if other not in text]
            if fitting and not (is_polar(text) and NEGATIVE.search(text)):
                yield Change("opposite", text, replaced(words, place, pick(fitting, seed, text, word)), "turns")
                return
