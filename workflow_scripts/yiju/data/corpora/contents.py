"""Which columns of a table hold the two sentences and the labels, told by what is in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from yiju.data.corpora.label_kinds import kind_of_labels
from yiju.data.corpora.rows import MISSING
from yiju.data.corpora.shape import CODE

# Fewer rows show nothing.
FEWEST_ROWS = 8
# A sentence has a Chinese character, or two words of letters; so many characters on average; and most cells are one.
SENTENCE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\d_]+ [^\W\d_]+")
SHORTEST_MEAN, MOST_CELLS = 4.0, 0.8
# Sentences differ; the names of a few categories do not.
FEWEST_DISTINCT, DISTINCT_SHARE = 8, 0.1
MOST_LABELS = 12

Rows = Sequence[Sequence[str]]


def sentence_columns(rows: Rows, width: int) -> list[int]:
    """Places of the columns that hold sentences, by some rows of a table without its header."""
    return [place for place in range(width) if len(rows) >= FEWEST_ROWS and _is_sentences(_column(rows, place))]


def label_columns(rows: Rows, width: int) -> list[int]:
    """Places of the columns that hold labels, and nothing else, by some rows of a table without its header."""
    return [place for place in range(width) if len(rows) >= FEWEST_ROWS and _is_labels(_column(rows, place))]


def first_is_pair(first: Sequence[str], rows: Rows, labels: Sequence[int]) -> bool:
    """Whether the first record of a text is a row as the others are, told by its labels. labels: their columns."""
    return bool(labels) and all(first[place].strip() in _column(rows, place) for place in labels)


def _column(rows: Rows, place: int) -> list[str]:
    cells = [row[place].strip() for row in rows if place < len(row)]
    return [cell for cell in cells if cell and cell not in MISSING]


def _is_sentences(cells: Sequence[str]) -> bool:
    if len(cells) < FEWEST_ROWS:
        return False
    fitting = [cell for cell in cells if SENTENCE.search(cell) and not CODE.fullmatch(cell)]
    different = len({*cells})
    return (
        len(fitting) >= MOST_CELLS * len(cells)
        and sum(map(len, cells)) >= SHORTEST_MEAN * len(cells)
        and different >= max(FEWEST_DISTINCT, DISTINCT_SHARE * len(cells))
    )


def _is_labels(cells: Sequence[str]) -> bool:
    counts = Counter(cells)
    if not 2 <= len(counts) <= MOST_LABELS:
        return False
    kind = kind_of_labels(counts)
    return kind is not None and not kind.others
