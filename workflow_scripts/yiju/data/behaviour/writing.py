"""The same sentence written otherwise: characters of Taiwan, full width, misspellings, white space and marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from yiju.data.behaviour.lexicon import both_ways, group_of, one_way
from yiju.data.behaviour.minimal_pairs import Change, pick
from yiju.data.behaviour.sentence_parts import bare, cut, is_word

FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
HALF = {full: code for code, full in FULL.items()}
CHINESE = re.compile("[一-鿿]")
# A misspelling must not be one that changes what is asked, or who and how many.
KEPT = re.compile(r"[不没无未非别一二两三四五六七八九十百千万几谁哪]")


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
    """One character of a word written as one that sounds, or looks, like it; never so that another word results."""
    parts = cut(text)
    for rule, alike in (("by_sound", both_ways("homophones")), ("by_shape", one_way("lookalikes"))):
        found = list(_misspelt(parts, alike))
        if found:
            yield Change(rule, text, pick(found, seed, text, rule), "stays")


def _misspelt(parts: Sequence[str], alike: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    names = group_of("entities")
    for number, word in enumerate(parts):
        if len(word) < 2 or word in names or KEPT.search(word) or not is_word(word):
            continue
        for place, character in enumerate(word):
            for other in alike.get(character, ()):
                wrong = word[:place] + other + word[place + 1 :]
                if not is_word(wrong) and cut("".join((*parts[:number], wrong, *parts[number + 1 :]))) is not None:
                    yield "".join((*parts[:number], wrong, *parts[number + 1 :]))


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
