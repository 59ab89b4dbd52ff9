"""The ledger of corpora as tables, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    return [Corpus(name, **entry) for name, entry in entries], Corpus("total", **ledger["total"])


def discrepancies(corpora: list[Corpus], total: Corpus) -> list[str]:
    """Every sum of the ledger that does not hold, in words; empty where it adds up."""
    return [problem for one in [*corpora, total] for problem in _within(one)] + list(_across(corpora, total))


def reasons(corpora: list[Corpus]) -> list[tuple[str, str, str, int]]:
    """What was left out: corpus, by whom, reason, rows."""
    return [
        (one.name, by, reason, rows)
        for one in corpora
        for by, counts in (("reader", one.rejected), ("filter", one.dropped))
        for reason, rows in counts.items()
    ]


def carved_text(carved: Mapping | None) -> str:
    """What was set aside of the train pairs as dev and test, in words; nothing where the corpora have these splits."""
    if not carved:
        return ""
    splits, shares = list(carved["shares"]), carved["shares"].items()
    keys = ", ".join([*(f"corpora.{name}_share: {share:g}" for name, share in shares), f"seed {carved['seed']}"])
    aside = words([f"{count(carved['pairs'][name])} as {name}" for name in splits])
    return (
        f"{words(carved['corpora'])} {'has' if len(carved['corpora']) == 1 else 'have'} no {' and no '.join(splits)} "
        f"split, so of {count(carved['of'])} labelled train pairs {aside} were set aside ({keys}): "
        f"{CARVED_BY[carved['grouped']]}."
    )


def _within(one: Corpus) -> Iterator[str]:
    found = one.kept + one.left_out
    if found != one.read:
        yield f"{one.name}: {count(one.read)} rows read, but {count(found)} kept, dropped or rejected"
    for what, counts in (("splits", one.splits), ("labels", one.labels)):
        if sum(counts.values()) != one.kept:
            yield f"{one.name}: {count(one.kept)} rows kept, but its {what} hold {count(sum(counts.values()))}"


def _across(corpora: list[Corpus], total: Corpus) -> Iterator[str]:
    for what in ("read", "kept"):
        found = sum(getattr(one, what) for one in corpora)
        if found != getattr(total, what):
            yield f"total: {count(getattr(total, what))} rows {what}, but the corpora add up to {count(found)}"
    for what in ("dropped", "rejected"):
        parts = [getattr(one, what) for one in corpora]
        for reason in sorted({*getattr(total, what), *(name for part in parts for name in part)}):
            found, said = sum(part.get(reason, 0) for part in parts), getattr(total, what).get(reason, 0)
            if found != said:
                yield f"total: {count(said)} rows {what} as '{reason}', but the corpora add up to {count(found)}"
