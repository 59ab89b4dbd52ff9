"""The encoder that the user names: a folder, a model of the hub, or none, so that one is built from scratch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.config.section import HUB_NAME, REVISION

SCRATCH = "scratch"


def encoder_of(name: str, revision: str | None) -> dict[str, Any]:
    """Keys of the section `encoder`. Raises YijuError for a name that is neither a folder nor one of the hub."""
    folder = Path(name).expanduser()
    if revision and (name == SCRATCH or folder.is_dir()):
        raise YijuError(f"--revision is the commit of a model of the hub; {name} is none, so leave --revision out")
    if name == SCRATCH:
        return {"source": SCRATCH}
    if folder.is_dir():
        return {"source": "folder", "name": str(folder)}
    if not re.fullmatch(HUB_NAME, name):
        raise YijuError(
            f"--encoder {name}: there is no such folder, and it is no name of the hub (owner/name); give either, or "
            f"{SCRATCH} for a model that is built from scratch"
        )
    if not revision or not re.fullmatch(REVISION, revision):
        raise YijuError(
            f"--encoder {name} is a model of the hub: give its commit too, --revision with 40 hexadecimal digits, as the "
            "list of commits of its page shows it"
        )
    return {"source": "hub", "name": name, "revision": revision}
