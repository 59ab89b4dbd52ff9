"""`yiju diff`: what two runs were told, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from yiju.app.cli.output import say, say_json
from yiju.base.errors import YijuError
from yiju.base.yaml_files import read_mapping

CONFIG = "config.resolved.yaml"
NONE = "–"


@click.command()
@click.argument("run_a", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("run_b", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--all", "everything", is_flag=True, help="all figures, not only those with an interval")
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
def command(run_a: Path, run_b: Path, everything: bool, as_json: bool) -> None:
    """Show which settings and figures of two runs differ: RUN_A and RUN_B are folders under results/.

    Each figure is shown with its interval, and is marked where the two intervals do not overlap.
    """
    settings = _differing(*(dict(_leaves(_settings(run))) for run in (run_a, run_b)))
    figures = _differing(*(dict(_figures(run, everything)) for run in (run_a, run_b)))
    if as_json:
        told = {name: {key: list(pair) for key, pair in found.items()} for name, found in _named(settings, figures)}
        say_json(told)
        return
    for name, found in _named(settings, figures):
        say(f"{name}: {len(found)} differ" if found else f"{name}: no difference")
        width = max(map(len, found), default=0)
        for key, (one, other) in found.items():
            say(f"  {key:<{width}}  {_told(one)} -> {_told(other)}{_apart(one, other)}")


def _named(settings: dict, figures: dict) -> list[tuple[str, dict]]:
    return [("settings", settings), ("figures", figures)]


def _settings(run: Path) -> dict:
    if not (run / CONFIG).is_file():
        raise YijuError(f"{run}: this is no folder of a run, which holds a {CONFIG}; give results/<run>")
    return read_mapping(run / CONFIG)


def _leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, values


def _figures(run: Path, everything: bool) -> Iterator[tuple[str, Any]]:
    """Figures of all metrics.json of a run, variants too: [value, low, high], or the value alone."""
    for file in sorted(run.rglob("metrics.json")):
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise YijuError(f"{file}: not JSON ({error}); run the workflow again") from None
        place = file.parent.relative_to(run).as_posix().removeprefix("sets/")
        for key, value in found.items():
            if f"{key}.low" in found:
                yield f"{place} {key}", [value, found[f"{key}.low"], found[f"{key}.high"]]
            elif everything and not key.endswith((".low", ".high")):
                yield f"{place} {key}", value


def _differing(one: dict, other: dict) -> dict[str, tuple[Any, Any]]:
    """Keys in the order of the first, then those that only the second has."""
    both = {key: (one.get(key), other.get(key)) for key in {**one, **other}}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


def _told(value: Any) -> str:
    if _is_estimate(value):
        return "{:.4f} [{:.4f}, {:.4f}]".format(*value)
    return NONE if value is None else json.dumps(value, ensure_ascii=False)


def _apart(one: Any, other: Any) -> str:
    if not (_is_estimate(one) and _is_estimate(other)):
        return ""
    return "  apart" if one[1] > other[2] or other[1] > one[2] else ""


def _is_estimate(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(part, float) for part in value)
