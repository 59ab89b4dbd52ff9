"""The last lines of a run in the terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from unit.report import small_corpora

from yiju.config.defaults import default_settings
from yiju.report.closing import closing

FIT = {"fitted": True, "note": "few pairs"}
LCQMC = ("LCQMC train",)

INTERVALS = {"accuracy.model": 0.9, "accuracy.overlap": 0.6, "accuracy.majority": 0.5, "model_minus_overlap": 0.3}


def write(file: Path, facts: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(facts), encoding="utf-8")


def judged(run: Path, name: str, labelled: bool = True) -> None:
    facts = {"items": 80, "labelled": 80 if labelled else 0, "predicted_similar": 0.5, "truncated": 0, "unknown": 0}
    figures = {
        f"{key}{end}": value + shift
        for key, value in INTERVALS.items()
        for end, shift in (("", 0.0), (".low", -0.05), (".high", 0.05))
    }
    statistics = dict.fromkeys(
        [f"{name}.{of}" for name in ("f1", "mcc", "roc_auc", "average_precision") for of in ("model", "overlap")], 0.5
    )
    write(run / f"sets/{name}/metrics.json", facts | (figures | statistics if labelled else {}))


def explained(run: Path, low: dict[str, float]) -> None:
    def holding(low: float) -> dict:
        one = {"value": 0.5, "low": low, "high": 0.6}
        return {"pairs": 60, "one_sided": one, "alone": one, "kept": one | {"value": 0.97}, "selected": one}

    labels = {label: holding(value) for label, value in low.items()}
    write(run / "explanation.json", {"name": "occlusion", "method": {"method": "occlusion"}, "labels": labels})


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("results/mine")
    write(folder / "report/index.html", "")
    return folder


def test_a_run_without_a_report_has_no_last_lines(tmp_path: Path):
    assert closing(tmp_path) == []


def test_accuracy_explanation_report_and_next_command_are_said(run: Path):
    for name in ("dev", "test", "asked"):
        judged(run, name)
    explained(run, {"similar": 0.4, "not_similar": 0.4})
    write(run / "folds/0/model/config.json", {})
    assert closing(run) == [
        "accuracy on test, 80 pairs: 90.0 % (95 % interval 85.0 % to 95.0 %); overlap baseline: 60.0 %, "
        "difference +30.0 [+25.0, +35.0] points; more frequent label: 50.0 %",
        "explanations: occlusion explains dev best; it holds for pairs judged similar and not similar",
        "report: results/mine/report/index.html",
        "next: yiju explain SENTENCE SENTENCE --model results/mine/folds/0/model",
        "or, in the browser: yiju serve --model results/mine/folds/0/model",
    ]


def test_without_a_labelled_test_set_dev_counts_and_it_is_said_that_it_flatters(run: Path):
    judged(run, "dev")
    judged(run, "test", labelled=False)
    (first, *_) = closing(run)
    assert first.startswith("accuracy on dev, 80 pairs") and first.endswith("its pairs chose the model and flatter it")


def test_explanations_that_are_not_shown_to_hold_are_named(run: Path):
    judged(run, "test", labelled=False)
    explained(run, {"similar": 0.4, "not_similar": -0.1})
    assert closing(run)[:2] == [
        "accuracy: unknown, as no judged set has labels",
        "explanations: occlusion explains dev best; it holds for pairs judged similar; do not rely on it for pairs "
        "judged not similar, where it is not shown to hold",
    ]


def test_the_next_command_names_the_program_of_this_folder(run: Path, monkeypatch: pytest.MonkeyPatch):
    write(run / "folds/0/model/config.json", {})
    program = Path(".venv/bin/yiju").absolute()
    write(program, "")
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    assert closing(run)[-1] == "or, in the browser: .venv/bin/yiju serve --model results/mine/folds/0/model"


def test_the_pairs_of_each_split_and_what_was_left_out_are_said(run: Path):
    judged(run, "test")
    total = {"splits": {"dev": 20, "test": 30, "train": 1400}, "dropped": {"duplicate": 4}, "rejected": {}}
    write(run / "data/ledger.json", {"total": total})
    assert closing(run)[0] == "data: 1,400 train, 20 dev and 30 test pairs; left out: 4 (duplicate)"


def test_the_warnings_of_the_report_are_named(run: Path):
    """Those of the data, and those of the figures."""
    data, saved = run / "data", {"config.resolved.yaml": default_settings().model_dump(), "calibration.json": FIT}
    small_corpora.write(lambda name, facts: write(data / name, facts), ("LCQMC",), ("甲", "乙"), {"warned": LCQMC})
    for name, facts in saved.items():
        write(run / name, facts)
    for name in ("dev", "test", "sample"):
        judged(run, name, labelled=name != "sample")
    (line,) = [line for line in closing(run) if line.startswith("warnings")]
    assert line.startswith("warnings, which the report explains: dev has one label only; ")
    assert line.endswith("Calibration leaves something open; LCQMC train rewards a shortcut")


def test_where_there_is_nothing_to_warn_of_that_is_said(run: Path, monkeypatch: pytest.MonkeyPatch):
    write(run / "config.resolved.yaml", {})
    monkeypatch.setattr("yiju.report.closing.run_warnings", lambda folder: [])
    assert "warnings: none" in closing(run)
