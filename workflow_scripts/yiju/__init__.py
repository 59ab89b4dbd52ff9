"""yiju (依据): Chinese sentence-pair similarity with the characters that every judgement rests on."""

import importlib
from typing import Any

__version__ = "0.1.0"
__all__ = ["Explainer", "__version__", "load_run"]
# Where a public name lies.
MODULES = {"Explainer": "yiju.app.explainer", "load_run": "yiju.app.run_tables"}


def __getattr__(name: str) -> Any:
    # Not before somebody asks for it: torch and transformers take seconds to import. And by no import statement: the
    # code versions of all rules (yiju.base.files) would follow it, and everything would depend on everything.
    if name in MODULES:
        return getattr(importlib.import_module(MODULES[name]), name)
    raise AttributeError(f"module 'yiju' has no attribute {name!r}")
