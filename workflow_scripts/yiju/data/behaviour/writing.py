"""The same sentence written otherwise: characters of Taiwan, full width, misspellings, white space and marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from yiju.data.behaviour.lexicon import both_ways, group_of, one_way
from yiju.data.behaviour.minimal_pairs import Change, pick
from yiju.data.behaviour.sentence_parts import bare, cut, is_word, once, replaced
from yiju.data.behaviour.sounds import same_sound
from yiju.data.word_segmentation import word_tags

FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
HALF = {full: code for code, full in FULL.items()}
CHINESE = re.compile("[一-鿿]")
# A misspelling must not be one that changes what is asked, or who and how many.
KEPT = re.compile(r"[不没无未非别否勿莫一二两三四五六七八九十百千万亿几谁哪我你他她它买卖]")


@cache
def _to_traditional() -> Callable[[str], str]:
    """OpenCC's conversion. Raises ModuleNotFoundError where OpenCC is not installed."""
    from opencc import OpenCC

    return OpenCC("s2tw").convert


def traditional(text: str, seed: int) -> Iterator[Change]:
    """The sentence in traditional characters. Raises ModuleNotFoundError where OpenCC is not installed."""
    new = _to_traditional()(text)
    if new != text and len(new) == len(text):
        yield Change("to_traditional", text, new, "stays")


def full_width(text: str, seed: int) -> Iterator[Change]:
    """Letters, digits and marks as full-width forms, and the other way around."""
    for rule, forms in (("to_full_width", FULL), ("to_half_width", HALF)):
        new = text.translate(forms)
        if new != text:
            yield Change(rule, text, new, "stays")


def misspelling(text: str, seed: int) -> Iterator[Change]:
    """A word as people misspell it: one character by sound or by shape, or a word that is often written for it.

    Never so that another word than those of the list results, and never in a name. Raises ModuleNotFoundError where
    pypinyin is not installed.
    """
    parts = cut(text)
    for rule, others in (("by_sound", same_sound), ("by_shape", _same_shape)):
        found = list(_misspelt(parts, others))
        if found:
            yield Change(rule, text, pick(found, seed, text, rule), "stays")
    often = both_ways("spelt_alike")
    words = [replaced(parts, place, other) for place, word in once(parts) for other in often.get(word, ())]
    if words:
        yield Change("by_word", text, pick(words, seed, text, "by_word"), "stays")


def _same_shape(word: str) -> Sequence[Sequence[str]]:
    return [one_way("lookalikes").get(character, ()) for character in word]


def _misspelt(parts: Sequence[str], others_of: Callable[[str], Sequence[Sequence[str]]]) -> Iterator[str]:
    """The sentence with one character of a word replaced, in every way that is safe."""
    text, start = "".join(parts), 0
    for word in parts:
        if len(word) > 1 and not _is_name(word) and not KEPT.search(word) and is_word(word):
            for place, others in enumerate(others_of(word), start):
                for other in others:
                    wrong = f"{text[:place]}{other}{text[place + 1 :]}"
                    if not KEPT.search(other) and not _is_within_word(wrong, place):
                        yield wrong
        start += len(word)


def _is_name(word: str) -> bool:
    """Whether a word is one of the entities, or a person, place, organisation or other name for jieba."""
    return word in group_of("entities") or word_tags().get(word, "").startswith(("nr", "ns", "nt", "nz"))


def _is_within_word(text: str, place: int) -> bool:
    """Whether the character there is part of any word of two to four characters, which it may be read as."""
    starts, ends = range(max(0, place - 3), place + 1), range(place + 1, place + 5)
    return any(is_word(text[start:end]) for start in starts for end in ends if 2 <= end - start <= 4)


def spacing(text: str, seed: int) -> Iterator[Change]:
    """White space between words, and marks at the end or in between, which change nothing."""
    parts = [part for part in cut(text) if part.strip()]
    if len(parts) > 2 and not any(part.isascii() for part in parts):
        yield Change("spaces", text, " ".join(parts), "stays")
    core = bare(text)
    tail = text[len(core) :]
    if core != text and len(core) > 3:
        yield Change("mark_left_out", text, core, "stays")
    if tail in ("？", "?", "。", "！", "!"):
        yield Change("mark_twice", text, text + tail, "stays")
    elif not tail and CHINESE.search(core[-1:]):
        yield Change("mark_added", text, f"{text}。", "stays")
    if "，" in core:
        yield Change("comma_as_space", text, text.replace("，", " "), "stays")


def exchanged_sentences(q: str, t: str, seed: int) -> Iterator[Change]:
    """The two sentences in the other order."""
    if q != t:
        yield Change("exchanged", t, q, "stays", (q, t))
