"""Sentences that jobs write into their files, in the Chinese report: they come with their values, and in English."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from english_left import english_in, english_on
from unit.report.small_run import REAL, small_run
from unit.report.test_report_distillation import comparison_file
from unit.report.test_report_learning_curve import curve_file
from unit.report.test_report_study import CURVE, study_file
from unit.report.test_report_variants import variants_file

from yiju.base.language import speaking, written
from yiju.evaluation.study import recommend
from yiju.explain.attribution import why_unsupported
from yiju.models.calibration import fit
from yiju.models.removal import NO_MASK
from yiju.report.page import gather, render

SEPARABLE = np.array([1.0, -1.0] * 20)


def told(places: list[str], asked: str) -> list[str]:
    """Every reason that a study gives."""
    return [
        f"no method's rationales are shown to hold {asked}: rely on none here",
        f"lime: best mean rank (1.25 of 4) of the methods that hold {asked}, and none of them is better anywhere",
        *(
            f"lime has the best mean rank, but occlusion is better for {place}: no one method is best"
            for place in places
        ),
        *places,
    ]


def reasons() -> list[str]:
    found = []
    for names in ({1: "similar", 0: "not similar"}, {1: ""}):
        cells = [(figure, one, label) for figure, by in recommend.CRITERIA.items() for one in by for label in names]
        places = [recommend._told(cell, names) for cell in cells]
        for labels in ([1, 0], [1, 1]):
            found += told(places, recommend._asked(np.array(labels), names))
    seen, unseen = (
        SimpleNamespace(model=None, family="late-interaction model", gradients=own) for own in (True, False)
    )
    unfit = [why_unsupported({"method": name}, one) for name in ("gim", "value_zeroing") for one in (seen, unseen)]
    return [*found, *map(str, unfit), f"lime puts [MASK] in a token's place, and {NO_MASK}"]


def notes() -> list[str]:
    """What dev pairs leave open: too few, all right, a temperature at its bound, all judged alike."""
    alike = np.array([1] * 30 + [0] * 10)
    few = fit.fit(SEPARABLE[:6], np.array([1, 0] * 3)).note
    right = fit.fit(SEPARABLE, (SEPARABLE > 0).astype(int)).note
    bound = fit.fit(np.linspace(-1e-3, 1e-3, 40) * np.tile([1, -1], 20), np.tile([1, 0], 20)).note
    same = fit.fit(np.zeros(40), alike).note
    assert all((few, right, bound, same))
    return [few, right, bound, same, f"{right} {same}"]


@pytest.mark.parametrize("make", [reasons, notes], ids=["reasons of the study", "notes of the calibration"])
def test_what_a_job_wrote_is_told_in_chinese(make):
    sentences = make()
    assert [one for one in sentences if not english_in(one)] == []
    assert [written(one) for one in sentences] == sentences
    with speaking("zh"):
        left = {one: english_in(written(one)) for one in sentences if english_in(written(one))}
    assert left == {}


def test_the_report_shows_no_english_sentence(tmp_path):
    reason = reasons()[1]
    study = study_file(tmp_path, reason=reason, left_out={"gim": reasons()[-2]}, **CURVE)
    inputs = small_run(tmp_path, corpora=("A", "B"), warned=("A dev", "B train"), finetune={"seeds": 3}) | {
        "study": [study],
        "variants": [str(variants_file(tmp_path))],
        "distillation": [str(comparison_file(tmp_path))],
        "learning_curve": [str(curve_file(tmp_path))],
    }
    english = render(gather(inputs, tmp_path / "none", REAL))
    assert len(english_on(english)) > 300
    with speaking("zh"):
        page = render(gather(inputs, tmp_path / "none", REAL))
    # A reason of the made-up ledger, which no job writes.
    assert set(english_on(page)) == {"pair of a dev, test or competition set"}
    assert "在对两种标签、以每种去除方式都成立的方法中平均名次最好" in page
