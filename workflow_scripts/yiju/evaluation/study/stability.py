"""How far the scores of a method stay the same with another seed, and after edits that keep the meaning."""

from __future__ import annotations

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.evaluation.metrics.agreement import rank_correlation
from yiju.evaluation.study.studied_scores import SEGMENT
from yiju.explain.leading import leading, leading_distinct
from yiju.explain.rationales.layout import Layout


def agreement_of_seeds(layout: Layout, first: str, again: str) -> dict[str, np.ndarray]:
    """What two seeds have in common by item, float64 [items] each; nothing where the second ATTRIBUTIONS are empty.

    seeds.spearman: rank correlation of the scores; seeds.tied: 1 where the standard errors of either run do not
    distinguish the third and the fourth segment, else 0; seeds.first_three: 1 where that is so or the same three
    segments rank first, else 0.
    """
    one, other = (tables.read(path, tables.ATTRIBUTIONS).select("score", "error").to_numpy() for path in (first, again))
    if not len(other):
        return {}
    bounds = layout.starts[1:-1]
    pairs = list(zip(np.split(one, bounds), np.split(other, bounds), strict=True))
    tied = np.array([not all(leading_distinct(*own.T) for own in both) for both in pairs])
    same = np.array([leading(first[:, 0]) == leading(second[:, 0]) for first, second in pairs])
    return {
        "seeds.spearman": rank_correlation(layout, one[:, 0], other[:, 0]),
        "seeds.first_three": (tied | same).astype(np.float64),
        "seeds.tied": tied.astype(np.float64),
    }


def agreement_after_edits(layout: Layout, attributions: str, edited: str) -> dict[str, np.ndarray]:
    """edits.spearman by item, float64 [items]: rank correlation of the scores of the segments that an edit left.

    Not a number for items that no edit changed, and for those that are judged otherwise after it. attributions:
    ATTRIBUTIONS of the items as they are; edited: EDITED.
    """
    before = tables.read(attributions, tables.ATTRIBUTIONS).select(*SEGMENT, "score")
    after = tables.read(edited, tables.EDITED).filter("kept").select(*SEGMENT, pl.col("score").alias("after"))
    both = before.join(after, on=SEGMENT, how="left", maintain_order="left")
    left = both["after"].is_not_null().to_numpy()
    scores = np.where(left, both["score"].to_numpy(), np.nan)
    return {"edits.spearman": rank_correlation(layout, scores, both["after"].to_numpy())}


def count_edits(items: int, edited: str) -> dict:
    """How many items each edit changed, how many none changed, and how many are judged otherwise after theirs."""
    found = tables.read(edited, tables.EDITED).unique("item", maintain_order=True)
    changed = found.group_by("edit", maintain_order=True).len()
    return {
        "changed": dict(sorted(changed.iter_rows())),
        "unchanged": items - len(found),
        "turned": int((~found["kept"]).sum()),
    }
