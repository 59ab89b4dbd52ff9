"""The harmonised rationale: what the benchmark rewards. No explanation of the model."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from yiju.base import tables
from yiju.data.items import Item
from yiju.data.sets import to_items
from yiju.explain.rationales.consensus import share_consensus
from yiju.explain.rationales.fusion import Choice, Order, copy_from_originals, prefer_shared
from yiju.explain.rationales.rationale_lines import read_rationales, to_choice, write_rationales
from yiju.explain.rationales.relations import Relations, relate
from yiju.models.calibration.apply import probability, read_calibration

log = logging.getLogger(__name__)


def fuse_rationales(
    items: str, selected: str, settings: dict, out: str, pairs: str | None = None, calibration: str | None = None
) -> None:
    """Write the harmonised rationales: f2 within each pair, then f3 across pairs. No explanation of the model.

    settings: order (f2); relations, and what those read (`yiju.explain.rationales.relations.relate`); share: original,
    every item takes label and words of its own original; consensus, the items of a group share label and ranking.
    pairs: the MERGED table, for published relations; calibration: the ensemble's, for consensus.
    """
    known = to_items(tables.read(items, tables.ITEMS))
    faithful = {line["item"]: line for line in read_rationales(selected)}
    choices = _within_pairs(known, faithful, settings["order"])
    relations = relate(known, settings, pairs)
    if relations.originals and settings["share"] == "consensus":
        assert calibration is not None, "a consensus weighs by the distance from the margin"
        weights = label_weights(faithful, read_calibration(calibration).margin)
        fused = share_consensus(known, choices, relations.groups().values(), weights)
    else:
        fused = copy_from_originals(known, choices, relations.originals)
    log.info("%d of %d items go with an original", len(relations.originals), len(known))
    write_rationales(out, [_line(item.item, fused[item.item], relations) for item in known])


def label_weights(faithful: Mapping[str, dict], margin: float) -> dict[str, float]:
    """How far the probability of each item lies from where the decision turns, which the margin says."""
    turn = float(probability(np.array(margin)))
    return {item: abs(line["probability"] - turn) for item, line in faithful.items()}


def _within_pairs(items: Sequence[Item], faithful: Mapping[str, dict], order: Order) -> dict[str, Choice]:
    lines = [(item, faithful[item.item]) for item in items]
    return {
        item.item: prefer_shared(item, to_choice(line), line["q_scores"], line["t_scores"], order)
        for item, line in lines
    }


def _line(item: str, choice: Choice, relations: Relations) -> dict:
    line = {"item": item, "label": choice.label, "q": list(choice.q), "t": list(choice.t)}
    line["original"] = relations.originals.get(item)
    if relations.measure:
        likeness = relations.likeness.get(item)
        line[relations.measure] = None if likeness is None else round(likeness, 6)
    return line
