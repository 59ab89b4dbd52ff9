"""A method with all its options, as a caller chooses it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from yiju.base.errors import YijuError
from yiju.base.suggestions import hint
from yiju.config.method import get_method

# What pydantic calls kinds of values, and what a person calls them.
KINDS = {
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "a valid string": "a text",
    "a valid dictionary or instance of Smooth": 'an object such as {"samples": 20, "noise": 0.1}',
}


def chosen_method(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """A method's name as `method`, with all its options. Raises YijuError for an unknown name, option or value."""
    known = get_method(method)
    try:
        return {"method": method} | known.options.model_validate(options).model_dump()
    except ValidationError as error:
        raise YijuError(_wrong_option(method, error.errors()[0])) from None


def _wrong_option(method: str, problem: Any) -> str:
    """A problem of pydantic with an option, as a sentence without a full stop."""
    name, kind = ".".join(map(str, problem["loc"])), problem["type"]
    known = get_method(method).options.model_fields
    allowed = ", ".join(known)
    has = f"its options: {allowed}" if allowed else "it has no options"
    if kind == "extra_forbidden":
        return f"{method} has no option {name}{hint(name, known)}; {has}"
    if kind == "missing":
        return f"{method}, option {name} is missing; give it"
    said = problem["msg"].removeprefix("Value error, ")
    if kind.endswith(("_parsing", "_type", "int_from_float")):
        said = said.split(",")[0]
    for expected, plain in KINDS.items():
        said = said.replace(expected, plain)
    given = " ".join(repr(problem["input"]).split())[:60]
    return f"{method}, option {name} is {given}; {said.replace('Input should be', 'it must be')}; {has}"
