"""Part of the training pairs for a learning curve: seeded, and nested, so that a smaller part lies in a larger one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError

log = logging.getLogger(__name__)
# A group of connected pairs that is a larger share of all is drawn pair by pair: it would be most of a small part.
LARGE = 0.05
# The fold whose members a learning curve repeats.
FOLD = 0


def draw_subset(augmented: str, folds: str, settings: dict, out: str, sizes: Sequence[float]) -> None:
    """Write the part of an AUGMENTED table that a member of fold 0 learns from fewer pairs.

    folds: FOLDS of the original pairs; settings: share, of the original pairs that such a member learns, and seed.
    sizes: all shares of the learning curve. What augmentation made is kept where all pairs that it was made from
    are, and so is everything that the fold holds out. Raises YijuError where the part has not both labels, or is as
    many pairs as all or as another size.
    """
    table = tables.read(augmented, tables.AUGMENTED)
    learnt = tables.read(folds, tables.FOLDS).filter(pl.col("fold") != FOLD)
    order = nested_order(learnt["group"].to_numpy(), settings["seed"])
    _require_own_number(settings["share"], sizes, len(order))
    chosen = learnt[order[: round(settings["share"] * len(order))]]["pair"]
    # A set difference of lists would read all chosen pairs again for every row.
    inside = pl.col("parents").list.eval(pl.element().is_in(chosen.implode())).list.all()
    part = table.filter((pl.col("fold") == FOLD) | inside)
    _require_both_labels(part, settings["share"], len(order))
    tables.write(part, out, tables.AUGMENTED)
    log.info("%d of %d training pairs", len(chosen), len(order))


def nested_order(groups: np.ndarray, seed: int) -> np.ndarray:
    """The order in which pairs are taken, [n] int64: every part of them is a beginning of it.

    groups: [n], the group of connected sentences of each pair. Groups come in random order, each with its pairs one
    after another, so that a part holds whole groups but for its last one; very large groups are drawn pair by pair.
    """
    single = np.bincount(groups)[groups] > LARGE * len(groups)
    units = np.where(single, groups.max(initial=0) + 1 + np.arange(len(groups)), groups)
    _, unit = np.unique(units, return_inverse=True)
    ranks = np.random.default_rng(seed).permutation(unit.max(initial=-1) + 1)
    return np.argsort(ranks[unit], kind="stable")


def _require_own_number(share: float, sizes: Sequence[float], pairs: int) -> None:
    number = round(share * pairs)
    if number == pairs:
        raise YijuError(
            f"learning_curve.sizes: {share:g} of {pairs} training pairs is all of them, and those the run itself "
            "learns; take the size out, or make it smaller"
        )
    same = next((other for other in sizes if other != share and round(other * pairs) == number), None)
    if same is not None:
        raise YijuError(
            f"learning_curve.sizes: {share:g} and {same:g} of {pairs} training pairs are both {number}; take one of "
            "them out"
        )


def _require_both_labels(part: pl.DataFrame, share: float, pairs: int) -> None:
    labels = part.filter(pl.col("fold") != FOLD)["label"]
    if labels.n_unique() < 2:
        what = "no pair" if labels.is_empty() else f"only pairs with label {labels[0]}"
        raise YijuError(
            f"learning_curve.sizes: {share:g} of {pairs} training pairs holds {what}, and nothing can be learnt from "
            "that; take the size out, or make it larger"
        )
