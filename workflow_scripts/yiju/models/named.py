"""The model that a person names: a folder, or a checkpoint of the hub at a commit."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, NamedTuple

from yiju.base.errors import YijuError
from yiju.models.run_folder import is_run, member_of, told_member

log = logging.getLogger(__name__)
HUB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(?:/[A-Za-z0-9][A-Za-z0-9_.-]*)?")


class Arguments(NamedTuple):
    """How a message calls the two arguments, and an example of both."""

    model: str
    revision: str
    example: str


IN_PYTHON = Arguments("name", "revision", 'from_pretrained("owner/name", revision="<40 hexadecimal digits>")')
MODEL_ARGUMENT = Arguments("MODEL", "--revision", "owner/name --revision <40 hexadecimal digits>")
ON_COMMAND_LINE = Arguments("--model", "--revision", "--model owner/name --revision <40 hexadecimal digits>")


def find_model(name: str | Path, revision: str | None, arguments: Arguments) -> Path:
    """The model folder of that name, or the hub's checkpoint at the commit `revision`, fetched where it is not here.

    Of a run's folder it is that of the run's first member, which the log names. Raises YijuError, also for a name or a
    commit that would be overlooked.
    """
    if not isinstance(name, str | Path) or not isinstance(revision, str | None):
        raise YijuError(
            f"{arguments.model} {name!r} and {arguments.revision} {revision!r} must be texts; name a model folder, or "
            "owner/name"
        )
    if not str(name).strip():
        raise YijuError(f"{arguments.model} is empty; name a model folder, or owner/name of the hub")
    if _is_folder(name):
        if revision is not None:
            raise YijuError(
                f"{name}: this is a folder, of which there are no commits; leave {arguments.revision} out, or name a "
                "checkpoint of the hub (owner/name) that is no folder here"
            )
        return _of_run(Path(name)) if is_run(Path(name)) else Path(name)
    if re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//", str(name)):
        raise YijuError(f"{name}: an address names no model; give a model folder, or owner/name of the hub")
    if revision is None:
        raise YijuError(f"{name}: no such folder; for a checkpoint of the hub give its commit too: {arguments.example}")
    if not HUB_NAME.fullmatch(str(name)):
        raise YijuError(f"{name}: neither a folder here nor a name of the hub (owner/name); correct {arguments.model}")
    from yiju.models.start_encoder import download

    return download(str(name), revision)


def _of_run(run: Path) -> Path:
    member = member_of(run)
    log.info("%s", told_member(run, member))
    return member


def _is_folder(path: Any) -> bool:
    """`Path.is_dir`, which fails at a NUL in the path and at half a character."""
    try:
        return Path(path).is_dir()
    except ValueError:
        return False
