"""Dev and test splits for corpora that have none: shares of their train pairs, connected sentences together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from yiju.base.errors import YijuError
from yiju.data.components import connected_groups
from yiju.data.pairs.filters import CONFLICT, DUPLICATE, KEPT, REASONS, conflicts_and_repeats
from yiju.data.pairs.key_rows import NO_LABEL, SPLITS, TRAIN, Rows
from yiju.data.sentence_keys import among

log = logging.getLogger(__name__)
# Draws until what is set aside and what is left both have both labels.
DRAWS = 100


@dataclass(frozen=True)
class Carved:
    """rows: as they are now split; dropped: numbers of rows that repeat a pair set aside, and why, as places in
    REASONS; account: of the ledger."""

    rows: Rows
    dropped: np.ndarray
    why: np.ndarray
    account: dict


def carve(
    rows: Rows, keys: np.ndarray, reasons: np.ndarray, names: Sequence[str], filters: Mapping, carving: Mapping
) -> Carved:
    """Make a dev split, a test split or both of labelled train pairs that no filter dropped.

    keys, reasons: [n] of the rows; names: of all corpora. carving: corpora; shares of their pairs by split; seed; and
    grouped: whole groups of connected sentences, so that no sentence is on two sides; else pairs at random. Of a pair
    that several corpora hold the first is taken, by the filters, and its repeats are dropped with it. Raises YijuError
    where all pairs are one group.
    """
    own = _labelled(rows, [names.index(name) for name in carving["corpora"]])
    candidates = own[reasons[own] == KEPT]
    conflicts, repeats = conflicts_and_repeats(keys[candidates], rows.label[candidates], str(filters["conflicts"]))
    twice = conflicts | (repeats & bool(filters["duplicates"]))
    pairs = candidates[~twice]
    split, again = rows.split.copy(), np.empty(0, dtype=np.int64)
    for name, chosen in _drawn(rows, keys, pairs, carving).items():
        found = own[among(keys[own], np.unique(keys[chosen]))]
        split[found], again = SPLITS.index(name), np.concatenate([again, found])
        log.warning(
            "no file of %s has split: %s, so %d of %d labelled train pairs are set aside as %s (corpora.%s_share)",
            *(", ".join(carving["corpora"]), name, len(chosen), len(pairs), name, name),
        )
    again.sort()
    late = np.isin(candidates[twice], again)
    why = reasons.copy()
    why[candidates[twice]] = np.where(conflicts[twice], REASONS.index(CONFLICT), REASONS.index(DUPLICATE))
    dropped = np.concatenate([candidates[twice][late], again[reasons[again] != KEPT]])
    counts = {name: int((split[pairs] == SPLITS.index(name)).sum()) for name in carving["shares"]}
    return Carved(replace(rows, split=split), dropped, why[dropped], {**carving, "pairs": counts, "of": len(pairs)})


def _drawn(rows: Rows, keys: np.ndarray, pairs: np.ndarray, carving: Mapping) -> dict[str, np.ndarray]:
    """Numbers of the pairs of each split, drawn one after another of what is left."""
    found, left = {}, pairs
    for name, share in carving["shares"].items():
        chosen = np.zeros(len(left), dtype=bool)
        if len(left):
            groups = _groups(rows, keys, left, carving, name)
            chosen = draw(groups, rows.label[left], share * len(pairs) / len(left), carving["seed"], name)
        found[name], left = left[chosen], left[~chosen]
    return found


def draw(groups: np.ndarray, labels: np.ndarray, share: float, seed: int, split: str) -> np.ndarray:
    """Which pairs to set aside, as `choose` says, and a warning where they are few. split: the name of these pairs."""
    chosen, wanted = choose(groups, labels, share, seed), max(1, round(share * len(groups)))
    if 2 * chosen.sum() < wanted:
        log.warning("%s: only %d pairs instead of %d, as other groups are too large", split, chosen.sum(), wanted)
    return chosen


def choose(groups: np.ndarray, labels: np.ndarray, share: float, seed: int, keep: int = 1) -> np.ndarray:
    """Which pairs to set aside, [n] bool: whole groups in random order, each that fits into the share; one at least.

    labels: numbers of classes. Both sides have every class that more than `keep` groups hold, and what is left has so
    many of these groups, where the sizes of the groups allow it. Two labels are drawn again, up to a hundred times, for
    that; where this does not help, and of more classes, groups of rare classes are taken first.
    """
    sizes, generator = np.bincount(groups), np.random.default_rng(seed)
    wanted = max(1, round(share * len(groups)))
    classes, numbers = np.unique(labels, return_inverse=True)
    holds = np.zeros((len(sizes), len(classes)), dtype=bool)
    holds[groups, numbers] = True
    for _ in range(DRAWS if len(classes) == 2 else 1):
        order = generator.permutation(len(sizes))
        chosen = _fill(sizes, order, wanted)
        if _has_every_class(holds, chosen, keep):
            return chosen[groups]
    rare_first = _rare_first(sizes, holds, order, wanted, keep)
    return (rare_first if rare_first.any() else chosen)[groups]


def _has_every_class(holds: np.ndarray, chosen: np.ndarray, keep: int) -> bool:
    """Whether a class is on both sides wherever it can be. holds: bool [groups, classes]; chosen: bool [groups]."""
    total, there = holds.sum(0), holds[chosen].sum(0)
    return bool(((there > 0) | (total <= keep)).all() and (total - there >= np.minimum(keep, total)).all())


def _rare_first(sizes: np.ndarray, holds: np.ndarray, order: np.ndarray, wanted: int, keep: int) -> np.ndarray:
    """Which groups go into `wanted` pairs, bool [groups]: one of each class first, the rarest class first.

    No group is taken that would leave fewer than `keep` groups of a class; there may be none then.
    """
    chosen, left, room = np.zeros(len(sizes), dtype=bool), holds.sum(0), wanted

    def take(candidates: np.ndarray, most: int) -> None:
        nonlocal left, room
        for group in candidates:
            if not most:
                break
            if not chosen[group] and sizes[group] <= room and (left[holds[group]] > keep).all():
                chosen[group], left, room, most = True, left - holds[group], room - sizes[group], most - 1

    for wish in np.argsort(left, kind="stable"):
        if not holds[chosen, wish].any():
            take(order[holds[order, wish]], 1)
    take(order, len(order))
    return chosen


def _fill(sizes: np.ndarray, order: np.ndarray, wanted: int) -> np.ndarray:
    """Which groups, in this order, go into `wanted` pairs, [groups] bool; if none does, the smallest."""
    chosen, left = np.zeros(len(sizes), dtype=bool), wanted
    for group in order:
        if sizes[group] <= left:
            chosen[group], left = True, left - sizes[group]
        if not left:
            break
    if left == wanted:
        chosen[order[np.argmin(sizes[order])]] = True
    return chosen


def _labelled(rows: Rows, corpora: Sequence[int]) -> np.ndarray:
    """Numbers of the labelled train rows of corpora, in order."""
    wanted = np.zeros(len(rows.split), dtype=bool)
    for corpus in corpora:
        wanted[rows.of_corpus(corpus)] = True
    return np.flatnonzero(wanted & (rows.split == TRAIN) & (rows.label != NO_LABEL))


def _groups(rows: Rows, keys: np.ndarray, pairs: np.ndarray, carving: Mapping, split: str) -> np.ndarray:
    if carving["grouped"]:
        groups = connected_groups(rows.sentences[pairs, 0], rows.sentences[pairs, 1])
    else:
        groups = np.unique(keys[pairs], return_inverse=True)[1]
    if groups.max() == 0:
        names, otherwise = ", ".join(carving["corpora"]), ""
        if carving["grouped"]:
            otherwise = ", or set finetune.grouped_folds: false, which lets sentences be on both sides"
        raise YijuError(
            f"finetune.corpora: {names} have no {split} split, and none can be set aside of their {len(pairs)} "
            "labelled train pairs, which all hang together by shared sentences; give a file with split: "
            f"{split}{otherwise}"
        )
    return groups
