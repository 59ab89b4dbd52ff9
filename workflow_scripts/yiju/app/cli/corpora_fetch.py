"""`yiju corpora fetch`: downloads whose terms the user has seen and accepted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yiju.app.cli.corpora_list import configuration_options
from yiju.app.cli.output import say
from yiju.base.errors import YijuError
from yiju.base.plurals import counted

if TYPE_CHECKING:
    from yiju.config.load import Settings
    from yiju.data.fetching.remote_files import Known


@click.command("fetch")
@click.argument("names", nargs=-1)
@configuration_options
@click.option("--accept-terms", is_flag=True, help="accept the terms of all of them, without a question")
def fetch_command(names: tuple[str, ...], files: tuple[Path, ...], folder: Path | None, accept_terms: bool) -> None:
    """Download corpora into corpora.downloads: NAMES, or all that a configuration takes from the network.

    The terms of their publishers are shown before the first byte, and you are asked whether you accept them. Every file
    is checked; what broke off goes on with the same command. What is here is not downloaded again.

    \b
    yiju corpora fetch LCQMC AFQMC
    yiju corpora fetch --configfile presets/public.yaml
    """
    from yiju.data.fetching.remote_files import known_sources, load_configuration

    settings = load_configuration(files, folder, names)
    known = known_sources(settings, names or None)
    if not any(download for one in known.values() for download in one.places.values()):
        raise YijuError(f"no corpus of this configuration comes from the network; name some: {_available(settings)}")
    waiting = {name: one for name, one in known.items() if one.remote}
    if waiting:
        _accept(waiting, accept_terms or settings.corpora.terms == "accepted")
    failures = [line for name, one in known.items() for line in _fetch(name, one, settings)]
    if failures:
        raise YijuError("\n".join([f"{counted(len(failures), 'file')} could not be fetched", *failures]))


def _available(settings: Settings) -> str:
    return ", ".join(name for name, corpus in settings.corpora.catalogue.items() if corpus.published)


def _accept(waiting: Mapping[str, Known], accepted: bool) -> None:
    """Show whose terms apply. Raises YijuError where they are not accepted."""
    from yiju.data.fetching.lock import address_of
    from yiju.data.fetching.second import second_sources

    for name, one in waiting.items():
        say(f"{name}: terms: {one.terms or 'those of its publisher'}")
        for download in one.remote.values():
            say(f"  {address_of(download.wanted)}")
            for second in second_sources(download.wanted).values():
                say(f"    if that fails: {address_of(second)}")
        if one.home:
            say(f"  publisher: {one.home}")
    if accepted:
        return
    if not _somebody_answers():
        raise YijuError(
            "nothing was downloaded: nobody is here to accept the terms above; read them, then run the command again "
            "with --accept-terms"
        )
    if not click.confirm("Do you accept these terms?", err=True):
        raise YijuError("nothing was downloaded: the terms were not accepted")


def _somebody_answers() -> bool:
    return sys.stdin.isatty()


def _fetch(name: str, one: Known, settings: Settings) -> list[str]:
    """Bring the files of one corpus; returns what went wrong, a line for each file."""
    from yiju.data.fetching.fetch import bring

    failures = []
    for download in one.places.values():
        if download is None:
            continue
        try:
            came = bring(download.wanted, one.downloads, download.mirrors, one.home, one.terms, settings.corpora.lock)
        except YijuError as error:
            failures.append(f"  {name}: {error}")
        else:
            for path in [came] if isinstance(came, Path) else came.values():
                say(f"{name}: {path}")
    return failures
