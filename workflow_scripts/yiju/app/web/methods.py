"""The explanation methods that the page offers: those that answer while a person waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yiju.app.explainer import Explainer
from yiju.app.web.effort import MOST, Effort, Size
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


def affordable_method(
    effort: Effort, sizes: Sequence[Size], method: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any] | None:
    """A method, as `chosen` gives it, that answers for pairs of these sizes in time; None where it cannot.

    given: the options that were asked for. What was measured best may draw more samples than a person waits for: then
    it takes those that the page sets lower, where no others were asked for. The answer names its options.
    """
    tried = (method, method | get_method(method["method"]).quick | given)
    costs = (sum(effort.method(one, size) + effort.effects(size) for size in sizes) for one in tried)
    return next((one for one, cost in zip(tried, costs, strict=True) if cost <= MOST), None)


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
