"""What all sections of the configuration have in common: closed, strict, and the kinds of values they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from yiju.base.types import MD5, SHA256

# What a text of a kind looks like, for the validation, and as a sentence for people.
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
REVISION, URL = r"^[0-9a-f]{40}$", r"^[Hh][Tt][Tt][Pp][Ss]?://\S+$"
HUB_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$"
PATTERNS = {
    NAME: "a name has Latin letters, digits and the signs _ . - only, and begins with a letter or digit",
    SHA256: "a SHA-256 checksum has 64 hexadecimal digits (0 to 9, a to f)",
    MD5: "an MD5 checksum has 32 hexadecimal digits (0 to 9, a to f)",
    REVISION: "a commit is written with its 40 hexadecimal digits (0 to 9, a to f), because a branch or a tag may move",
    URL: "an address begins with http:// or https:// and holds no spaces",
    HUB_NAME: "the hub calls it owner/name",
}
Name = Annotated[str, Field(pattern=NAME)]
Revision = Annotated[str, Field(pattern=REVISION)]
Url = Annotated[str, Field(pattern=URL)]
HubName = Annotated[str, Field(pattern=HUB_NAME)]
Positive = Annotated[float, Field(gt=0)]


def _plausible(rate: float) -> float:
    if rate > MOST_RATE:
        raise ValueError(
            f"no training learns at a rate above {MOST_RATE:g}; usual are 0.001 down to 1e-5, so a minus or a point "
            "may be missing"
        )
    return rate


# AdamW scales every step to the rate, so that one above this moves all weights beyond what they were.
MOST_RATE = 0.1
Rate = Annotated[float, Field(gt=0), AfterValidator(_plausible)]


# YAML 1.1 takes a number in scientific notation for a text unless it has a point: 2e-5, but not 2.0e-5.
SCIENTIFIC = re.compile(r"[-+]?[0-9]+\.?[0-9]*[eE][-+]?[0-9]+")


class Misplaced(ValueError):
    """A wrong value below the section that finds it. keys: the way to it from there."""

    def __init__(self, message: str, keys: Sequence[str]) -> None:
        super().__init__(message)
        self.keys = list(keys)


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values are taken as they are written."""

    # A validator is built when its section is first validated: the one of the whole configuration holds all others.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)

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
