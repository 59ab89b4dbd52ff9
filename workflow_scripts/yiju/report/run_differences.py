"""Settings and figures of a finished run as flat tables, and what two such tables differ in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.base.yaml_files import read_mapping

CONFIG = "config.resolved.yaml"
NONE = "–"


def settings_of(run: Path) -> dict[str, Any]:
    """The settings of a run by their keys, `finetune.epochs`. Raises YijuError for a folder that is no run's."""
    return dict(_leaves(configuration_of(run)))


def configuration_of(run: Path) -> dict[str, Any]:
    """The whole configuration of a run. Raises YijuError for a folder that is no run's."""
    if not (run / CONFIG).is_file():
        raise YijuError(f"{run}: this is no folder of a run, which holds a {CONFIG}; give results/<run>")
    return read_mapping(run / CONFIG)


def figures_of(run: Path, everything: bool = False) -> dict[str, Any]:
    """Figures of all metrics.json of a run, variants too: [value, low, high], or the value alone.

    everything: also those without an interval.
    """
    return dict(_figures(run, everything))


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, None where a side has none: keys in the order of the first, then those that the second adds."""
    both = {key: (one.get(key), other.get(key)) for key in {**one, **other}}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


def told(value: Any) -> str:
    """A setting or a figure as text."""
    if _is_estimate(value):
        return "{:.4f} [{:.4f}, {:.4f}]".format(*value)
    return NONE if value is None else json.dumps(value, ensure_ascii=False)


def are_apart(one: Any, other: Any) -> bool:
    """Whether both are figures whose intervals do not overlap."""
    return _is_estimate(one) and _is_estimate(other) and (one[1] > other[2] or other[1] > one[2])


def _leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, values


def _figures(run: Path, everything: bool) -> Iterator[tuple[str, Any]]:
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


def _is_estimate(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(part, float) for part in value)
