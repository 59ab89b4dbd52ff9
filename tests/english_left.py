"""What is left in English where everything else is in another language."""

from __future__ import annotations

import re

WORD = r"(?<![\w./:_-])(?:a|[A-Za-z][a-z']+)(?![\w./:_=-]*[\w/:_=-])"
SENTENCE = re.compile(rf"{WORD}(?:[ ,;]+{WORD}){{2,}}")
# A name in quotes or one that is joined to others by a sign is no word of a sentence.
FUNCTION = "is|are|the|not|of|and|with|has|no|an|must|be|for|or|to|in"
STRICT = re.compile(rf"(?<![\w./:'_-])(?:[a-z]{{2,}} [a-z]{{2,}}(?![\w/:_=.-])|(?:{FUNCTION})(?![\w/:_=.'-]))")
HIDDEN = re.compile(r"<(style|script|pre|code)\b.*?</\1>|<[^>]*>", re.DOTALL)


def english_in(text: str) -> list[str]:
    """Three and more English words in a row; names of files, options and keys are none."""
    return [found[0] for found in SENTENCE.finditer(text)]


def strictly_english_in(text: str) -> list[str]:
    """Two English words in a row, and single words that only sentences have: for lines that name nothing else."""
    return [found[0] for found in STRICT.finditer(text)]


def english_on(page: str) -> list[str]:
    """The same of what a page shows, each place between two tags by itself."""
    return [one for part in HIDDEN.sub("\n", page).split("\n") for one in english_in(part)]
