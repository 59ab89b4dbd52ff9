"""Files that a person must bring: named before anything runs, all at once, with where to get them."""

from __future__ import annotations

from pathlib import Path

from yiju.encoder import FOLDER_FILES
from yiju.errors import YijuError
from yiju.settings.schema import Encoder, Settings, Source

CHECKPOINT = (*FOLDER_FILES, "pytorch_model.bin", "vocab.txt")


def checkpoint_files(encoder: Encoder) -> list[str]:
    """Files of a checkpoint folder that a change of may matter: those that it holds."""
    if encoder.source != "folder":
        return []
    return [str(file) for name in CHECKPOINT if (file := Path(encoder.name) / name).is_file()]


def check_sources(settings: Settings) -> None:
    """Raise YijuError naming every local source in use that is neither in its place nor fetched already."""
    folder, raw = settings.corpora.folder, Path(settings.corpora.raw)
    missing = [
        f"  {key}: {source.located(folder)}"
        for key, source, fetched in _sources(settings, raw)
        if not source.is_url and not Path(source.located(folder)).is_file() and not fetched.is_file()
    ]
    encoder = settings.encoder
    if encoder.source == "scratch" and encoder.scratch.vocabulary and not Path(encoder.scratch.vocabulary).is_file():
        missing.append(f"  encoder.scratch.vocabulary: {encoder.scratch.vocabulary}")
    if encoder.source == "folder" and not (Path(encoder.name) / "config.json").is_file():
        missing.append(f"  encoder.name: {encoder.name}/config.json")
    if missing:
        raise YijuError(
            "files are missing\n" + "\n".join(missing) + "\n"
            "get each from its publisher, whose terms apply (README: Real corpora), and put it there; or point "
            "corpora.folder at where they lie; or take the corpus out of corpora.use"
        )


def _sources(settings: Settings, raw: Path) -> list[tuple[str, Source, Path]]:
    """Key, source, and place once fetched, of every file in use."""
    found = []
    for name in settings.corpora.use:
        for file in settings.corpora.catalogue[name].files:
            found.append((f"corpora.catalogue.{name}", file, raw / "corpora" / name / file.file))
    for name in settings.test_sets.use:
        chosen = settings.test_sets.catalogue[name]
        for source in filter(None, (chosen.items, chosen.gold)):
            found.append((f"test_sets.catalogue.{name}", source, raw / "test_sets" / name / source.file))
    return found
