"""Explanation methods as they are known without torch: their options, their cost, their words.

A method is one file in `yiju/explain/methods/`, and the file's name is its name in the configuration. Its `METHOD` is
read here, as an entry point is: the rooms below look a method up by its name, and no import statement names it. So a
method's file imports torch, and whatever imports torch, inside its functions only.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from yiju.base.errors import YijuError
from yiju.base.suggestions import hint
from yiju.config.section import Positive, Section

METHODS = tuple(sorted(file.stem for file in (Path(__file__).parents[1] / "explain" / "methods").glob("[a-z]*.py")))
# More would take days, or more memory than there is.
Steps = Annotated[int, Field(ge=1, le=100_000)]
Samples = Annotated[int, Field(ge=2, le=1_000_000)]
Copies = Annotated[int, Field(ge=1, le=100_000)]
# Forward passes that one pass forward and backward costs.
BACKWARD = 3
Options = Mapping[str, Any]


class Smooth(Section):
    """Noisy copies of a pair, of which the mean is taken; noise: its standard deviation, in ranges of the input."""

    samples: Copies
    noise: Positive


def every(options: Options, name: str) -> int:
    """Steps or samples of a method, 1 where it has none; where they are doubled up to a most, those of every time."""
    taken = total = options.get(name) or 1
    most = options.get(f"max_{name}") or taken
    while taken < most:
        taken = min(2 * taken, most)
        total += taken
    return total


def gradients(options: Options, _length: int) -> int:
    """Forward passes' worth of one gradient for each step and each noisy copy of a pair."""
    smooth = options.get("smooth") or {}
    return BACKWARD * every(options, "steps") * smooth.get("samples", 1)


def every_segment(options: Options, length: int) -> int:
    """A bound for a method that says nothing: gradients at every step and sample for every segment."""
    return gradients(options, length) * every(options, "samples") * (1 + length)


@dataclass(frozen=True)
class Method:
    """What is known of an explanation method before it explains anything.

    title, summary: its name and what it is, in a few words; chinese: both in Chinese, for the page; source: the paper.
    options: its options, each with its default. passes: how many forward passes of a pair it costs at most, by its
    options and the pair's tokens. quick: options that the page sets lower, so that nobody waits long. slow: whether
    a study of one's own pairs measures it only where it is named, and the page offers it only where it has `quick`
    options. chance: whether it explains nothing, and is offered nowhere but by its name.
    signed: whether scores have a sign, for and against; removes: whether it takes segments away, and so explains all
    members together; draws: whether its scores depend on the seed; judges: whether it takes None for the labels with
    the larger logit, which it knows from a pass of its own.
    """

    title: str
    summary: str
    chinese: tuple[str, str] | None = None
    source: str = ""
    options: type[Section] = Section
    passes: Callable[[Options, int], float] = every_segment
    quick: dict[str, Any] = field(default_factory=dict)
    slow: bool = False
    chance: bool = False
    signed: bool = True
    removes: bool = False
    draws: bool = False
    judges: bool = False


def get_method(name: object) -> Method:
    """What is known of the method of that name. Raises YijuError where there is none."""
    if name not in METHODS:
        raise YijuError(f"no method {name!r}{hint(name, METHODS)}; there are {', '.join(METHODS)}")
    return importlib.import_module(f"yiju.explain.methods.{name}").METHOD
