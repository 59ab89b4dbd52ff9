"""Consistency under disturbance: whether an item and its disturbed form rest on the same words, in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from scipy import sparse

from yiju.base.errors import YijuError
from yiju.data.items import Item
from yiju.explain.rationales.fusion import Choice

# In test set B of the competition ids up to this one are originals, later ones their disturbed forms.
LAST_ORIGINAL = 2149
AT_LEAST = 0.4
# Cells of one dense block of similarities: bounds the memory.
CELLS = 4_000_000

Pair = tuple[str, str]


def mean_average_precision(disturbed: Sequence[str], original: Sequence[str]) -> float:
    """MAP of two ranked lists of words (TrustAI/benchmark), D of the disturbed and O of the original item:

    ( sum over i = 1..|D| of ( sum over j <= i of [d_j is among O_1..O_i] ) / i ) / |D|; 0 where D is empty.
    """
    first: dict[str, int] = {}
    for place, word in enumerate(original, start=1):
        first.setdefault(word, place)
    # The j-th word counts from rank max(j, its first place in O) on.
    starts = [0] * (len(disturbed) + 1)
    for place, word in enumerate(disturbed, start=1):
        start = max(place, first.get(word, len(disturbed) + 1))
        if start <= len(disturbed):
            starts[start] += 1
    found, total = 0, 0.0
    for place in range(1, len(disturbed) + 1):
        found += starts[place]
        total += found / place
    return total / len(disturbed) if disturbed else 0.0


def consistency(pairs: Sequence[Pair], items: Sequence[Item], choices: Mapping[str, Choice]) -> np.ndarray:
    """MAP of every (original, disturbed) pair of ids, float64 [pairs, 2]: q, then t.

    The benchmark's figure is the mean over pairs, then over sides; the flat mean is the same number. An item without a
    choice has no rationale: 0.
    """
    known = {item.item: item for item in items}
    words = {name: _words(known[name], choices.get(name)) for pair in pairs for name in pair}
    values = [
        [mean_average_precision(words[disturbed][side], words[original][side]) for side in (0, 1)]
        for original, disturbed in pairs
    ]
    return np.array(values, dtype=np.float64).reshape(-1, 2)


def disturbed_pairs(items: Sequence[Item]) -> list[Pair]:
    """(original, disturbed) ids, as the originals of the file name them in `rel_ids`."""
    return [(item.item, other) for item in items if item.kind == "ori" for other in item.related]


def proxy_pairs(items: Sequence[Item], last_original: int = LAST_ORIGINAL, at_least: float = AT_LEAST) -> list[Pair]:
    """(original, disturbed) ids guessed from the texts, for a test set whose relations are not public.

    Originals are the ids up to `last_original`; every other item goes with the original of highest similarity, the
    first one of a tie, if that is `at_least` so much. Similarity: the Jaccard index of the sentences' sets of character
    bigrams, sentence ends marked (^ab$ has ^a, ab, b$), mean of both sides. On test set B: 2,100 pairs.
    """
    originals = [item for item in items if _number(item) <= last_original]
    others = [item for item in items if _number(item) > last_original]
    if not originals or not others:
        return []
    tables = [
        _bigrams([item.q for item in [*originals, *others]]),
        _bigrams([item.t for item in [*originals, *others]]),
    ]
    pairs = []
    rows = max(1, CELLS // len(originals))
    for start in range(len(originals), len(items), rows):
        block = slice(start, start + rows)
        by_q, by_t = (_jaccard(table[block], table[: len(originals)]) for table in tables)
        similar = (by_q + by_t) / 2
        best = similar.argmax(axis=1)
        kept = np.flatnonzero(similar.max(axis=1) >= at_least)
        pairs += [(originals[best[row]].item, others[start - len(originals) + row].item) for row in kept]
    return pairs


def _words(item: Item, choice: Choice | None) -> tuple[list[str], list[str]]:
    if choice is None:
        return [], []
    return [item.q_segments[index] for index in choice.q], [item.t_segments[index] for index in choice.t]


def _number(item: Item) -> int:
    if not item.item.isdecimal():
        raise YijuError(
            f"item {item.item!r}: only numbered ids distinguish originals from disturbed items; "
            "name the pairs by sample_type and rel_ids in the test file"
        )
    return int(item.item)


def _bigrams(texts: Sequence[str]) -> sparse.csr_matrix:
    """0/1 matrix [texts, distinct bigrams]."""
    numbers: dict[tuple[str, str], int] = {}
    columns, starts = [], [0]
    for text in texts:
        # Ends are marked by a pair with the empty string, which no character can be mistaken for.
        marked = ["", *text, ""]
        columns += [numbers.setdefault(gram, len(numbers)) for gram in dict.fromkeys(pairwise(marked))]
        starts.append(len(columns))
    ones = np.ones(len(columns), dtype=np.int32)
    return sparse.csr_matrix((ones, columns, starts), shape=(len(texts), len(numbers)))


def _jaccard(left: sparse.csr_matrix, right: sparse.csr_matrix) -> np.ndarray:
    both = (left @ right.T).toarray()
    either = np.diff(left.indptr)[:, None] + np.diff(right.indptr)[None, :] - both
    return both / either
