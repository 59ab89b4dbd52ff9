"""The words of the report and what they mean, from the same rows as the documentation's glossary."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from yiju.base.language import LANGUAGES, spoken
from yiju.base.types import Language

# A file for each language, whose rows `make config` puts into docs/glossary.md and docs/zh/glossary.md.
FOLDER = Path(__file__).parent / "page"
_ROW = re.compile(r"^\| (.+?) \| (.+) \|$", re.MULTILINE)


class Term(NamedTuple):
    """A word and its meaning, as plain text."""

    word: str
    meaning: str


def terms(*words: str) -> list[Term]:
    """Terms in the language that is spoken, by the words of the English glossary."""
    known = _glossary()
    return [known[word][LANGUAGES.index(spoken())] for word in words]


def rows(language: Language) -> str:
    """The rows of the glossary's table, as Markdown."""
    return (FOLDER / f"glossary.{language}.md").read_text(encoding="utf-8")


@cache
def _glossary() -> dict[str, list[Term]]:
    """Each term in all languages, by its English word; the files have their rows in the same order."""
    columns = [[Term(*map(_plain, row)) for row in _ROW.findall(rows(language))] for language in LANGUAGES]
    return {each[0].word: list(each) for each in zip(*columns, strict=True)}


def _plain(text: str) -> str:
    """Markdown of the glossary without its marks."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "").replace("*", "")
