"""Attributions of other programs that a command is given: read, checked, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yiju.cli.output import say
from yiju.cli.pairs import NAMED
from yiju.errors import YijuError
from yiju.explainer import Explainer
from yiju.foreign.attributions import Attributions, read_attributions
from yiju.foreign.merging import Methods, disagreeing, explained_by_all, together
from yiju.given import Pair


@dataclass(frozen=True)
class Foreign:
    """pairs: distinct ones of the table that every method explains, all of them where there is no file; notes: what
    became of the files, in sentences."""

    methods: Methods
    pairs: list[Pair]
    notes: list[str]


def read_foreign(
    explainer: Explainer, files: Sequence[Path], table: Sequence[Pair | None], place: str, taken: Sequence[str]
) -> Foreign:
    """Read files of attributions. table: of pairs, None for a row that is none; place: its name; taken: names of our
    own methods. Raises YijuError where rows cannot be used, after they are named, and where no pair is left.
    """
    found = {path: _good(path, read_attributions(path, table)) for path in files}
    methods = together(found, taken)
    refused = disagreeing(explainer, methods)
    for one in refused[:NAMED]:
        say(one.message, err=True)
    distinct = list(dict.fromkeys(pair for pair in table if pair))
    pairs = explained_by_all(distinct, methods, refused)
    notes = [note for path, own in found.items() for note in _notes(path, own, place)]
    notes += [f"{name} explains {len(own):,} of {len(distinct):,} distinct pairs" for name, own in methods.items()]
    if refused:
        count = len({one.pair for one in refused})
        notes.append(f"{count:,} pairs are left out: another label was explained than the one that the model judges")
    if methods and not pairs:
        raise YijuError(f"{'; '.join(notes)}: no pair of {place} is left that every file explains")
    if len(pairs) < len(distinct):
        notes.append(
            f"{len(distinct) - len(pairs):,} of {len(distinct):,} distinct pairs are left out of all methods, so that "
            "all are measured on the same pairs"
        )
    return Foreign(methods, pairs, notes)


def _good(path: Path, found: Attributions) -> Attributions:
    """What was read. Raises YijuError where a row cannot be used: without it a pair would be measured wrongly."""
    for problem in found.bad[:NAMED]:
        say(problem, err=True)
    if found.bad:
        raise YijuError(f"{path}: {len(found.bad):,} rows cannot be used; correct them or take their pairs out")
    return found


def _notes(path: Path, found: Attributions, place: str) -> list[str]:
    notes = []
    if found.strangers:
        notes.append(f"{path}: {len(found.strangers):,} pairs are not in {place} and are not measured")
    if found.repeated:
        notes.append(
            f"{path}: {len(found.repeated):,} pairs hold the sentences of an earlier pair, whose attributions count"
        )
    return notes
