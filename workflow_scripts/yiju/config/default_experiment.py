"""Whether a run is the default experiment, whose jobs take known times."""

from __future__ import annotations

from pathlib import Path

from yiju.config.load import load
from yiju.config.places import with_sample
from yiju.config.schema import Settings

# What changes neither which jobs there are nor how long they take.
INDIFFERENT = {"run", "seed", "jobs", "device", "training"}


def is_default(settings: Settings, root: Path) -> bool:
    """Whether resolved settings are those of config.yaml as it is delivered. root: the project's folder."""
    default = load(with_sample({}, root), []).resolved()
    return settings.model_dump(exclude=INDIFFERENT) == default.model_dump(exclude=INDIFFERENT)
