"""The steps of `yiju search`: trial after trial until there are as many as asked for, then what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from yiju.app.search import base as begun
from yiju.app.search.base import Base
from yiju.app.search.dimensions import Choices, Value, rounded
from yiju.app.search.outcome import described, figure, measured_on, name_of, sentences, table, write_best
from yiju.app.search.space import Space
from yiju.app.search.trial_run import Failed, Reached, Refused, Runner
from yiju.app.search.trials import Trials
from yiju.app.train.workflow import alone
from yiju.base.errors import YijuError
from yiju.base.plurals import be, counted

Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """trials: of the whole search, those of earlier calls among them; minutes: after which no new one begins."""

    trials: int
    minutes: float | None
    cores: str
    seed: int


def search(base: Base, space: Space, folder: Path, asked: Asked, say: Say, as_it_is: Say) -> None:
    """Search, and say what was found. say: prints a sentence, as_it_is: lines that are translated already.

    Raises YijuError where nothing can be trained, and Stopped where the user stops it.
    """
    with alone(base.run) as lock:
        goes_on = begun.begin(folder, base, space, asked.seed)
        trials, first = Trials(folder, space, asked.seed), values_of(base, space)
        if first is None:
            say("The configuration as it stands is not among the values that are searched, and is not tried.")
        else:
            trials.begin(first)
        if goes_on:
            say(f"{folder} holds a search that goes on; {counted(len(trials), 'trial')} {be(len(trials))} done")
        runner = Runner(base, folder, asked.cores, lock)
        if len(trials) < asked.trials:
            _require_same_tables(trials, folder, runner.tables())
            say(measured_on(base))
        _run(trials, runner, asked, say)
    _tell(trials, base, folder, first, say, as_it_is)


def values_of(base: Base, space: Space) -> dict[str, Value] | None:
    """The values that the configuration has; None where one of them is not in the space."""
    whole: Any = base.settings.resolved().model_dump()
    found: dict[str, Value] = {}
    for key, dimension in space.dimensions.items():
        value = rounded(reduce(lambda section, part: section[part], key.split("."), whole))
        if isinstance(dimension, Choices):
            known = value in dimension.values
        else:
            known = isinstance(value, int | float) and dimension.low <= value <= dimension.high
        if not known:
            return None
        found[key] = value
    return found


def _run(trials: Trials, runner: Runner, asked: Asked, say: Say) -> None:
    deadline = None if asked.minutes is None else time.monotonic() + 60 * asked.minutes
    name = name_of(runner.base)
    while len(trials) < asked.trials:
        if deadline is not None and time.monotonic() > deadline:
            say(f"The time is up after {counted(len(trials), 'trial')}; the same command goes on.")
            return
        number, values = trials.next()
        say(f"trial-{number}, {len(trials) + 1} of {asked.trials}: {described(values)}")
        reached = _figure_of(trials, runner, number, values, say)
        trials.end(number, reached)
        best = trials.best()
        if reached is not None and best is not None and best.figure is not None:
            say(f"  {name} {figure(reached)}; best so far {figure(best.figure)}, trial-{best.number}")


def _figure_of(trials: Trials, runner: Runner, number: int, values: dict[str, Value], say: Say) -> float | None:
    """The figure of a trial, None where it fails."""
    known = trials.like(values)
    if known:
        say(f"  these are the values of trial-{known.number}, which is not repeated")
        return known.figure
    try:
        return _comparable(trials, runner, runner.measure(number, values))
    except Failed as error:
        # What goes wrong before any trial has ended well is wrong with the run.
        if trials.best() is None and not isinstance(error, Refused):
            raise YijuError(f"trial-{number} failed, and none has ended well yet: {error}") from None
        say(f"  trial-{number} failed: {error}")
        return None


def _comparable(trials: Trials, runner: Runner, reached: Reached) -> float:
    """The figure of a trial, which must be of the name of the first one's. Raises Failed where it is not."""
    _require_same_tables(trials, runner.folder, reached.tables)
    first = trials.fixed("figure", reached.name)
    if reached.name != first:
        raise Failed(f"its trainings were measured by {reached.name}, and those before by {first}")
    return reached.value


def _require_same_tables(trials: Trials, folder: Path, tables: Mapping[str, str]) -> None:
    """Raise YijuError where a table is another one than when the search began. tables: SHA-256 by file."""
    for file, checksum in tables.items():
        if trials.fixed(file, checksum) != checksum:
            raise YijuError(
                f"{file}: this table has changed since the search in {folder} began, so its trials cannot be compared "
                "with new ones; name another folder with -o to begin another search"
            )


def _tell(trials: Trials, base: Base, folder: Path, first: dict[str, Value] | None, say: Say, as_it_is: Say) -> None:
    best, ended = trials.best(), trials.ended()
    if best is None:
        raise YijuError(f"{folder}: no trial has ended well; allow other values with --space")
    for line in table(ended, name_of(base)):
        as_it_is(line)
    before = None if first is None else trials.like(first)
    for sentence in sentences(trials, best, before, base):
        say(sentence)
    command = write_best(folder, base, best, len(ended))
    say("The workflow with the best values, as far as a report:")
    as_it_is(f"  {command}")
