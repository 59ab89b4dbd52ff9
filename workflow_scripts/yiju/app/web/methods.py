"""The explanation methods that the page offers: those that answer while a person waits."""

from __future__ import annotations

from typing import Any

from yiju.app.explainer import Explainer
from yiju.app.web.limits import SAMPLES, STEPS
from yiju.base.types import MEASURED
from yiju.config.chosen_method import chosen_method
from yiju.config.method import METHODS as ALL
from yiju.config.method import get_method


def is_offered(name: str) -> bool:
    """Whether a method explains something, and does so while a person waits."""
    known = get_method(name)
    return not known.chance and (not known.slow or bool(known.quick))


# First what explains where nobody names a method: the one that the model's run measured best.
METHODS = (MEASURED, *filter(is_offered, ALL))
BOUNDS = {"steps": (1, STEPS), "samples": (2, SAMPLES)}


def fitting(explainer: Explainer) -> list[str]:
    """The methods that fit the model."""
    return [name for name in METHODS if name == MEASURED or not explainer.why_unsupported(name)]


def chosen(explainer: Explainer, method: str, options: dict[str, Any]) -> dict[str, Any]:
    """A method as `method`, with all options. Raises YijuError for an option that the method has not."""
    if method == MEASURED:
        default = dict(explainer.default_method)
        return chosen_method(default.pop("method"), default | options)
    return chosen_method(method, get_method(method).quick | options)


def quicker(method: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """A method, as `chosen` gives it, with the options that the page sets lower where the question gives no others."""
    return method | get_method(method["method"]).quick | given


def described(explainer: Explainer, method: str) -> dict[str, Any]:
    """Name, its words by language, options with their defaults, and bounds of those that are bounded."""
    fields = chosen(explainer, method, {})
    options = {name: fields[name] for name in ("steps", "samples", "baseline", "removal") if name in fields}
    bounds = {name: list(bound) for name, bound in BOUNDS.items() if name in options}
    words = {} if method == MEASURED else _words(method)
    return {"name": method, "words": words, "options": options, "bounds": bounds}


def _words(method: str) -> dict[str, tuple[str, str]]:
    known = get_method(method)
    english = (known.title, known.summary)
    return {"en": english, "zh": known.chinese or english}
