"""The configuration file of a training: complete, commented, and kept with the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yiju.config.commented import commented
from yiju.config.defaults import default_settings

HEAD = """\
# What `yiju train` has chosen for run {run}: the keys that differ from the defaults (docs/configuration.md has all).
# Edit it and give the same command again: what does not depend on the change is not computed again. Snakemake reads it
# too, from the folder in which `yiju train` was called: snakemake --cores all --configfile {file}
"""


def configuration(settings: Mapping[str, Any], file: str) -> str:
    """The text of the file. settings: as `yiju.app.train.settings` makes them; file: its place, for the first lines."""
    differing = _differing(settings, default_settings().model_dump())
    return HEAD.format(run=settings["run"], file=file) + commented(differing)


def _differing(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Keys with another value than the default, in sections that have any."""
    found = {}
    for key, value in values.items():
        default = defaults[key]
        if isinstance(value, Mapping) and isinstance(default, Mapping) and key != "catalogue":
            value, default = _differing(value, default), {}
        if value != default:
            found[key] = value
    return found
