"""How a run and its corpora are called: as the user says, or as the table is."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from yiju.base.errors import YijuError
from yiju.config.section import NAME

RESULTS = Path("results")


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


def corpus_name(path: Path) -> str:
    """A name of the configuration for a table: of its file, as far as its characters are allowed in names."""
    stem = path.name.split(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_") or "pairs"
