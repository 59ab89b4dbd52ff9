"""The steps of `yiju train`: look at the tables, write the configuration, run the workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiju.app.train import begun
from yiju.app.train.configuration import configuration
from yiju.app.train.facts import facts_of
from yiju.app.train.settings import FEWEST, Task, settings_of, split_said, warnings_of
from yiju.app.train.user_tables import Words, read_table, said
from yiju.base.errors import YijuError
from yiju.base.files import write_text
from yiju.base.plurals import counted
from yiju.config.load import load
from yiju.data.table_look import Wanted
from yiju.models.sources import check_sources

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What the command line asks for. tables: by split, train first; encoder: keys of that section."""

    run: Path
    tables: Mapping[str, Path]
    wanted: Wanted
    words: Words
    max_bad: float
    encoder: Mapping[str, Any]
    preset: str


def begin(request: Request, command: Mapping[str, Any], say: Say) -> None:
    """Look at the tables, say what was found, and write the configuration of a new run.

    command: what the run is begun with, as `yiju.app.train.begun` keeps it.
    """
    settings, lines = plan(request)
    for line in lines:
        say(line)
    begun.begin(request.run, command)
    file = request.run / begun.CONFIG
    write_text(file, configuration(settings, str(file)))
    say(f"{file} holds what was chosen, to be read and edited")


def plan(request: Request) -> tuple[dict[str, Any], list[str]]:
    """The configuration of a new run, and what there is to be said before it begins."""
    tables = {
        split: read_table(path, request.wanted, request.words, request.max_bad)
        for split, path in request.tables.items()
    }
    task = Task(request.run.name, tables, facts_of(tables["train"]), request.encoder, request.preset)
    if task.facts.pairs < FEWEST:
        raise YijuError(
            f"{request.tables['train']}: {counted(task.facts.pairs, 'labelled pair')} are too few to learn and to "
            f"measure anything; bring at least {FEWEST}, better some thousand"
        )
    settings = settings_of(task, request.max_bad)
    check_sources(load(settings, []))
    found = [line for table in tables.values() for line in said(table)]
    return settings, [*warnings_of(task), *found, split_said(task)]
