"""What a reader must know before trusting a figure of the run: said on the first screen and where it belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiju.base.plurals import counted
from yiju.report.number_formats import count, percent, words
from yiju.report.sections.leakage_section import Leak, by_set
from yiju.report.sections.ledger_section import Corpus
from yiju.report.sections.shortcuts_section import SHORTCUTS, AuditedSplit, most_rewarding


@dataclass(frozen=True)
class Alert:
    """A warning in two parts, and the section of the page that says more."""

    title: str
    text: str
    section: str


def find_alerts(
    discrepancies: Sequence[str],
    filters: Mapping,
    leaks: Sequence[Leak],
    splits: Sequence[AuditedSplit],
    finetuned: Sequence[str],
    corpora: Sequence[Corpus] = (),
    synthetic: Sequence[str] = (),
) -> list[Alert]:
    """All warnings about a run's data.

    finetuned: the corpora whose labels are learnt, whose shortcuts weigh most; corpora: the rows of the ledger;
    synthetic: names of corpora with rows of a generator.
    """
    learnt = [one for one in corpora if one.name in finetuned]
    return [
        *_synthetic(synthetic, len(corpora)),
        *_ledger(discrepancies),
        *_leaks(filters, leaks),
        *_losses(learnt),
        *_shortcuts(splits, finetuned),
    ]


def rewards(split: AuditedSplit) -> str:
    """What guessing by the shortcuts that a split rewards gets, in words."""
    shares = [(f"the {SHORTCUTS[name]} alone", split.shortcuts[name].value) for name in split.rewarded]
    (first, share), *others = [*shares, ("the more frequent label", split.majority)]
    rest = "".join(f", by {name} for {percent(value)}" for name, value in others)
    return f"guessing by {first} is right for {percent(share)} of its labelled pairs{rest}"


def _synthetic(names: Sequence[str], corpora: int) -> Iterator[Alert]:
    if names:
        of = f"all {corpora} corpora" if len(names) == corpora else words(list(names))
        text = (
            f"A generator wrote the rows of {of}: they follow the file formats of the corpora whose names they bear, "
            "and nothing follows from them for the real ones."
        )
        yield Alert("Synthetic rows", text, "corpora")


def _ledger(discrepancies: Sequence[str]) -> Iterator[Alert]:
    if discrepancies:
        text = f"{counted(len(discrepancies), 'sum')} of rows do not hold: rows were lost or counted twice."
        yield Alert("The ledger does not add up", text, "corpora")


def _leaks(filters: Mapping, leaks: Sequence[Leak]) -> Iterator[Alert]:
    if filters["leaks"]:
        return
    found = sorted(by_set(leaks).items(), key=lambda item: -item[1])
    if found:
        sets = words([f"{name} ({count(rows)})" for name, rows in found])
        text = f"Training rows that are pairs of these sets were kept: {sets}. Figures on them flatter the model."
    else:
        text = "In this run it would have dropped nothing."
    yield Alert("The filter of leaks is off", text, "leakage")


def _losses(learnt: Sequence[Corpus]) -> Iterator[Alert]:
    """Filters drop train rows only; where they take most of these, what is left is no longer the corpus."""
    for one in learnt:
        dropped = sum(one.dropped.values())
        if dropped > one.splits.get("train", 0):
            why = words([f"{count(rows)} as “{reason}”" for reason, rows in one.dropped.items()])
            text = f"{count(dropped)} train rows were dropped ({why}), {count(one.splits.get('train', 0))} are left."
            yield Alert(f"Most of {one.name} train was dropped", text, "corpora")


def _shortcuts(splits: Sequence[AuditedSplit], finetuned: Sequence[str]) -> Iterator[Alert]:
    rewarding = most_rewarding(splits)
    learnt = [one for one in rewarding if one.corpus in finetuned]
    for one in learnt:
        text = f"There, {rewards(one)}. What a model gains that way is no comparison of meanings."
        yield Alert(f"{one.name} rewards a shortcut", text, "shortcuts")
    others = [one.name for one in rewarding if one not in learnt]
    if others:
        text = f"This run is not fine-tuned on these splits, but they reward one: {words(others)}."
        yield Alert("Shortcuts in other corpora", text, "shortcuts")
