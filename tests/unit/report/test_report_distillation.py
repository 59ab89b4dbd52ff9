"""The section of teacher and student: what it tells, and that it is not there without one."""

import json
import re

from unit.report.small_run import REAL, small_run

from yiju.report.page import gather, render


def estimate(name, value):
    return {name: value, f"{name}.low": value - 0.01, f"{name}.high": value + 0.01}


def comparison_file(folder, labelled=100):
    """What compare_student writes, of a teacher of two models, a student and a control."""
    names = ("teacher", "student", "control")
    judges = [
        {"name": name, "models": 2 if name == "teacher" else 1, "weights": 12_300_000, "pairs_per_second": 1234.5}
        for name in names
    ]
    compared = estimate("label_agreement", 0.93) | estimate("probability_difference", 0.04)
    truth = {"nll": 0.4, "ece": 0.03} | estimate("accuracy", 0.81) if labelled else {}
    beside = estimate("minus_teacher", -0.02) if labelled else {}
    rows = [
        {"name": "teacher", "labelled": labelled} | truth,
        {"name": "student", "labelled": labelled} | truth | compared | beside | estimate("minus_control", 0.015),
        {"name": "control", "labelled": labelled} | truth | compared | beside,
    ]
    held = estimate("aopc_comprehensiveness", 0.3) | estimate("aopc_sufficiency", 0.1)
    alike = estimate("spearman", 0.6) | estimate("jaccard", 0.5)
    explained = [{"name": "teacher"} | held, *({"name": name} | held | alike for name in names[1:])]
    facts = {
        "threads": 2,
        "device": "cpu",
        "judges": judges,
        "sets": [{"set": "dev", "judges": rows}],
        "explanations": {"pairs": 80, "method": "occlusion", "judges": explained},
    }
    path = folder / "comparison.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    return path


def page(folder, **changes):
    inputs = small_run(folder) | {"distillation": [str(comparison_file(folder, **changes))]}
    return render(gather(inputs, folder / "none", REAL))


def section(html):
    return re.search(r'<section id="distillation".*?</section>', html, re.S)[0]


def test_teacher_student_and_control_stand_in_one_table_of_each_kind(tmp_path):
    text = section(page(tmp_path))

    assert text.count("student without a teacher</th>") == 3 + 1
    assert "12.30" in text and "1,23" in text
    assert "-2.00 [-3.00, -1.00]" in text and "+1.50 [+0.50, +2.50]" in text
    assert "Explanations of 80 dev pairs that all judge alike, by occlusion" in text


def test_without_labels_there_is_agreement_and_no_accuracy(tmp_path):
    text = section(page(tmp_path, labelled=0))

    assert "93" in text and "-2.00" not in text


def test_a_run_without_a_student_has_no_such_section(tmp_path):
    html = render(gather(small_run(tmp_path), tmp_path / "none", REAL))

    assert 'id="distillation"' not in html and "#distillation" not in html
