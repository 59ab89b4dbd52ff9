"""What the generators ask of a sentence: its words, their kinds, and whether it is a question that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from yiju.data.word_segmentation import word_cutter, word_tags

MARKS = "。？！.?!~～…，,、；;：: "
# A yes-or-no question: what is denied in it is asked all the same.
POLAR = re.compile(
    r"(?<!干)(吗|嘛)|(吧|(?<![什怎这那多])么|不|没|没有|否)[？?！!。.~～\s]*$|是不是|是否|有没有|能否|可否|(.)[不没]\3"
)
NEGATIVE = re.compile(r"[不没无未别非勿莫]")
QUESTION = re.compile(r"什么|怎么|怎样|如何|为何|哪|谁|几|多少|多久|多长|多大|多远|多高")


@lru_cache(4096)
def cut(text: str) -> tuple[str, ...]:
    """The words of a sentence, which joined are the sentence."""
    return tuple(word_cutter(None)(text))


def is_word(text: str) -> bool:
    """Whether jieba's dictionary holds it."""
    return text in word_tags()


def tag(word: str) -> str:
    """The first letter of the part of speech that jieba's dictionary gives, "" of an unknown word."""
    return word_tags().get(word, "")[:1]


def is_polar(text: str) -> bool:
    """Whether a sentence is a question of yes or no."""
    return POLAR.search(text) is not None


def is_open_question(text: str) -> bool:
    """Whether a sentence asks what, how, who, when ..., and not for yes or no."""
    return QUESTION.search(text) is not None and not is_polar(text)


def bare(text: str) -> str:
    """The sentence without marks and white space at its end."""
    return text.rstrip(MARKS)


def replaced(words: Sequence[str], place: int, new: str) -> str:
    """The sentence with another word at a place."""
    return "".join((*words[:place], new, *words[place + 1 :]))


def once(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Place and word, of words that the sentence has once."""
    for place, word in enumerate(words):
        if words.count(word) == 1:
            yield place, word
