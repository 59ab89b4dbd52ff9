"""`yiju corpora list`: what is here, what the workflow fetches, and what a person must bring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yiju.app.cli.output import say, say_json
from yiju.base.printable import columns, padded
from yiju.base.terminal_language import told as in_language

if TYPE_CHECKING:
    from yiju.data.fetching.remote_files import Known

HERE, FETCHED, MISSING = "here", "to fetch", "missing"


def configuration_options(command: click.decorators.FC) -> click.decorators.FC:
    """Options that say which configuration is meant."""
    command = click.option("--folder", type=click.Path(path_type=Path), help="in place of corpora.folder")(command)
    return click.option(
        "--configfile",
        "files",
        multiple=True,
        type=click.Path(path_type=Path),
        help="file whose keys override those of config.yaml and of the files given before it, such as "
        "presets/offline.yaml",
    )(command)


@click.command("list")
@configuration_options
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
def list_command(files: tuple[Path, ...], folder: Path | None, as_json: bool) -> None:
    """Show the corpora and test sets of a configuration, in the project's folder: which of their files are here.

    "to fetch": the workflow downloads them, and so does `yiju corpora fetch`. "missing": get them from the publisher,
    whose terms apply, and put them where it says.
    """
    from yiju.data.fetching.remote_files import known_sources, load_configuration

    settings = load_configuration(files, folder)
    known = known_sources(settings)
    told = {name: {place: _state(one, place) for place in one.places} for name, one in known.items()}
    if as_json:
        say_json({name: {"files": of, "from": known[name].origin} for name, of in told.items()})
        return
    names = {name: in_language(name) for name in told}
    width = max(map(columns, names.values()))
    for name, of in told.items():
        found = [f"{list(of.values()).count(s)} {s}" for s in (HERE, FETCHED, MISSING) if s in of.values()]
        states = ", ".join(map(in_language, found))
        say(f"{padded(names[name], width)}  {states}")
        if set(of.values()) - {HERE}:
            say(f"{'':<{width}}    {known[name].origin}")
        for place in (place for place, state in of.items() if state == MISSING):
            say(f"{'':<{width}}    {place}")
        corpus = settings.corpora.catalogue.get(name)
        if MISSING in of.values() and corpus and corpus.published:
            say(f"{'':<{width}}    or `yiju corpora fetch {name}`, and `corpora.fetch: [{name}]` in a configuration")


def _state(one: Known, place: str) -> str:
    if one.is_here(place):
        return HERE
    return FETCHED if one.places[place] else MISSING
