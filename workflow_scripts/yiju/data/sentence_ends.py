"""Where sentences end in Chinese and English texts, by their punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Line ends, all that Unicode knows.
LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
MARKS = re.compile(r"[。！？；…｡!?.．]+")
# These end a sentence whatever follows, but for a comma or a colon; the others where no letter or digit follows.
ALWAYS, CONTINUES = frozenset("。！？；…｡"), frozenset("，、,:：")
# Quotes and brackets that belong to the sentence before them. A straight quote closes as the second of its line.
CLOSING, STRAIGHT = frozenset("”’」』）】》〉〕｝)]}"), frozenset("\"'")
# What stands before a full stop that is none: initials, abbreviations, and the number of an item of a list.
ABBREVIATED = re.compile(r"(?:^|\W)(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|No|Fig|Inc|Ltd|Co|vs|etc|e\.g|i\.e|U\.S)\Z")
NUMBERED = re.compile(r"(?:^|\n)\s*[0-9]{1,3}\Z")
# So many characters before a full stop are looked at.
BEFORE = 12


def sentence_ends(text: str) -> list[int]:
    """The characters before which sentences end, in order, the end of the text the last of them.

    A sentence ends at 。！？；… and at line ends; at ! and ? unless a letter or digit follows, and at a full stop
    before white space, unless it belongs to an abbreviation, or a small letter follows. Closing quotes and brackets
    stay with the sentence that they close. Empty sentences and such of white space alone are not left out.
    """
    return sorted({len(text), *(found.end() for found in LINE_END.finditer(text)), *_ends_of_marks(text)})


def _ends_of_marks(text: str) -> Iterator[int]:
    for found in MARKS.finditer(text):
        end = _after_closing(text, found.end())
        following = text[end : end + 1]
        if following in CONTINUES:
            continue
        if not ALWAYS.isdisjoint(found[0]) or _ends_before(text, found, end):
            yield end


def _after_closing(text: str, place: int) -> int:
    """The end of the quotes and brackets that close at a place."""
    while place < len(text) and (text[place] in CLOSING or _closes(text, place)):
        place += 1
    return place


def _closes(text: str, place: int) -> bool:
    """Whether a straight quote closes: one of its kind is open in its line."""
    line = text.rfind("\n", 0, place) + 1
    return text[place] in STRAIGHT and text.count(text[place], line, place) % 2 == 1


def _ends_before(text: str, marks: re.Match[str], end: int) -> bool:
    """Whether marks that need not end a sentence do. end: where they and what they close end."""
    following = text[end : end + 1]
    if text[end : end + BEFORE].lstrip()[:1].islower():
        return False
    if "!" in marks[0] or "?" in marks[0]:
        return not (following.isascii() and following.isalnum())
    if "．" in marks[0]:
        return not following.isdecimal()
    return (not following or following.isspace()) and not (marks[0] == "." and _is_abbreviated(text, marks.start()))


def _is_abbreviated(text: str, stop: int) -> bool:
    """Whether a full stop belongs to the word or number before it."""
    before = text[max(0, stop - BEFORE) : stop]
    return bool(ABBREVIATED.search(before) or NUMBERED.search(before))
