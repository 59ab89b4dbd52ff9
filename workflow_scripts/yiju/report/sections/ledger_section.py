"""The ledger of corpora as tables, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiju.base.language import gettext, ngettext, written
from yiju.report.number_formats import count, words

CARVED_BY = {
    True: "connected sentences together, so that no sentence is on both sides",
    False: "pairs at random, as finetune.grouped_folds is false, so that sentences may be on both sides",
}


@dataclass(frozen=True)
class Corpus:
    """A row of the ledger; `labels` and `splits` count kept rows."""

    name: str
    read: int
    kept: int
    dropped: dict[str, int]
    rejected: dict[str, int]
    splits: dict[str, int]
    labels: dict[str, int]

    @property
    def left_out(self) -> int:
        return sum(self.dropped.values()) + sum(self.rejected.values())


def read_ledger(ledger: dict, order: Sequence[str]) -> tuple[list[Corpus], Corpus]:
    """The corpora in the order given, and the total."""
    entries = sorted(ledger["corpora"].items(), key=lambda entry: order.index(entry[0]))
    return [Corpus(name, **entry) for name, entry in entries], Corpus(gettext("total"), **ledger["total"])


def discrepancies(corpora: list[Corpus], total: Corpus) -> list[str]:
    """Every sum of the ledger that does not hold, in words; empty where it adds up."""
    return [problem for one in [*corpora, total] for problem in _within(one)] + list(_across(corpora, total))


def reasons(corpora: list[Corpus]) -> list[tuple[str, str, str, int]]:
    """What was left out: corpus, by whom, reason, rows."""
    return [
        (one.name, gettext(by), written(reason), rows)
        for one in corpora
        for by, counts in (("reader", one.rejected), ("filter", one.dropped))
        for reason, rows in counts.items()
    ]


def carved_text(carved: Mapping | None) -> str:
    """What was set aside of the train pairs as dev and test, in words; nothing where the corpora have these splits."""
    if not carved:
        return ""
    splits = list(carved["shares"])
    keys = [f"corpora.{name}_share: {share:g}" for name, share in carved["shares"].items()]
    aside = words([gettext("{pairs} as {split}", pairs=count(carved["pairs"][name]), split=name) for name in splits])
    values = {
        "corpora": words(carved["corpora"]),
        "splits": gettext(" and no ").join(splits),
        "all": count(carved["of"]),
        "aside": aside,
        "keys": "; ".join([*keys, f"seed {carved['seed']}"]),
        "how": gettext(CARVED_BY[carved["grouped"]]),
    }
    return ngettext(
        "{corpora} has no {splits} split, so of {all} labelled train pairs {aside} were set aside ({keys}): {how}.",
        "{corpora} have no {splits} split, so of {all} labelled train pairs {aside} were set aside ({keys}): {how}.",
        len(carved["corpora"]),
        **values,
    )


def _within(one: Corpus) -> Iterator[str]:
    found = one.kept + one.left_out
    if found != one.read:
        yield gettext(
            "{corpus}: {read} rows read, but {found} kept, dropped or rejected",
            corpus=one.name,
            read=count(one.read),
            found=count(found),
        )
    for what, counts in (("splits", one.splits), ("labels", one.labels)):
        if sum(counts.values()) != one.kept:
            yield gettext(
                "{corpus}: {kept} rows kept, but its {what} hold {found}",
                corpus=one.name,
                kept=count(one.kept),
                what=gettext(what),
                found=count(sum(counts.values())),
            )


def _across(corpora: list[Corpus], total: Corpus) -> Iterator[str]:
    for what in ("read", "kept"):
        found = sum(getattr(one, what) for one in corpora)
        if found != getattr(total, what):
            yield gettext(
                "total: {rows} rows {what}, but the corpora add up to {found}",
                rows=count(getattr(total, what)),
                what=gettext(what),
                found=count(found),
            )
    for what in ("dropped", "rejected"):
        parts = [getattr(one, what) for one in corpora]
        for reason in sorted({*getattr(total, what), *(name for part in parts for name in part)}):
            found, said = sum(part.get(reason, 0) for part in parts), getattr(total, what).get(reason, 0)
            if found != said:
                yield gettext(
                    "total: {rows} rows {what} as “{reason}”, but the corpora add up to {found}",
                    rows=count(said),
                    what=gettext(what),
                    reason=written(reason),
                    found=count(found),
                )
