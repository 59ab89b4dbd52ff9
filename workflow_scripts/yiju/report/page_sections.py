"""Sections of the page that stand in it where there is something to show, each with data of its own."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from yiju.report import sections


@dataclass(frozen=True)
class Section:
    """What a file of `yiju.report.sections` says of its section, as `SECTION`.

    name: of its template in `yiju.report.page`, of the anchor there, and of what `read` gives; title: in the menu;
    place: sections stand in the order of these numbers; read: what the template shows, of the rule's inputs (see
    `yiju.report.page.render_report`), the run's configuration and its folder; None leaves the section out.
    """

    name: str
    title: str
    place: int
    read: Callable[[Mapping[str, Any], Mapping[str, Any], Path], Any]


def known_sections() -> list[Section]:
    """The sections of all files that name one, in the order of the page."""
    files = (f"{sections.__name__}.{file.name}" for file in pkgutil.iter_modules(sections.__path__))
    found = [section for file in files if (section := getattr(import_module(file), "SECTION", None))]
    return sorted(found, key=lambda one: one.place)
