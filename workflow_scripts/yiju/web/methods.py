"""The explanation methods that the page offers: those that answer while a person waits."""

from __future__ import annotations

from typing import Any

from yiju.explainer import chosen_method
from yiju.explanation import METHOD
from yiju.settings.explain import OPTIONS
from yiju.web.limits import SAMPLES, STEPS

# Chance explains nothing, and sequential integrated gradients take a path of their own for every token.
LEFT_OUT = ("random", "sequential_integrated_gradients")
METHODS = (METHOD, *(name for name in OPTIONS if name not in (METHOD, *LEFT_OUT)))
# Defaults that differ from those of `yiju explain`: five times faster.
QUICK: dict[str, dict[str, Any]] = {"lime": {"samples": 100}, "kernel_shap": {"samples": 100}}
BOUNDS = {"steps": (1, STEPS), "samples": (2, SAMPLES)}


def chosen(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options of a method as they are given to the explainer. Raises YijuError for one that the method has not."""
    return chosen_method(method, QUICK.get(method, {}) | options)


def described(method: str) -> dict[str, Any]:
    """Name, options with their defaults, and bounds of those that are bounded."""
    options = {name: value for name, value in chosen(method, {}).items() if name in ("steps", "samples")}
    fields = chosen(method, {})
    plain = {name: fields[name] for name in ("baseline", "removal") if name in fields}
    bounds = {name: list(BOUNDS[name]) for name in options}
    return {"name": method, "options": options | plain, "bounds": bounds}
