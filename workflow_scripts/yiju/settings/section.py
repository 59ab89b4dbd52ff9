"""What all sections of the configuration have in common: closed, strict, and the kinds of values they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Revision = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Url = Annotated[str, Field(pattern=r"^https?://\S+$")]
HubName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


# YAML 1.1 takes a number in scientific notation for a text unless it has a point: 2e-5, but not 2.0e-5.
SCIENTIFIC = re.compile(r"[-+]?[0-9]+\.?[0-9]*[eE][-+]?[0-9]+")


class Misplaced(ValueError):
    """A wrong value below the section that finds it. keys: the way to it from there."""

    def __init__(self, message: str, keys: Sequence[str]) -> None:
        super().__init__(message)
        self.keys = list(keys)


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values are taken as they are written."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _scientific(cls, values: Any) -> Any:
        """Read 2e-5 as the number that it is, wherever a fraction is asked for."""
        if not isinstance(values, dict):
            return values
        return {
            key: float(value) if isinstance(value, str) and SCIENTIFIC.fullmatch(value) and _takes(cls, key) else value
            for key, value in values.items()
        }

    @field_validator("*")
    @classmethod
    def _once(cls, value: Any) -> Any:
        """A name that stands in a list twice is a slip: no list of the configuration is longer for it."""
        names = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"{twice!r} stands in this list more than once; name it once")
        return value


@cache
def _takes(section: type[Section], key: str) -> bool:
    """Whether a key asks for a fraction, and could not be meant as a text."""
    field = section.model_fields.get(key)
    kinds = _kinds(field.annotation) if field else set()
    return float in kinds and str not in kinds


def _kinds(annotation: Any) -> set[Any]:
    return {annotation}.union(*(_kinds(part) for part in get_args(annotation)))
