"""What the units of an explanation, and the texts that they are parts of, are called in sentences."""

from __future__ import annotations

import regex

from yiju.base.language import gettext

# An extended grapheme cluster.
CLUSTER = regex.compile(r"\X")
# A unit in the singular, by `Explanation.units`.
NOUNS = {
    "characters": "character",
    "tokens": "token",
    "words": "word",
    "sentences": "sentence",
    "segments": "segment",
}
# Longer units are shortened where a sentence or a table quotes them.
LONGEST = 24


def side_name(side: str, units: str) -> str:
    """What q and t are called beside units of a kind: a text that is cut into sentences is none."""
    if units == "sentences":
        return gettext("first text") if side == "q" else gettext("second text")
    return gettext("first sentence") if side == "q" else gettext("second sentence")


def quoted(text: str, most: int = LONGEST) -> str:
    """A unit as sentences and tables quote it: at most so many characters of it, an ellipsis in place of the rest.

    What people see as one character is not cut.
    """
    if len(text) <= most:
        return text
    ends = (found.end() for found in CLUSTER.finditer(text))
    return f"{text[: max((end for end in ends if end < most), default=0)]}…"


def brief(text: str, most: int = 20) -> str:
    """A text as `repr` shows it, cut to so many characters."""
    return repr(quoted(text, most))
