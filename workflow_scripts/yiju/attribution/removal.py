"""Pairs with some of their tokens taken away: what occlusion, LIME, SHAP and all tests of faithfulness look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from yiju.kinds import Removal
from yiju.tokens import Sequences


def keep_tokens(pairs: Sequences, rows: np.ndarray, kept: np.ndarray, removal: Removal, mask_id: int) -> Sequences:
    """Variants of pairs in which only some tokens are left.

    rows: int64 [variants], the pair that each is a variant of; kept: bool, one a token of the variants' pairs, one
    after another (`pairs.select(rows).ids` has them in this order); what it says of [CLS] and [SEP] is not asked: they
    stay. removal: put [MASK] in a token's place, or delete it; a side that is emptied by deletion keeps one [MASK].
    Sides (segment ids) and markers follow from the tokens that are left.
    """
    whole = pairs.select(rows)
    kept = kept | ~ordinary(whole)
    if removal == "mask":
        return replace(whole, ids=np.where(kept, whole.ids, mask_id).astype(whole.ids.dtype))
    ids, kept = whole.ids.copy(), kept.copy()
    begins = whole.starts[:-1] + 1
    counts = []
    for begin, length in ((begins, whole.first), (begins + whole.first + 1, whole.second)):
        left = _count(kept, begin, begin + length)
        emptied = (left == 0) & (length > 0)
        ids[begin[emptied]], kept[begin[emptied]] = mask_id, True
        counts.append(left + emptied)
    lengths = counts[0] + counts[1] + 3
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return replace(whole, ids=ids[kept], starts=starts, first=counts[0], second=counts[1])


def ordinary(pairs: Sequences) -> np.ndarray:
    """Which tokens are the sentences' own, bool, one a token of `pairs.ids`: not [CLS] and the two [SEP]."""
    own = np.ones(len(pairs.ids), dtype=bool)
    for special in (pairs.starts[:-1], pairs.starts[:-1] + 1 + pairs.first, pairs.starts[1:] - 1):
        own[special] = False
    return own


def _count(kept: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    before = np.concatenate([[0], np.cumsum(kept)])
    return before[end] - before[begin]
