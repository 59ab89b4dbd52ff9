"""The explanation methods that the page offers: those that answer while a person waits."""

from __future__ import annotations

from typing import Any

from yiju.app.explainer import Explainer
from yiju.app.web.limits import SAMPLES, STEPS
from yiju.base.types import MEASURED
from yiju.config.explanations import OPTIONS
from yiju.explain.compute import chosen_method

# Chance explains nothing, and sequential integrated gradients take a path of their own for every token.
LEFT_OUT = ("random", "sequential_integrated_gradients")
# First what explains where nobody names a method: the one that the model's run measured best.
METHODS = (MEASURED, *(name for name in OPTIONS if name not in LEFT_OUT))
# Defaults that differ from those of `yiju explain`: several times faster, and no more steps than are asked.
QUICK: dict[str, dict[str, Any]] = {
    "lime": {"samples": 100},
    "kernel_shap": {"samples": 100},
    "gradient_shap": {"samples": 20},
    "sobol": {"samples": 8},
    "integrated_gradients": {"max_steps": 20},
}
BOUNDS = {"steps": (1, STEPS), "samples": (2, SAMPLES)}


def fitting(explainer: Explainer) -> list[str]:
    """The methods that fit the model."""
    return [name for name in METHODS if name == MEASURED or not explainer.why_unsupported(name)]


def chosen(explainer: Explainer, method: str, options: dict[str, Any]) -> dict[str, Any]:
    """A method as `method`, with all options. Raises YijuError for an option that the method has not."""
    if method == MEASURED:
        default = dict(explainer.default_method)
        return chosen_method(default.pop("method"), default | options)
    return chosen_method(method, QUICK.get(method, {}) | options)


def described(explainer: Explainer, method: str) -> dict[str, Any]:
    """Name, options with their defaults, and bounds of those that are bounded."""
    fields = chosen(explainer, method, {})
    options = {name: fields[name] for name in ("steps", "samples", "baseline", "removal") if name in fields}
    bounds = {name: list(bound) for name, bound in BOUNDS.items() if name in options}
    return {"name": method, "options": options, "bounds": bounds}
