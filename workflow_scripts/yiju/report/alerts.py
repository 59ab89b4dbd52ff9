"""What a reader must know before trusting a figure of the run: said on the first screen and where it belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiju.base.language import gettext, ngettext
from yiju.report.number_formats import beside, clauses, count, percent, words
from yiju.report.sections.leakage_section import Leak, by_set
from yiju.report.sections.ledger_section import Corpus
from yiju.report.sections.shortcuts_section import AuditedSplit, most_rewarding

# What a shortcut goes by.
RULES = {
    "lengths": "the lengths alone",
    "first_sentence": "the first sentence alone",
    "second_sentence": "the second sentence alone",
    "overlap": "the overlap alone",
}


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
    shares = [(RULES[name], split.shortcuts[name].value) for name in split.rewarded]
    (first, share), *others = [*shares, ("the more frequent label", split.majority)]
    parts = [
        gettext(
            "guessing by {rule} is right for {share} of its labelled pairs", rule=gettext(first), share=percent(share)
        )
    ]
    parts += [gettext("by {rule} for {share}", rule=gettext(rule), share=percent(value)) for rule, value in others]
    return clauses(parts)


def _synthetic(names: Sequence[str], corpora: int) -> Iterator[Alert]:
    if names:
        every = ngettext("the one corpus", "all {number} corpora", corpora)
        text = gettext(
            "A generator wrote the rows of {corpora}: they follow the file formats of the corpora whose names they "
            "bear, and nothing follows from them for the real ones.",
            corpora=every if len(names) == corpora else words(list(names)),
        )
        yield Alert(gettext("Synthetic rows"), text, "corpora")


def _ledger(discrepancies: Sequence[str]) -> Iterator[Alert]:
    if discrepancies:
        text = ngettext(
            "{number} sum of rows does not hold: rows were lost or counted twice.",
            "{number} sums of rows do not hold: rows were lost or counted twice.",
            len(discrepancies),
        )
        yield Alert(gettext("The ledger does not add up"), text, "corpora")


def _leaks(filters: Mapping, leaks: Sequence[Leak]) -> Iterator[Alert]:
    if filters["leaks"]:
        return
    found = sorted(by_set(leaks).items(), key=lambda item: -item[1])
    if found:
        sets = words([beside(name, count(rows)) for name, rows in found])
        text = gettext(
            "Training rows that are pairs of these sets were kept: {sets}. Figures on them flatter the model.",
            sets=sets,
        )
    else:
        text = gettext("In this run it would have dropped nothing.")
    yield Alert(gettext("The filter of leaks is off"), text, "leakage")


def _losses(learnt: Sequence[Corpus]) -> Iterator[Alert]:
    """Filters drop train rows only; where they take most of these, what is left is no longer the corpus."""
    for one in learnt:
        dropped = sum(one.dropped.values())
        if dropped > one.splits.get("train", 0):
            text = gettext(
                "{dropped} train rows were dropped ({why}), {left} are left.",
                dropped=count(dropped),
                why=words(
                    [
                        gettext("{rows} as “{reason}”", rows=count(rows), reason=gettext(reason))
                        for reason, rows in one.dropped.items()
                    ]
                ),
                left=count(one.splits.get("train", 0)),
            )
            yield Alert(gettext("Most of {corpus} train was dropped", corpus=one.name), text, "corpora")


def _shortcuts(splits: Sequence[AuditedSplit], finetuned: Sequence[str]) -> Iterator[Alert]:
    rewarding = most_rewarding(splits)
    learnt = [one for one in rewarding if one.corpus in finetuned]
    for one in learnt:
        text = gettext("There, {guess}. What a model gains that way is no comparison of meanings.", guess=rewards(one))
        yield Alert(gettext("{split} rewards a shortcut", split=one.name), text, "shortcuts")
    others = [one.name for one in rewarding if one not in learnt]
    if others:
        text = gettext(
            "This run is not fine-tuned on these splits, but they reward one: {splits}.", splits=words(others)
        )
        yield Alert(gettext("Shortcuts in other corpora"), text, "shortcuts")
