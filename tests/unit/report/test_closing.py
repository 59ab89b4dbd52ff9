"""The last lines of a run in the terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from yiju.report.closing import closing

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
        return {"pairs": 60, "one_sided": one, "alone": one, "kept": one, "selected": one}

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
        "difference +30.0 [+25.0, +35.0] points",
        "explanations: occlusion explains dev best; it holds for pairs judged similar and not similar",
        "report: results/mine/report/index.html",
        "next: yiju serve --model results/mine/folds/0/model",
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
    assert closing(run)[-1] == "next: .venv/bin/yiju serve --model results/mine/folds/0/model"
