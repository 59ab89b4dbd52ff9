"""A catalogue that is looked up by whole sentences, when they are already made: their values stand in them.

A key is an English sentence with {0}, {1} ... for what varies in it, {#0} for a number, and {_} for what Chinese has
no use for, such as "is" or "are". In the Chinese sentence {0} stands for the value, itself in Chinese where the
catalogue has it, and {=0} for the value as it is, such as a text of the user.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

PLACE = re.compile(r"\{([=#]?\d|_)\}")
# What stands in a place: a number has no letters, a verb is one word, before which a noun may end in s.
ANYTHING, NUMBER, VERB = ".*?", r"[-+]?\d[\d.,:]*(?: ?%)?", r"(?:\S*|s? \w+)"
# Between sentences that are said in one line: what ends the one before it, in English and in Chinese.
BETWEEN = {"; ": ("", "；"), ". ": (".", "")}
# A list of names.
LISTED = re.compile(r"[^\s,;]+(?:, [^\s,;]+)* (?:and|or) [^\s,;]+")
# Looked-up texts that are kept, so that a table's rows cost one search each kind.
KEPT = 1024


def read_catalogue(text: str) -> dict[str, str]:
    """Sentences of a YAML file, by the loader in C where there is one: the other takes a second for all of them."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, loader) or {}


class Sentences:
    """English sentences with their translations."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        with_places = [(english, PLACE.split(english)[::2]) for english in texts if PLACE.search(english)]
        # Those that say most of themselves first.
        self._parts = sorted(with_places, key=lambda one: -sum(map(len, one[1])))
        self._patterns: dict[str, re.Pattern[str]] = {}
        self.find = lru_cache(KEPT)(self._find)

    def told(self, text: str) -> str:
        """A text in the other language: as a whole, else line by line and part by part; what is in no catalogue stays.

        Blanks at its ends are kept.
        """
        bare = text.strip()
        found = self.find(bare) if bare else None
        if found is None and "\n" in bare:
            found = "\n".join(map(self.told, bare.split("\n")))
        if found is None and LISTED.fullmatch(bare):
            found = bare.replace(", ", "、").replace(" and ", " 和 ").replace(" or ", " 或 ")
        if found is None:
            found = next(filter(None, (self._in_parts(bare, between) for between in BETWEEN)), None)
        if found is None:
            return text
        begins = len(text) - len(text.lstrip())
        return text[:begins] + found + text[begins + len(bare) :]

    def _in_parts(self, text: str, between: str) -> str | None:
        """Several sentences in one line; None where the catalogue has none of them."""
        end, chinese = BETWEEN[between]
        *first, last = text.split(between)
        parts = [*(f"{part}{end}" for part in first), last]
        if not first or not any(map(self.find, parts)):
            return None
        return chinese.join(map(self.told, parts))

    def entry(self, message: str) -> tuple[str, re.Match[str] | None] | None:
        """The key that a sentence is looked up by, and what stands in its places; None where the catalogue has none."""
        if message in self.texts and not PLACE.search(message):
            return message, None
        several = "\n" in message
        for english, parts in self._parts:
            # A sentence does not begin in one line and end in another, unless it is written so.
            if all(part in message for part in parts) and (not several or "\n" in english):
                found = self._pattern(english, parts).fullmatch(message)
                if found:
                    return english, found
        return None

    def _find(self, message: str) -> str | None:
        """The translation of one sentence; None where the catalogue lacks it."""
        found = self.entry(message)
        if found is None:
            return None
        english, places = found
        return self.texts[english] if places is None else PLACE.sub(partial(self._value, places), self.texts[english])

    def _value(self, found: re.Match[str], place: re.Match[str]) -> str:
        """What stands in the English sentence where a place of the Chinese one is."""
        name = place[1].removeprefix("=")
        return found[f"v{name}"] if place[1] != name else self.told(found[f"v{name}"])

    def _pattern(self, english: str, parts: list[str]) -> re.Pattern[str]:
        """A regular expression of a sentence; a place that occurs twice holds the same both times."""
        if english not in self._patterns:
            names, made, seen = PLACE.findall(english), re.escape(parts[0]), set[str]()
            for name, part in zip(names, parts[1:], strict=True):
                number, kind = name.lstrip("#"), NUMBER if name.startswith("#") else ANYTHING
                place = VERB if name == "_" else f"(?P=v{number})" if number in seen else f"(?P<v{number}>{kind})"
                made += place + re.escape(part)
                seen.add(number)
            self._patterns[english] = re.compile(made, re.DOTALL)
        return self._patterns[english]
