"""What changed between two dossiers, from what they record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yiju.base.language import gettext
from yiju.report.run_differences import are_apart, differing, told

SHORT = 12


@dataclass(frozen=True)
class Change:
    """A setting, figure or file that differs, as text. apart: the intervals of two figures do not overlap."""

    name: str
    before: str
    after: str
    apart: bool


@dataclass(frozen=True)
class Kind:
    """Changes of one kind; none: nothing of it changed."""

    title: str
    changes: list[Change]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Kind]:
    """All changes from one record to another: data, settings, figures, versions, weights, and which files there are."""
    tables = {
        gettext("Raw files of corpora and test sets"): (_sums(before["sources"]), _sums(after["sources"])),
        gettext("Settings"): (before["settings"], after["settings"]),
        gettext("Figures with an interval"): (before["figures"], after["figures"]),
        gettext("Versions"): (_versions(before), _versions(after)),
        gettext("Weights of the models"): (_sums(before["files"], "folds/"), _sums(after["files"], "folds/")),
        gettext("Files of the run, there or not"): (_there(before), _there(after)),
    }
    return [
        Kind(title, [_change(name, *pair) for name, pair in differing(*both).items()]) for title, both in tables.items()
    ]


def _change(name: str, before: Any, after: Any) -> Change:
    return Change(name, _text(before), _text(after), are_apart(before, after))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else told(value)


def _sums(files: Mapping[str, Any], below: str = "") -> dict[str, str]:
    """The beginnings of the checksums; below `below` those of weights alone."""
    return {
        name: one["sha256"][:SHORT]
        for name, one in files.items()
        if name.startswith(below) and (not below or name.endswith(".safetensors"))
    }


def _there(record: Mapping[str, Any]) -> dict[str, str]:
    """By name of each file that it is there, so that one which is gone shows."""
    return dict.fromkeys(record["files"], gettext("there"))


def _versions(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"yiju": record["yiju"], "commit": record["commit"], **record["versions"]}
