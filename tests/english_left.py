"""What is left in English where everything else is in another language."""

from __future__ import annotations

import re

WORD = r"(?<![\w./:_-])(?:a|[A-Za-z][a-z']+)(?![\w./:_=-]*[\w/:_=-])"
SENTENCE = re.compile(rf"{WORD}(?:[ ,;]+{WORD}){{2,}}")
HIDDEN = re.compile(r"<(style|script|pre|code)\b.*?</\1>|<[^>]*>", re.DOTALL)


def english_in(text: str) -> list[str]:
    """Three and more English words in a row; names of files, options and keys are none."""
    return [found[0] for found in SENTENCE.finditer(text)]


def english_on(page: str) -> list[str]:
    """The same of what a page shows, each place between two tags by itself."""
    return [one for part in HIDDEN.sub("\n", page).split("\n") for one in english_in(part)]
