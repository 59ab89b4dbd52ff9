"""How far an explanation ranks first what turned the judgement."""

from __future__ import annotations

import numpy as np
import polars as pl

# A known reason must be among so many segments of the highest scores.
FIRST = (1, 3)


def recalls(turned: pl.DataFrame) -> pl.DataFrame:
    """By item of a TURNED table, with its parent: the share of the changed segments that stand first.

    `changed.recall_1` and `changed.recall_3`: how many of the one, or three, segments of the highest scores are changed
    ones, divided by the largest number that is possible there; `changed.chance_1` and `changed.chance_3`: their means
    over all orders. Equal scores stand in the order of their segments; a segment that was not read stands last.
    """
    found = []
    for (item,), rows in turned.group_by("item", maintain_order=True):
        changed = rows["changed"].to_numpy()
        order = np.argsort(-np.nan_to_num(rows["score"].to_numpy().astype(float), nan=-np.inf), kind="stable")
        most = int(changed.sum())
        if most:
            at = {f"changed.recall_{k}": float(changed[order[:k]].sum()) / min(k, most) for k in FIRST}
            at |= {f"changed.chance_{k}": _by_chance(k, most, len(changed)) for k in FIRST}
            found.append({"item": item, "parent": rows["parent"][0]} | at)
    return pl.DataFrame(found)


def _by_chance(first: int, changed: int, segments: int) -> float:
    """The mean recall over all orders of the segments."""
    looked_at = min(first, segments)
    return looked_at * changed / segments / min(looked_at, changed)
