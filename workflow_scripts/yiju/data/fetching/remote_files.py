"""The files of the corpora and test sets of a configuration: where they lie, and how those of the network come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.base.nested import overlaid
from yiju.base.yaml_files import read_mapping
from yiju.config import rules
from yiju.config.load import Settings, load
from yiju.config.source_keys import Source
from yiju.data.fetching.fetch import is_kept
from yiju.data.fetching.origin import origin
from yiju.data.fetching.store import stored_at


@dataclass(frozen=True)
class Download:
    """A remote file: what defines its content (see `yiju.data.fetching.fetch.bring`), and its other URLs.

    raw: where the workflow puts it, below corpora.raw.
    """

    wanted: dict[str, Any]
    mirrors: list[str]
    raw: str


@dataclass(frozen=True)
class Known:
    """Files of a corpus or test set by the place where they are or shall be; None: a person brings the file."""

    home: str | None
    terms: str | None
    downloads: str
    places: dict[str, Download | None] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where they are from, and on which terms, for people."""
        return origin(self.home, self.terms)

    @property
    def remote(self) -> dict[str, Download]:
        """Files of the network that are not here."""
        return {place: one for place, one in self.places.items() if one and not self.is_here(place)}

    def is_here(self, place: str) -> bool:
        """Whether the file of this place, or all that its second source has of it, is on this machine."""
        one = self.places[place]
        return is_kept(one.wanted, self.downloads) if one else Path(place).is_file()


def load_configuration(files: Sequence[Path], folder: Path | None, published: Sequence[str] = ()) -> Settings:
    """The configuration of the project's folder, with these files overriding it.

    published: names of corpora of which the publishers' files are meant. Raises YijuError for what is wrong with it.
    """
    layers = [Path("config.yaml"), *files]
    config: dict = {}
    for file in layers:
        if not file.is_file():
            raise YijuError(f"{file}: no such configuration file; call the command in the project's folder")
        config = overlaid(config, read_mapping(file))
    if folder:
        config = overlaid(config, {"corpora": {"folder": str(folder)}})
    if published:
        config = overlaid(config, {"corpora": {"fetch": list(published)}})
    return load(config, layers)


def known_sources(settings: Settings, corpora: Sequence[str] | None = None) -> dict[str, Known]:
    """Sources of the corpora and test sets in use, by name, or of `corpora` alone."""
    found = {}
    for name in settings.corpora.use if corpora is None else corpora:
        corpus = settings.corpora.catalogue[name]
        known = found[name] = Known(corpus.home, corpus.terms, settings.corpora.downloads)
        for source in corpus.files:
            wanted = rules.fetch_corpus(settings, name, source.file)
            _add(known, settings, source, wanted, f"corpora/{name}/{source.file}")
    for name in settings.test_sets.use if corpora is None else ():
        chosen = settings.test_sets.catalogue[name]
        known = found[f"test set {name}"] = Known(chosen.home, chosen.terms, settings.corpora.downloads)
        for one in chosen.sources:
            _add(known, settings, one, rules.fetch_test_set(settings, name, one.file), f"test_sets/{name}/{one.file}")
    return found


def check_terms(settings: Settings) -> None:
    """Raise YijuError naming corpora and test sets whose terms nobody has accepted before they are downloaded.

    What lies in the store, or where the workflow has put it, was fetched with its terms accepted, or by hand.
    """
    if settings.corpora.terms == "accepted":
        return
    waiting = {name: one for name, one in known_sources(settings).items() if one.terms and _not_here(settings, one)}
    if waiting:
        raise YijuError(
            "these are downloaded, and their terms have not been accepted\n"
            + "\n".join(f"  {name}: {one.origin}" for name, one in waiting.items())
            + "\nread the terms; then accept them with yiju corpora fetch and the same --configfile, or with "
            """--config 'corpora={"terms": "accepted"}'"""
        )


def _not_here(settings: Settings, one: Known) -> bool:
    return any(not (Path(settings.corpora.raw) / download.raw).is_file() for download in one.remote.values())


def _add(known: Known, settings: Settings, source: Source, wanted: dict[str, Any], raw: str) -> None:
    """Note a source; an archive of several files stands once, with the mirrors of all."""
    if not source.is_remote:
        known.places[source.located(settings.corpora.folder)] = None
        return
    place = str(stored_at(settings.corpora.downloads, wanted))
    earlier = known.places.get(place)
    mirrors = [*(earlier.mirrors if earlier else []), *source.mirrors]
    known.places[place] = Download(wanted, list(dict.fromkeys(mirrors)), raw)
