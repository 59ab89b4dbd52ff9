"""The steps of `yiju train`: look at the tables, write the configuration, run the workflow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from yiju.app.train import begun
from yiju.app.train.configuration import configuration
from yiju.app.train.encoders import encoder_of
from yiju.app.train.facts import facts_of
from yiju.app.train.settings import FEWEST, Task, corpus_name, settings_of, split_said, warnings_of
from yiju.app.train.tables import Words, read_table, said
from yiju.app.train.workflow import require_snakemake, run_workflow
from yiju.base.errors import YijuError
from yiju.base.files import write_text
from yiju.base.plurals import counted
from yiju.config.load import load
from yiju.config.section import NAME
from yiju.data.table_look import Wanted
from yiju.models.sources import check_sources

RESULTS = Path("results")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What the command line asks for. tables: by split, train first; given: its options by name, for the record."""

    run: Path
    tables: Mapping[str, Path]
    given: Mapping[str, Any]
    wanted: Wanted
    words: Words
    max_bad: float
    encoder: str
    revision: str | None
    preset: str


def run_folder(name: str | None, table: Path) -> Path:
    """The folder of a run that is called as the user says, or as its table is."""
    if name is None:
        return RESULTS / corpus_name(table)
    path = PurePath(name)
    own = path.name if path.parent in (PurePath(), PurePath(RESULTS)) else name
    if not re.fullmatch(NAME, own):
        raise YijuError(
            f"-o {name}: a run has a name, and its folder is {RESULTS}/NAME below the folder at hand; a name has Latin "
            "letters, digits and the signs _ . - only"
        )
    return RESULTS / own


def train(request: Request, cores: str, dry: bool, say: Say) -> int:
    """Begin a run, or go on with it where the same command has begun it; returns the exit status of the workflow.

    dry: only write the configuration and show which jobs there would be.
    """
    require_snakemake()
    command = begun.command_of(request.tables, request.given)
    if begun.goes_on(request.run, command):
        say(f"{request.run} was begun by this command, and goes on as {request.run / begun.CONFIG} says")
    else:
        settings, lines = plan(request)
        for line in lines:
            say(line)
        begun.begin(request.run, command)
        file = request.run / begun.CONFIG
        write_text(file, configuration(settings, str(file)))
        say(f"{file} holds what was chosen, to be read and edited")
    return run_workflow(request.run, request.run / begun.CONFIG, cores, dry)


def plan(request: Request) -> tuple[dict[str, Any], list[str]]:
    """The configuration of a new run, and what there is to be said before it begins."""
    tables = {
        split: read_table(path, request.wanted, request.words, request.max_bad)
        for split, path in request.tables.items()
    }
    encoder = encoder_of(request.encoder, request.revision)
    task = Task(request.run.name, tables, facts_of(tables["train"]), encoder, request.preset)
    if task.facts.pairs < FEWEST:
        raise YijuError(
            f"{request.tables['train']}: {counted(task.facts.pairs, 'labelled pair')} are too few to learn and to measure "
            f"anything; bring at least {FEWEST}, better some thousand"
        )
    settings = settings_of(task, request.max_bad)
    check_sources(load(settings, []))
    found = [line for table in tables.values() for line in said(table)]
    return settings, [*warnings_of(task), *found, split_said(task)]
