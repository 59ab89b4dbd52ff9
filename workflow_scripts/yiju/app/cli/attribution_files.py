"""Read and check the attributions that other libraries computed, and say which pairs they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yiju.app.cli.output import say
from yiju.app.cli.pair_options import NAMED
from yiju.base.errors import YijuError
from yiju.base.plurals import be, counted

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer
    from yiju.app.merging import Methods
    from yiju.explain.external.attributions import Attributions
    from yiju.models.given_pairs import Pair


@dataclass(frozen=True)
class Foreign:
    """pairs: distinct ones of the table that every method explains, all of them where there is no file; distinct: how
    many the table holds; notes: what became of the files, in sentences."""

    methods: Methods
    pairs: list[Pair]
    distinct: int
    notes: list[str]


def read_foreign(
    explainer: Explainer, files: Sequence[Path], table: Sequence[Pair | None], place: str, taken: Sequence[str]
) -> Foreign:
    """Read files of attributions. table: of pairs, None for a row that is none; place: its name; taken: names of our
    own methods. Raises YijuError where rows cannot be used, after they are named, and where no pair is left.
    """
    from yiju.app.merging import disagreeing, explained_by_all, together
    from yiju.explain.external.attributions import read_attributions

    found = {path: _good(path, read_attributions(path, table)) for path in files}
    methods = together(found, taken)
    refused = disagreeing(explainer, methods)
    for one in refused[:NAMED]:
        say(one.message, err=True)
    distinct = list(dict.fromkeys(pair for pair in table if pair))
    pairs = explained_by_all(distinct, methods, refused)
    notes = [note for path, own in found.items() for note in _notes(path, own, place)]
    whole = counted(len(distinct), "distinct pair")
    notes += [f"{name} explains {len(own):,} of {whole}" for name, own in methods.items()]
    if refused:
        count = len({one.pair for one in refused})
        notes.append(
            f"{counted(count, 'pair')} {be(count)} left out: another label was explained than the one that the model "
            "judges"
        )
    if methods and not pairs:
        raise YijuError(f"{'; '.join(notes)}: no pair of {place} is left that every file explains")
    missing = len(distinct) - len(pairs)
    if missing:
        notes.append(
            f"{missing:,} of {whole} {be(missing)} left out of all methods, so that all are measured on the same pairs"
        )
    return Foreign(methods, pairs, len(distinct), notes)


def _good(path: Path, found: Attributions) -> Attributions:
    """What was read. Raises YijuError where a row cannot be used: without it a pair would be measured wrongly."""
    for problem in found.bad[:NAMED]:
        say(problem, err=True)
    if found.bad:
        raise YijuError(
            f"{path}: {counted(len(found.bad), 'row')} cannot be used; correct what is named, or take the pairs out"
        )
    return found


def _notes(path: Path, found: Attributions, place: str) -> list[str]:
    notes = []
    strangers, repeated = len(found.strangers), len(found.repeated)
    if strangers:
        rows = [one.removeprefix(f"{path} ") for one in found.strangers.values()]
        notes.append(
            f"{path}: {counted(strangers, 'pair')} {be(strangers)} not in {place} and not measured; first rows: "
            f"{', '.join(rows[:NAMED])}{' …' if strangers > NAMED else ''}"
        )
    if repeated:
        notes.append(
            f"{path}: {counted(repeated, 'pair')} {be(repeated)} there again under another number; the attributions of "
            "the number that comes first in the file count, and the others are left out"
        )
    return notes
