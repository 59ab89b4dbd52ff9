"""The default run as a new user gets it: the small model learns the sample, the overlap baseline does not."""

import json

import pytest
from projects import Project

from yiju.job.code_version import SCRIPTS


@pytest.mark.slow
def test_the_small_model_reaches_nine_in_ten_where_counting_does_not(template: Project, tmp_path):
    project = template.copy(tmp_path / "project")
    sample = project.folder / "data" / "sample"
    for file in (SCRIPTS.parent / "data" / "sample").rglob("*.*"):
        (sample / file.relative_to(SCRIPTS.parent / "data" / "sample")).write_bytes(file.read_bytes())
    assert project.snakemake().returncode == 0
    metrics = json.loads((project.folder / "results/sample/sets/dev/metrics.json").read_text())
    assert metrics["accuracy.model"] >= 0.9
    assert metrics["accuracy.overlap"] <= 0.65
