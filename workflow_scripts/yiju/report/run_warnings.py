"""What a reader must know before trusting the figures of a finished run, found in its files, as its report says it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from yiju.base.yaml_files import read_mapping
from yiju.config.schema import Settings
from yiju.models.sources import synthetic
from yiju.report.alerts import Alert
from yiju.report.doubts import find_doubts
from yiju.report.results import Judgements, read_judgements
from yiju.report.sections.corpora_section import FILES, gather_corpora
from yiju.report.summary import dev_chose

CONFIG = "config.resolved.yaml"


def run_warnings(run: Path) -> list[Alert]:
    """All warnings of the first screen of the report. run: its folder, read from where the workflow ran."""
    settings = Settings.model_validate(read_mapping(run / CONFIG))
    plain = settings.model_dump()
    fit = json.loads((run / "calibration.json").read_text(encoding="utf-8"))
    chose = dev_chose(plain["finetune"], fit["fitted"])
    sets = _judged(run, settings.judged_sets)
    doubts = find_doubts(sets, settings.evaluate.splits, chose, fit, settings.finetune.folds > 1)
    files = {name: run / f"data/{name}.json" for name in FILES}
    return [*doubts, *gather_corpora(files, plain, synthetic(settings)["corpora"])["alerts"]]


def _judged(run: Path, sets: Sequence[str]) -> list[Judgements]:
    return [read_judgements(name, run / f"sets/{name}/metrics.json") for name in sets]
