"""The methods that are measured on a model where nobody names any."""

from __future__ import annotations

from yiju.app.explainer import Explainer
from yiju.config.chosen_method import chosen_method
from yiju.config.method import METHODS, Method, get_method

# Not measured unless they are named, and why.
CHANCE = "it is chance, which stands beside the methods as a rule"
SLOW = "it is slow; name it to have it measured"


def shelf(explainer: Explainer) -> tuple[dict[str, dict], dict[str, str]]:
    """The methods that are measured where nobody names any, with their options, and why others are not.

    The one that explains the model by default comes first, whatever it takes.
    """
    own = explainer.default_method
    chosen, left_out = {_name(own): own}, {}
    for name in METHODS:
        reason = explainer.why_unsupported(name) or _why_not(get_method(name))
        if name not in chosen and reason:
            left_out[name] = reason
        elif name not in chosen:
            chosen[name] = chosen_method(name, {})
    return chosen, left_out


def _why_not(method: Method) -> str | None:
    """Why a method is not measured unless it is named."""
    if method.chance:
        return CHANCE
    return SLOW if method.slow else None


def _name(method: dict) -> str:
    """A method with those of its options that are not its default."""
    usual = chosen_method(method["method"], {})
    own = [f"{key}={value}" for key, value in method.items() if value != usual[key]]
    return f"{method['method']}:{','.join(own)}" if own else method["method"]
