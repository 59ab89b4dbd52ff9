"""Techniques of fine-tuning as they are known without torch: their keys, their title, what they need.

A technique is one file in `yiju/training/techniques/`, and the file's name is its section under `finetune`. Its
`TECHNIQUE` is read here, as an entry point is: the rooms below look a technique up by its name, and no import statement
names it. So a technique's file imports torch, and whatever imports torch, inside its functions only.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import Field

from yiju.config.section import Section

TECHNIQUES = tuple(
    sorted(file.stem for file in (Path(__file__).parents[1] / "training" / "techniques").glob("[a-z]*.py"))
)


class Switch(Section):
    """The keys of a technique: the switch, and options of its own."""

    enabled: bool = Field(default=False, description="On or off.")


@dataclass(frozen=True)
class Technique:
    """What is known of a technique before anything is trained.

    title: in reports. description: of its section in the configuration. options: its keys. needs: the part of a
    checkpoint without which it cannot be (`yiju.models.suited`). whole_weights: whether it moves, averages or rescales
    whole weights, which sharded training does not have. package: one that it needs beside yiju's own. excludes:
    techniques that it does not go with, and why, as a sentence that begins with both.
    """

    title: str
    description: str
    options: type[Switch]
    needs: Literal["layers", "head", "layers and head", "mask token"] | None = None
    whole_weights: bool = False
    package: str | None = None
    excludes: Mapping[str, str] = field(default_factory=dict)


def load_technique(name: str) -> ModuleType:
    """A technique's file."""
    return importlib.import_module(f"yiju.training.techniques.{name}")


def get_technique(name: str) -> Technique:
    """What is known of the technique of that name."""
    return load_technique(name).TECHNIQUE


def enabled(settings: Mapping[str, Any]) -> list[str]:
    """The techniques that the section of a training switches on; post-training has none."""
    return [name for name in TECHNIQUES if settings.get(name, {"enabled": False})["enabled"]]
