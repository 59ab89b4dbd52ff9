"""The language of what the server says: English or, from a table of its sentences, Chinese.

`messages.zh.yaml` gives a sentence in Chinese for each that the server says, with {0}, {1} ... for what varies in it;
`messages.zh-Hant.yaml` is made of it by `python -m tools.traditional`.
"""

from __future__ import annotations

import re
from functools import cache, partial
from importlib import resources
from typing import Any, Literal
from urllib.parse import parse_qs

import yaml
from starlette.datastructures import Headers
from starlette.types import Scope

Language = Literal["en", "zh", "zh-Hant"]
TRADITIONAL = re.compile(r"zh-(hant|tw|hk|mo)\b", re.IGNORECASE)
PLACE = re.compile(r"\{(\d)\}")
# What is said before a sentence that is in no table: it names something of the request or of a file in English.
ORIGINAL = "{0}"


def language_of(scope: Scope) -> Language:
    """What a request asks for by `lang` in its address, else by its header Accept-Language; else English."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang")
    told = asked[-1] if asked else Headers(scope=scope).get("accept-language", "")
    return next(filter(None, map(_known, _preferred(told))), "en")


def translated(message: str, language: Language) -> str:
    """A sentence of the server in a language; one that the table lacks in English, and marked as such."""
    if language == "en":
        return message
    for pattern, chinese in _table(language):
        found = pattern.fullmatch(message)
        if found:
            return PLACE.sub(partial(_value, found), chinese)
    return _sentences(language)[ORIGINAL].replace(ORIGINAL, message)


def in_language(answer: dict[str, Any], language: Language) -> dict[str, Any]:
    """An answer whose notes, and reasons for what is left out, are in a language."""
    told = dict(answer)
    if "notes" in answer:
        told["notes"] = [translated(note, language) for note in answer["notes"]]
    if "left_out" in answer:
        told["left_out"] = {part: translated(why, language) for part, why in answer["left_out"].items()}
    return told


def _preferred(told: str) -> list[str]:
    """Names of languages of a header Accept-Language, the one that is wanted most first."""
    parts = [part.strip().partition(";q=") for part in told.split(",")]
    return [name for name, _, weight in sorted(parts, key=lambda part: -_weight(part[2]))]


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _known(name: str) -> Language | None:
    if TRADITIONAL.match(name):
        return "zh-Hant"
    main = name.lower().partition("-")[0]
    return "zh" if main == "zh" else "en" if main == "en" else None


def _value(found: re.Match[str], place: re.Match[str]) -> str:
    """What stands in the English sentence where a place of the Chinese one is."""
    return found[f"v{place[1]}"]


@cache
def _sentences(language: Language) -> dict[str, str]:
    text = resources.files("yiju.app.web").joinpath(f"messages.{language}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def _table(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the English sentences with their Chinese ones, those that say most of themselves first."""
    ordered = sorted(_sentences(language).items(), key=lambda item: -len(PLACE.sub("", item[0])))
    return [(_pattern(english), chinese) for english, chinese in ordered if english != ORIGINAL]


def _pattern(english: str) -> re.Pattern[str]:
    """A regular expression of a sentence; a place that occurs twice holds the same both times."""
    seen: set[str] = set()
    parts = PLACE.split(english)
    for index in range(1, len(parts), 2):
        name = parts[index]
        parts[index] = f"(?P=v{name})" if name in seen else f"(?P<v{name}>.*)"
        seen.add(name)
    return re.compile("".join(part if index % 2 else re.escape(part) for index, part in enumerate(parts)), re.DOTALL)
