"""`yiju corpora`: what is here, what the workflow fetches, and what a person must bring."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yiju.app.cli.output import say, say_json
from yiju.base.errors import YijuError
from yiju.base.nested import overlaid
from yiju.base.terminal_language import told as in_language
from yiju.base.yaml_files import read_mapping
from yiju.config.source_keys import Source
from yiju.data.fetching.fetch import origin
from yiju.data.fetching.store import stored_at

if TYPE_CHECKING:
    from yiju.config.load import Settings


HERE, FETCHED, MISSING = "here", "to fetch", "missing"


@click.command()
@click.option(
    "--configfile",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="file whose keys override those of config.yaml and of the files given before it, such as presets/offline.yaml",
)
@click.option("--folder", type=click.Path(path_type=Path), help="in place of corpora.folder")
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
def command(files: tuple[Path, ...], folder: Path | None, as_json: bool) -> None:
    """Show the corpora and test sets of a configuration, in the project's folder: which of their files are here.

    "to fetch": the workflow downloads them. "missing": get them from the publisher, whose terms apply, and put them
    where it says.
    """
    settings = _load([Path("config.yaml"), *files], folder)
    told = {name: {place: _state(settings, source) for place, source in of.items()} for name, of in _sources(settings)}
    where = _origins(settings)
    if as_json:
        say_json({name: {"files": of, "from": where[name]} for name, of in told.items()})
        return
    width = max(map(len, told))
    for name, of in told.items():
        found = [f"{list(of.values()).count(s)} {s}" for s in (HERE, FETCHED, MISSING) if s in of.values()]
        states = ", ".join(map(in_language, found))
        say(f"{name:<{width}}  {states}")
        if MISSING in of.values():
            say(f"{'':<{width}}    {where[name]}")
            for place in (place for place, state in of.items() if state == MISSING):
                say(f"{'':<{width}}    {place}")


def _load(files: list[Path], folder: Path | None) -> Settings:
    from yiju.config.load import load

    config: dict = {}
    for file in files:
        if not file.is_file():
            raise YijuError(f"{file}: no such configuration file; call the command in the project's folder")
        config = overlaid(config, read_mapping(file))
    if folder:
        config = overlaid(config, {"corpora": {"folder": str(folder)}})
    return load(config, files)


def _sources(settings: Settings) -> Iterable[tuple[str, dict[str, Source]]]:
    """Sources in use by corpus and test set, by the place where a person would put or find them."""
    for name in settings.corpora.use:
        yield name, {_place(settings, source): source for source in settings.corpora.catalogue[name].files}
    for name in settings.test_sets.use:
        chosen = settings.test_sets.catalogue[name]
        yield f"test set {name}", {_place(settings, one): one for one in chosen.sources}


def _origins(settings: Settings) -> dict[str, str]:
    corpora = {name: settings.corpora.catalogue[name] for name in settings.corpora.use}
    sets = {f"test set {name}": settings.test_sets.catalogue[name] for name in settings.test_sets.use}
    return {name: origin(one.home, one.terms) for name, one in (corpora | sets).items()}


def _place(settings: Settings, source: Source) -> str:
    if not source.is_remote:
        return source.located(settings.corpora.folder)
    return str(stored_at(settings.corpora.downloads, source.model_dump()))


def _state(settings: Settings, source: Source) -> str:
    if Path(_place(settings, source)).is_file():
        return HERE
    return FETCHED if source.is_remote else MISSING
