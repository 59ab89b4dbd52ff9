"""Texts in the language of the reader: English, which the code holds, or what the catalogues have for it.

A catalogue is a file of `base/chinese/`, in the format of gettext's .po files. Its keys are the English messages, with
`{name}` where a value stands. tests/unit/report/test_report_chinese.py holds that every message has a translation. The
catalogues in traditional characters, `base/traditional/`, are made of these by `python -m tools.traditional`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import get_args

from yiju.base.terminal_language import catalogue
from yiju.base.types import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
CHINESE, TRADITIONAL = (Path(__file__).parent / name for name in ("chinese", "traditional"))
_ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|\Z))+)', re.MULTILINE)
_spoken: ContextVar[Language] = ContextVar("language", default="en")


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Within this block messages are in the language; of other threads and tasks nothing changes."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> Language:
    """The language that messages are in."""
    return _spoken.get()


def gettext(message: str, **values: object) -> str:
    """The message in the language spoken, each `{name}` in it replaced by the value of that name.

    A message that no catalogue has stays English. Without values the message is taken as it is, braces too.
    """
    found = message if spoken() == "en" else _texts().get(message, message)
    return found.format(**values) if values else found


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The message for a number of things, which stands where `{number}` does. Catalogues have `many` only."""
    chosen = one if number == 1 and spoken() == "en" else many
    return gettext(chosen, number=f"{number:,}", **values)


def written(text: str) -> str:
    """A sentence that stands in a file of the run, its values in it, in the language spoken; else as it stands there.

    It is looked up as the command line does it, and in the same catalogues.
    """
    return text if spoken() == "en" else _texts().get(text) or catalogue(spoken()).told(text)


def joined(*sentences: str) -> str:
    """Sentences one after another, those that are empty left out; Chinese ones have no space between them."""
    return (" " if spoken() == "en" else "").join(filter(None, sentences))


@cache
def chinese() -> dict[str, str]:
    """All catalogues together: the Chinese text of every message."""
    return _together(CHINESE)


@cache
def traditional() -> dict[str, str]:
    """The same in traditional characters."""
    return _together(TRADITIONAL)


def entries(path: Path) -> list[tuple[str, str]]:
    """Messages of a catalogue with their translations, in the order of the file."""
    return [(_text(one[1]), _text(one[2])) for one in _ENTRY.finditer(path.read_text(encoding="utf-8"))]


def _texts() -> dict[str, str]:
    """Of the language spoken, which is not English."""
    return traditional() if spoken() == "zh-Hant" else chinese()


def _together(folder: Path) -> dict[str, str]:
    return {key: text for path in sorted(folder.glob("*.po")) for key, text in entries(path)}


def _text(lines: str) -> str:
    """The text of quoted lines, whose escapes are those of JSON too."""
    return "".join(json.loads(line) for line in lines.splitlines())
