"""Exact BLEU-4 of every original against every disturbed item, by sparse products of n-gram counts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import sparse

ORDER = 4
FLOOR = 1e-10
# Cells of one dense block: five float64 arrays of this many cells bound the memory.
CELLS = 1_000_000
# Log scores this close are compared exactly; rounding in bulk is a thousand times smaller.
NEAR = 1e-9


def best_originals(originals: Sequence[Sequence[str]], disturbed: Sequence[Sequence[str]]) -> tuple[np.ndarray, ...]:
    """For each disturbed item (the reference) the original (the hypothesis) of highest BLEU-4, the first one of a tie.

    BLEU-4 (Papineni 2002) as the published system smooths it: p_n = clipped matches / n-grams of the hypothesis (0
    where it has none); BLEU = b * exp(sum over n of 1/4 * log(p_n + 1e-10)), b = 1 if the hypothesis is the longer one,
    else exp(1 - r / (c + 1e-10)) with its length c and the reference's length r. Returns index, int64 [disturbed], -1
    where there are no originals, and score, float64 [disturbed]: equal to a loop over all pairs, bit for bit.
    """
    index, score = np.full(len(disturbed), -1, dtype=np.int64), np.zeros(len(disturbed))
    if not originals or not disturbed:
        return index, score
    hypotheses = np.array([len(tokens) for tokens in originals])
    references = np.array([len(tokens) for tokens in disturbed])
    tables = _gram_tables([*originals, *disturbed])
    left = [table[: len(originals)].T.tocsr() for table in tables]
    right = [table[len(originals) :] for table in tables]
    rows = max(1, CELLS // len(originals))
    for start in range(0, len(disturbed), rows):
        block = slice(start, start + rows)
        matches = [(r[block] @ h).tocsr() for r, h in zip(right, left, strict=True)]
        index[block], score[block] = _best(matches, hypotheses, references[block])
    return index, score


def _score(matches: Sequence[int], hypothesis: int, reference: int) -> float:
    """BLEU from clipped match counts and lengths: the one formula that every score here comes from."""
    total = 0.0
    for n, matched in enumerate(matches, start=1):
        possible = hypothesis - n + 1
        total += math.log((matched / possible if possible > 0 else 0.0) + FLOOR) / ORDER
    brevity = 1.0 if hypothesis > reference else math.exp(1 - reference / (hypothesis + FLOOR))
    return brevity * math.exp(total)


def _best(matches: list[sparse.csr_matrix], hypotheses: np.ndarray, references: np.ndarray) -> tuple[np.ndarray, ...]:
    """The best hypothesis for each reference of a block, and its score.

    Bulk arithmetic only narrows the field; among those that rounding may have put in the wrong order `_score` decides.
    """
    rough = _rough_scores(matches, hypotheses, references)
    rows, columns = np.nonzero(rough >= rough.max(axis=1, keepdims=True) - NEAR)
    facts = np.stack([*(m.toarray()[rows, columns] for m in matches), hypotheses[columns], references[rows]])
    # Many candidates look alike (all that share nothing, say): each kind is scored once.
    kind = np.zeros(len(rows), dtype=np.int64)
    for fact in facts:
        kind = np.unique(kind * (fact.max() + 1) + fact, return_inverse=True)[1]
    kinds = facts[:, np.unique(kind, return_index=True)[1]]
    exact = np.array([_score(fact[:ORDER], *fact[ORDER:]) for fact in kinds.T.tolist()])[kind]
    best = np.maximum.reduceat(exact, np.searchsorted(rows, np.arange(len(references))))
    hits = np.flatnonzero(exact == best[rows])
    first = hits[np.unique(rows[hits], return_index=True)[1]]
    return columns[first], best


def _rough_scores(matches: list[sparse.csr_matrix], hypotheses: np.ndarray, references: np.ndarray) -> np.ndarray:
    """log BLEU of a block, [references, hypotheses], good to about 1e-12."""
    longer = hypotheses[None, :] > references[:, None]
    brevity = np.where(longer, 0.0, 1 - references[:, None] / (hypotheses[None, :] + FLOOR))
    logs = brevity + math.log(FLOOR)
    for n, matched in enumerate(matches, start=1):
        possible = hypotheses[matched.indices] - n + 1
        gain = (np.log(matched.data / possible + FLOOR) - math.log(FLOOR)) / ORDER
        rows = np.repeat(np.arange(len(references)), np.diff(matched.indptr))
        logs[rows, matched.indices] += gain
    return logs


def _token_ids(texts: list[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
    """All texts as one array of token numbers, and the text that each token belongs to."""
    numbers: dict[str, int] = {}
    ids = [numbers.setdefault(token, len(numbers)) for text in texts for token in text]
    return np.array(ids, dtype=np.int64), np.repeat(np.arange(len(texts)), [len(text) for text in texts])


def _gram_tables(texts: list[Sequence[str]]) -> list[sparse.csr_matrix]:
    """For n = 1..4 the 0/1 matrix [texts, (n-gram, k)]: whether the n-gram occurs a k-th time in the text.

    The sum over k of "a k-th time in both" is min(count, count), so a plain product of two rows is the clipped count.
    """
    ids, owners = _token_ids(texts)
    vocabulary = ids.max(initial=0) + 1
    tables, grams = [], ids
    for n in range(1, ORDER + 1):
        if n > 1:
            # Renumbered at every length, so that the products stay far from overflow.
            longer = grams[:-1] * vocabulary + ids[n - 1 :]
            grams = np.unique(longer, return_inverse=True)[1]
        inside = owners[: len(grams)] == owners[len(owners) - len(grams) :]
        tables.append(_occurrences(owners[: len(grams)][inside], grams[inside], len(texts)))
    return tables


def _occurrences(owners: np.ndarray, grams: np.ndarray, texts: int) -> sparse.csr_matrix:
    keys = np.sort(owners * (grams.max(initial=0) + 1) + grams)
    owners, grams = np.divmod(keys, grams.max(initial=0) + 1)
    first = np.searchsorted(keys, keys, side="left")
    turn = np.arange(len(keys)) - first
    names, columns = np.unique(grams * (turn.max(initial=0) + 1) + turn, return_inverse=True)
    return sparse.csr_matrix((np.ones(len(keys), dtype=np.int32), (owners, columns)), shape=(texts, len(names)))
