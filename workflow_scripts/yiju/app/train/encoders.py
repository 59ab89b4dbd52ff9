"""The encoder that the user names: a folder, a model of the hub, or none, so that one is built from scratch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.config.section import HUB_NAME, REVISION

SCRATCH = "scratch"
# Positions that some models leave to padding.
RESERVED = 2


def encoder_of(name: str, revision: str | None) -> dict[str, Any]:
    """Keys of the section `encoder`. Raises YijuError for a name that is neither a folder nor one of the hub."""
    folder = Path(name).expanduser()
    if revision and (name == SCRATCH or folder.is_dir()):
        raise YijuError(f"--revision is the commit of a model of the hub; {name} is none, so leave --revision out")
    if name == SCRATCH:
        return {"source": SCRATCH}
    if folder.is_dir():
        return {"source": "folder", "name": str(_checkpoint(folder))}
    if not re.fullmatch(HUB_NAME, name):
        raise YijuError(
            f"--encoder {name}: there is no such folder, and it is no name of the hub (owner/name); give either, or "
            f"{SCRATCH} for a model that is built from scratch"
        )
    if not revision or not re.fullmatch(REVISION, revision):
        raise YijuError(
            f"--encoder {name} is a model of the hub: give its commit too, --revision with 40 hexadecimal digits, as "
            "the list of commits on its page has it"
        )
    return {"source": "hub", "name": name, "revision": revision}


def longest_input(encoder: Mapping[str, Any], most: int) -> int:
    """Tokens that an encoder reads, `most` at most; encoder: keys of the section."""
    if encoder["source"] != "folder":
        return most
    file = Path(encoder["name"]) / "config.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise YijuError(f"{file}: not JSON ({error}); take it anew from where the checkpoint comes from") from None
    positions = found.get("max_position_embeddings") if isinstance(found, dict) else None
    return min(most, positions - RESERVED) if isinstance(positions, int) else most


def _checkpoint(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise YijuError(
            f"--encoder {folder}: the folder holds no config.json; give the folder of a checkpoint: config.json, "
            "weights and the tokeniser's files"
        )
    return folder
