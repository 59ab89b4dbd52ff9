"""Why filters and readers left nothing to learn from, in words, with the counts of the ledger and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from yiju.data.pairs.filters import CONFLICT, LEAK, NEAR_LEAK

REMEDIES = {
    LEAK: "bring other held-out files, or set corpora.filters.leaks: false",
    NEAR_LEAK: "bring other held-out files, or set corpora.filters.near_leaks: false",
    CONFLICT: "correct the labels, or set corpora.filters.conflicts to first, majority or keep",
}
NO_ROWS = (
    "name files with split: train in corpora.catalogue, and check the labels that the catalogue gives for its reader"
)


def nothing_left(ledger: str | Path, corpora: Sequence[str] | None) -> str:
    """What became of the rows of corpora (None: all) that have nothing left to learn from, and what to do.

    ledger: its file.
    """
    found = json.loads(Path(ledger).read_text(encoding="utf-8"))
    corpora = list(found["corpora"]) if corpora is None else corpora
    told = [_corpus(name, found["corpora"][name], found["leaks"].get(name, {})) for name in corpora]
    reasons = {reason for name in corpora for reason in found["corpora"][name]["dropped"]}
    remedies = [remedy for reason, remedy in REMEDIES.items() if reason in reasons] or [NO_ROWS]
    return f"{' '.join(told)} To go on, {'; '.join(remedies)}"


def _corpus(name: str, entry: Mapping, leaks: Mapping[str, Mapping[str, int]]) -> str:
    """One sentence on a corpus."""
    parts = [f"{rows} train rows were dropped as '{reason}'" for reason, rows in entry["dropped"].items()]
    parts += [f"{counts['normalised']} train rows are pairs of {held_out}" for held_out, counts in leaks.items()]
    parts += [f"{rows} rows were rejected as '{reason}'" for reason, rows in entry["rejected"].items()]
    kept = entry["splits"].get("train", 0)
    parts.append(f"{kept} train rows were kept, none of them with a label" if kept else "no train row was kept")
    return f"Of {name} {entry['read']} rows were read: {', '.join(parts)}."
