"""The language of the command line: English or, from the catalogues of `base/terminal`, Chinese.

Commands say English sentences, which are looked up where they are printed. Outputs for programs are never looked up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal, get_args

from yiju.base.sentences import Sentences, read_catalogue

TerminalLanguage = Literal["en", "zh", "zh-Hant"]
TERMINAL_LANGUAGES: tuple[TerminalLanguage, ...] = get_args(TerminalLanguage)
VARIABLE, OPTION = "YIJU_LANG", "--lang"
# Variables of the locale, the one that counts first.
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
TRADITIONAL = re.compile(r"zh[-_](hant|tw|hk|mo)\b", re.IGNORECASE)
MAIN = re.compile(r"(zh|en)\b", re.IGNORECASE)
_of_process: list[TerminalLanguage] = ["en"]


def language_named(name: str) -> TerminalLanguage | None:
    """The language that a tag (zh-TW) or a locale (zh_TW.UTF-8) names, if it is one of those that there are."""
    if TRADITIONAL.match(name):
        return "zh-Hant"
    main = MAIN.match(name.replace("_", "-"))
    return None if main is None else "zh" if main[1].lower() == "zh" else "en"


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> TerminalLanguage:
    """What --lang before the command says, else YIJU_LANG, else the locale; else English.

    A name that is no language counts as not said: the command line refuses it in the language that is left.
    """
    for name in (_option(arguments), environment.get(VARIABLE, "")):
        if name in TERMINAL_LANGUAGES:
            return name
    locale = next((environment[name] for name in LOCALE if environment.get(name)), "")
    return language_named(locale) or "en"


def speak(language: TerminalLanguage) -> None:
    """Let this process say what people read in a language."""
    _of_process[0] = language


def spoken_here() -> TerminalLanguage:
    """The language that this process speaks."""
    return _of_process[0]


def told(text: str) -> str:
    """What is to be printed, in the language of this process; what no catalogue has stays English."""
    return text if spoken_here() == "en" else catalogue(spoken_here()).told(text)


def said(message: str, *values: str) -> str:
    """The message that is a key of a catalogue, with values in its places as they are given."""
    text = message if spoken_here() == "en" else catalogue(spoken_here()).texts.get(message, message)
    return re.sub(r"\{(\d)\}", lambda place: values[int(place[1])], text)


@cache
def catalogue(language: TerminalLanguage) -> Sentences:
    """All catalogues of a language together."""
    texts: dict[str, str] = {}
    for file in sorted(resources.files("yiju.base.terminal").iterdir(), key=lambda one: one.name):
        if file.name.endswith(f".{language}.yaml"):
            texts |= read_catalogue(file.read_text(encoding="utf-8"))
    return Sentences(texts)


def _option(arguments: Sequence[str]) -> str:
    """The value of --lang before the command, which is looked at before anything is parsed: errors are told in it."""
    for place, one in enumerate(arguments):
        if one == OPTION:
            return arguments[place + 1] if place + 1 < len(arguments) else ""
        if one.startswith(f"{OPTION}="):
            return one.partition("=")[2]
        if not one.startswith("-"):
            break
    return ""
