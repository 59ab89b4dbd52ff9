"""The corpora of a model: what each was used for, how many of its rows, and on whose terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from yiju.base.language import gettext
from yiju.report.number_formats import words


@dataclass(frozen=True)
class CorpusRow:
    """A corpus of the run; rows: kept ones by split; dropped: by filters and readers; synthetic: by a generator."""

    name: str
    synthetic: bool
    uses: str
    rows: dict[str, int]
    dropped: int
    terms: str
    home: str


def corpora_of(
    settings: Mapping, ledger: Mapping[str, Mapping], synthetic: Collection[str], taught: Mapping | None
) -> list[CorpusRow]:
    """The corpora that the model read, in merging order.

    ledger: its entries by corpus; synthetic: names of corpora; taught: the section `distill` of a student, else None.
    """
    catalogue, names = settings["corpora"]["catalogue"], settings["corpora"]["use"]
    uses = {name: _uses(settings, taught, name) for name in names}
    return [_row(name, name in synthetic, uses[name], ledger[name], catalogue[name]) for name in names if uses[name]]


def _uses(settings: Mapping, taught: Mapping | None, name: str) -> str:
    posttrain, finetune = settings["posttrain"], settings["finetune"]
    read = posttrain["enabled"] and (posttrain["corpora"] == "all" or name in posttrain["corpora"])
    uses = {
        gettext("post-training"): read,
        gettext("intermediate fine-tuning"): name in finetune["intermediate"]["corpora"],
        gettext("fine-tuning"): name in finetune["corpora"],
        gettext("the teacher's scores"): taught is not None and name in taught["corpora"],
    }
    return words([use for use, applies in uses.items() if applies])


def _row(name: str, synthetic: bool, uses: str, counts: Mapping, entry: Mapping) -> CorpusRow:
    dropped = sum(counts["dropped"].values()) + sum(counts["rejected"].values())
    rows = {split: counts["splits"].get(split, 0) for split in ("train", "dev", "test")}
    return CorpusRow(
        name, synthetic, uses, rows, dropped, entry["terms"] or gettext("the publisher's"), entry["home"] or ""
    )
