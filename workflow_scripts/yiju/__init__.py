"""yiju (依据): Chinese sentence-pair similarity with the characters that every judgement rests on."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yiju.explainer import Explainer

__version__ = "0.1.0"
__all__ = ["Explainer", "__version__"]


def __getattr__(name: str) -> Any:
    # torch and transformers take seconds to import: not before somebody asks for a model.
    if name == "Explainer":
        from yiju.explainer import Explainer

        return Explainer
    raise AttributeError(f"module 'yiju' has no attribute {name!r}")
