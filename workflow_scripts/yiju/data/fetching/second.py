"""The second source of a file: files of hub datasets, each with the content of one member of an archive."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiju.base.files import atomic, copy_file
from yiju.data.corpora.archives import ANYWHERE

# What a .zip says of a file's age, so that its bytes depend on its content alone.
EPOCH = (1980, 1, 1, 0, 0, 0)


def second_sources(wanted: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Hub files by the member whose content they have ("": the whole file); empty unless every member has one."""
    members = wanted.get("members") or []
    if not all(one["second"] for one in members):
        return {}
    return {one["member"] or "": one["second"] | {"md5": None, "members": []} for one in members}


def combine(parts: Mapping[str, Path], out: str | Path) -> None:
    """Write the file that the first source would have been: the one part, or a .zip that holds them as its members."""
    if list(parts) == [""]:
        return copy_file(parts[""], out)
    with atomic(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for member, path in parts.items():
            entry = zipfile.ZipInfo(member.removeprefix(ANYWHERE), date_time=EPOCH)
            with path.open("rb") as content, archive.open(entry, "w", force_zip64=True) as inside:
                shutil.copyfileobj(content, inside)
    return None
