"""Training rows that are pairs of a dev, test or competition set, in levels of likeness, and what the filters did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yiju.base.language import gettext

CONFLICT_RULES = {
    "drop": "all its rows were dropped",
    "first": "the rows with its first label were kept, the others dropped",
    "majority": "the rows with its more frequent label were kept, the others dropped (all of them on a tie)",
    "keep": "all its rows were kept",
}


@dataclass(frozen=True)
class Leak:
    """Training rows of a corpus that a held-out set holds.

    normalised: the same but for spelling, `exact` ones too; near: other rows that were kept and are nearly the same.
    """

    corpus: str
    held_out: str
    exact: int
    normalised: int
    near: int


def read_leaks(ledger: Mapping, near_leaks: Mapping, order: Sequence[str]) -> list[Leak]:
    """Every corpus and set that share a row, corpora in the order given."""
    same, near = ledger["leaks"], near_leaks["counts"]
    places = {(corpus, name) for counts in (same, near) for corpus, sets in counts.items() for name in sets}
    leaks = []
    for corpus, name in sorted(places, key=lambda place: (order.index(place[0]), place[1])):
        found = same.get(corpus, {}).get(name, {"exact": 0, "normalised": 0})
        leaks.append(Leak(corpus, name, found["exact"], found["normalised"], near.get(corpus, {}).get(name, 0)))
    return leaks


def by_set(leaks: Sequence[Leak]) -> dict[str, int]:
    """Training rows that are pairs of each set, for the sets that have any."""
    rows: dict[str, int] = {}
    for leak in leaks:
        if leak.normalised:
            rows[leak.held_out] = rows.get(leak.held_out, 0) + leak.normalised
    return rows


def shared_pairs(ledger: Mapping) -> list[tuple[str, str, int]]:
    """Pairs that two held-out sets share: set, other set, pairs."""
    return [
        (name, other, pairs) for name, others in ledger["held_out_overlap"].items() for other, pairs in others.items()
    ]


def conflict_rule(filters: Mapping) -> str:
    """What became of a training pair that occurs with both labels, in words."""
    return gettext(CONFLICT_RULES[filters["conflicts"]])
