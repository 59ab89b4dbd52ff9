"""Why a training row is taken out. Rows are numbers here: keys of pairs, labels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from yiju.data.pairs.key_rows import NO_LABEL
from yiju.data.sentence_keys import among

LEAK = "leaked into dev/test/competition set"
NEAR_LEAK = "nearly a pair of a dev/test/competition set"
CONFLICT = "conflicting labels"
DUPLICATE = "duplicate"
REVIEW = "dropped by a review"
# Of a row with several reasons the first is recorded.
REASONS = (LEAK, NEAR_LEAK, CONFLICT, DUPLICATE, REVIEW)
KEPT = -1


def find_reasons(
    keys: np.ndarray, labels: np.ndarray, held_out: np.ndarray, near: np.ndarray, filters: Mapping[str, bool | str]
) -> np.ndarray:
    """Place in REASONS for each train row of one corpus, KEPT where there is none. Returns [n] int8.

    keys: [n] uint64 of the pairs; labels: [n] int8, NO_LABEL where unknown; held_out: keys of all dev, test and
    competition pairs; near: [n] whether the pair is nearly one of those. filters: as configured.
    """
    reasons = np.full(len(keys), KEPT, dtype=np.int8)
    conflicts, repeats = conflicts_and_repeats(keys, labels, str(filters["conflicts"]))
    # From the last reason to the first: the first one stands.
    reasons[repeats & filters["duplicates"]] = REASONS.index(DUPLICATE)
    reasons[conflicts] = REASONS.index(CONFLICT)
    reasons[near & filters["near_leaks"]] = REASONS.index(NEAR_LEAK)
    if filters["leaks"]:
        reasons[among(keys, held_out)] = REASONS.index(LEAK)
    return reasons


def conflicts_and_repeats(keys: np.ndarray, labels: np.ndarray, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """Which rows lose by the rule of conflicts, and which hold a pair and label again that an earlier row holds."""
    conflicts, repeats = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=bool)
    if not len(keys):
        return conflicts, repeats
    # Only pairs that occur again can repeat or conflict; rows of one pair stay in order.
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    same = ranked[1:] == ranked[:-1]
    several = np.concatenate([[False], same]) | np.concatenate([same, [False]])
    order, ranked = order[several], ranked[several]
    if not len(order):
        return conflicts, repeats
    found = labels[order]
    group = np.cumsum(np.concatenate([[False], ranked[1:] != ranked[:-1]]))
    conflicts[order] = _losers(group, found, rule)
    repeats[order] = _again(group, found)
    return conflicts, repeats


def _losers(group: np.ndarray, labels: np.ndarray, rule: str) -> np.ndarray:
    """Rows of groups with both labels that the rule takes out. group: [n] ascending; rows of a group in file order."""
    positive, negative = (np.bincount(group, labels == label).astype(np.int64) for label in (1, 0))
    conflicts = (positive > 0) & (negative > 0)
    if rule == "keep":
        return np.zeros(len(group), dtype=bool)
    if rule == "drop":
        return conflicts[group]
    if rule == "first":
        chosen = np.empty(len(positive), dtype=np.int8)
        labelled = np.flatnonzero(labels != NO_LABEL)[::-1]
        chosen[group[labelled]] = labels[labelled]  # written backwards: the first one stays
        winner = chosen[group]
    else:
        winner = np.where(positive > negative, 1, np.where(negative > positive, 0, -2))[group]
    return conflicts[group] & (labels != winner) & (labels != NO_LABEL)


def _again(group: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Rows whose group holds their label before."""
    seen = np.zeros(len(group), dtype=bool)
    for label in (NO_LABEL, 0, 1):
        rows = np.flatnonzero(labels == label)
        seen[rows[1:]] = group[rows[1:]] == group[rows[:-1]]
    return seen
