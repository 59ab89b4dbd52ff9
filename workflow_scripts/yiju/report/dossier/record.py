"""What a dossier records of a run: where its data come from, its settings and figures, and all its files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.base.files import sha256
from yiju.report.run_differences import configuration_of, figures_of, settings_of

REPORT = "report/index.html"
# What no later job reads: it differs from run to run of the same settings.
PASSING = ("logs", "timings", "report")


def record_of(run: Path) -> dict[str, Any]:
    """The record of a finished run, plain values. Raises YijuError for a folder that is no finished run."""
    configuration = configuration_of(run)
    versions, sources = (_parsed(run / name) for name in ("versions.json", "checksums.json"))
    return {
        "format": 1,
        "run": configuration["run"],
        "written": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "recorded": versions["recorded"],
        "yiju": versions["yiju"],
        "commit": versions["commit"],
        "data": terms_of(configuration),
        "sources": sources,
        "settings": settings_of(run),
        "figures": figures_of(run),
        "versions": {"python": versions["python"], **versions["libraries"]},
        "files": files_of(run),
    }


def terms_of(configuration: dict[str, Any]) -> dict[str, dict[str, str | None]]:
    """Where the corpora and test sets that the run used come from, and on which terms; None: the catalogue has none."""
    return {
        name: {"home": group["catalogue"][name].get("home"), "terms": group["catalogue"][name].get("terms")}
        for group in (configuration["corpora"], configuration["test_sets"])
        for name in group["use"]
    }


def files_of(run: Path) -> dict[str, dict[str, Any]]:
    """Bytes and SHA-256 of every file of the run that its figures rest on, in order of their names."""
    found = sorted(file for file in run.rglob("*") if file.is_file() and file.relative_to(run).parts[0] not in PASSING)
    return {
        file.relative_to(run).as_posix(): {"bytes": file.stat().st_size, "sha256": sha256(file)}
        for file in found
        if not file.name.startswith(".")
    }


def report_of(run: Path) -> str:
    """The page of a run's report. Raises YijuError where it is missing, or older than a figure of the run."""
    report = run / REPORT
    if not report.is_file():
        raise YijuError(f"{report}: the run has no report yet; run the workflow to its end, then make the dossier")
    made = report.stat().st_mtime_ns
    newer = [file for file in sorted(run.rglob("metrics.json")) if file.stat().st_mtime_ns > made]
    if newer:
        raise YijuError(
            f"{report}: it is older than {newer[0]}; run the workflow again, which makes it anew, or, where the folder "
            "is a copy, copy it with the times of its files (cp -a)"
        )
    return report.read_text(encoding="utf-8")


def _parsed(file: Path) -> Any:
    if not file.is_file():
        raise YijuError(f"{file}: the run has no such file; run the workflow to its end, then make the dossier")
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise YijuError(f"{file}: not JSON ({error}); delete it and run the workflow again") from None
