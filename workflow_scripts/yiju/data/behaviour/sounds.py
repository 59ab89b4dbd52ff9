"""Frequent characters that sound the same, tone included, by the readings of pypinyin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from yiju.data.word_segmentation import character_frequencies

# Misspellings are frequent characters: the first so many of jieba's dictionary, and of one sound the first few.
FREQUENT, OF_ONE_SOUND = 1500, 3
# A reading in fewer of the phrases that hold a character is no reason to call the character ambiguous.
RARE = 0.05


def same_sound(word: str) -> Sequence[Sequence[str]]:
    """By place of a word: the most frequent other characters of the same syllable and tone, at most three.

    How a character is read is what pypinyin's dictionary of phrases says of the whole word. A character of a word that
    the dictionary lacks has others only where it is read in one way alone, and so is each of the others. Raises
    ModuleNotFoundError where pypinyin is not installed.
    """
    return [_others(character, sound) for character, sound in zip(word, _sounds(word), strict=True)]


def _others(character: str, sound: str | None) -> tuple[str, ...]:
    alike = _frequent_by_sound().get(sound, ()) if sound else ()
    return tuple(other for other in alike if other != character)[:OF_ONE_SOUND]


def _sounds(word: str) -> Sequence[str | None]:
    phrase = _phrases().get(word)
    if phrase is not None and len(phrase) == len(word):
        return [readings[0] for readings in phrase]
    return [_only_reading(character) for character in word]


@cache
def _frequent_by_sound() -> Mapping[str, tuple[str, ...]]:
    """By reading, the frequent characters that have it and no other one, the most frequent first."""
    found: dict[str, tuple[str, ...]] = {}
    for character in list(character_frequencies())[:FREQUENT]:
        sound = _only_reading(character)
        if sound is not None:
            found[sound] = (*found.get(sound, ()), character)
    return MappingProxyType(found)


def _only_reading(character: str) -> str | None:
    """Its reading with a tone mark, None where phrases read it in several ways, or none holds it."""
    counts = _readings_in_phrases().get(character, Counter())
    common = [sound for sound, count in counts.items() if count >= RARE * counts.total()]
    return common[0] if len(common) == 1 else None


@cache
def _readings_in_phrases() -> Mapping[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for phrase, readings in _phrases().items():
        for character, (sound, *_) in zip(phrase, readings, strict=False):
            found.setdefault(character, Counter())[sound] += 1
    return MappingProxyType(found)


def _phrases() -> Mapping[str, Sequence[Sequence[str]]]:
    from pypinyin.constants import PHRASES_DICT

    return PHRASES_DICT
