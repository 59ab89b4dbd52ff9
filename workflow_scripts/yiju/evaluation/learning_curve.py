"""A learning curve: how accuracy grows with the training pairs, and what doubling them brought."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.files import write_json
from yiju.base.members import parse_member
from yiju.evaluation.compare_variants import estimate, judged_right

log = logging.getLogger(__name__)


def compare_sizes(
    examples: Sequence[str], scores: Sequence[str], pairs: Sequence[str], settings: dict, out: str
) -> None:
    """Write the accuracy on every labelled set of trainings on parts of the pairs and on all of them (JSON).

    examples: ITEMS of each set; scores: SCORES by set, size and member; pairs: the AUGMENTED table that each size
    learnt. The last size is the whole. settings: sets, sizes (shares, without the whole), members, bootstrap, seed.
    """
    shares, members = [*settings["sizes"], 1.0], settings["members"]
    judged = np.reshape(scores, (len(examples), len(shares), len(members))).tolist()
    sizes = [{"share": share} | _learnt(path, members) for share, path in zip(shares, pairs, strict=True)]
    order = sorted(range(len(sizes)), key=lambda place: shares[place])
    counts = [sizes[place]["pairs"] for place in order]
    compared = [
        {"set": name} | _compare(items, [scored[place] for place in order], counts, settings)
        for name, items, scored in zip(settings["sets"], examples, judged, strict=True)
    ]
    facts: dict[str, Any] = {
        "seeds": len(members),
        "sizes": [sizes[place] for place in order],
        "sets": [one for one in compared if one["labelled"]],
    }
    write_json(out, facts)
    log.info("%d sizes on %d labelled sets", len(sizes), len(facts["sets"]))


def nearest_half(counts: Sequence[int]) -> int:
    """Index of the size that is nearest to half of the whole. counts: pairs of each size, rising, the whole last."""
    apart = [abs(math.log2(counts[-1] / count) - 1) for count in counts[:-1]]
    return apart.index(min(apart))


def _learnt(path: str, members: Sequence[str]) -> dict[str, int]:
    """How many pairs a size learns, and with what augmentation made of them."""
    fold = parse_member(members[0])[0]
    table = tables.read(path, tables.AUGMENTED, ("operation",), pl.col("fold") != fold)
    return {"pairs": int((table["operation"] == "original").sum()), "with_augmented": table.height}


def _compare(items: str, scores: Sequence[Sequence[str]], counts: Sequence[int], settings: dict) -> dict:
    """All sizes on one set. scores: [sizes][members]; counts: pairs of each size."""
    groups, right = judged_right(items, scores)
    if not groups:
        return {"labelled": 0}
    members, half = settings["members"], nearest_half(counts)
    gain = {
        "from": half,
        "times": round(counts[-1] / counts[half], 6),
        "difference": estimate(right[-1] - right[half], members, groups, settings, signed=True),
    }
    accuracy = [estimate(one, members, groups, settings) for one in right]
    return {"labelled": len(groups), "pairs": len(set(groups)), "accuracy": accuracy, "gain": gain}
