"""The worked examples of CONTRIBUTING.md: files that are named are there, and the metric does what it says."""

import re

import numpy as np
import polars as pl
import pytest
from pages import ROOT, blocks
from sklearn.metrics import balanced_accuracy_score

from yiju.evaluation import predictions
from yiju.evaluation.metrics import classification

PAGE = ROOT / "CONTRIBUTING.md"
PACKAGE = ROOT / "workflow_scripts/yiju"


def test_files_that_are_named_are_there():
    named = re.findall(r"`([a-z_./]+/[a-z_]+\.(?:py|html|toml|yaml))[`,]", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [name for name in named if not ((ROOT / name).exists() or (PACKAGE / name).exists())] == []


def test_the_example_of_a_metric_is_that_of_scikit_learn(monkeypatch):
    function, line, _ = [block.text for block in blocks(PAGE) if block.kind == "python"]
    names = vars(classification).copy()
    exec(function, names)
    figures = eval(f"{{{line}}}", names)
    monkeypatch.setattr(predictions, "FIGURES", figures)
    random = np.random.default_rng(0)
    said, gold = random.integers(0, 2, (2, 40))
    rows = pl.DataFrame({"q": [f"问{row}" for row in range(40)], "t": ["答"] * 40, "label": said, "gold": gold})
    rows = rows.with_columns(probability=random.random(40), overlap_probability=random.random(40))
    found = predictions.beyond_accuracy(rows, {"bootstrap": 200, "seed": 0})
    assert found["balanced_accuracy.model"] == pytest.approx(balanced_accuracy_score(gold, said), abs=1e-6)
    assert (
        found["balanced_accuracy.model.low"] < found["balanced_accuracy.model"] < found["balanced_accuracy.model.high"]
    )


def test_the_example_of_a_section_is_that_of_the_page():
    *_, section = [block.text for block in blocks(PAGE) if block.kind == "python"]
    assert section in (PACKAGE / "report/sections/members_section.py").read_text(encoding="utf-8")
