"""The worked examples of CONTRIBUTING.md: files that are named are there, and the metric does what it says."""

import re

import numpy as np
from pages import ROOT, blocks
from sklearn.metrics import balanced_accuracy_score

from yiju.evaluation.metrics import classification

PAGE = ROOT / "CONTRIBUTING.md"
PACKAGE = ROOT / "workflow_scripts/yiju"


def test_files_that_are_named_are_there():
    named = re.findall(r"`([a-z_./]+/[a-z_]+\.(?:py|html|toml|yaml))[`,]", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [name for name in named if not ((ROOT / name).exists() or (PACKAGE / name).exists())] == []


def test_the_example_of_a_metric_is_that_of_scikit_learn():
    function, use, _ = [block.text for block in blocks(PAGE) if block.kind == "python"]
    names = vars(classification).copy()
    exec(function, names)
    said, gold = np.random.default_rng(0).integers(0, 2, (2, 40))
    statistics: dict = {}
    given = {"name": "model", "said": {"model": said}, "gold": gold}
    exec(use, names | given | {"statistics": statistics})
    weights = np.random.default_rng(1).integers(0, 3, (5, 40)).astype(float)
    found = statistics["balanced_accuracy.model"](weights)
    assert np.allclose(found, [balanced_accuracy_score(gold, said, sample_weight=one) for one in weights])


def test_the_example_of_a_section_is_that_of_the_page():
    *_, section = [block.text for block in blocks(PAGE) if block.kind == "python"]
    assert section in (PACKAGE / "report/sections/members_section.py").read_text(encoding="utf-8")
