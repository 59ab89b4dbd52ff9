"""Files of JSON beside a model, read strictly: somebody else may have written them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from yiju.base.errors import YijuError

# What is read is bounded, and whoever shows a text of it escapes it, for the terminal by `yiju.base.printable`.
MOST_BYTES = 64 * 1024


class Part(BaseModel):
    """Values as they are written: no text for a number, no infinity."""

    # From JSON, a strict model takes a list for a tuple.
    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False, extra="ignore")


Read = TypeVar("Read", bound=Part)


def read_part(file: Path, kind: type[Read], writer: str, remedy: str) -> Read:
    """The value of a file that is there. writer, remedy: for messages, who writes such files and what would do.

    Raises YijuError for a file that is not what it should be.
    """
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise YijuError(f"{file}: this is not what {writer} writes (it has more than 64 KiB); {remedy}")
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise YijuError(f"{file}: this is not what {writer} writes ({_first(error)}); {remedy}") from None


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, without what stands there."""
    problem = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part)[:40] for part in problem["loc"])
    return f"{place}: {problem['msg']}"[:300] if place else problem["msg"][:300]
