"""The section on explanation methods, and its figure."""

import json
import re

import pytest
from unit.report.small_run import REAL, small_run

from yiju.report.page import gather, render
from yiju.report.study import plot_study, read_study


def row(method, compared, left, trivial=False, **others):
    figures = {"aopc_comprehensiveness.mask": compared, "aopc_sufficiency.mask": left} | others
    told = {"method": method, "trivial": trivial} | ({} if trivial else {"seconds_per_pair": 0.0123})
    for name, value in figures.items():
        told |= {name: value, f"{name}.low": value - 0.05, f"{name}.high": value + 0.05, f"{name}.items": 60}
    return told


def study_file(folder, name="sample", recommended="occlusion", reason="occlusion: best <b>mean</b> rank"):
    rows = [
        row("occlusion", 0.514, 0.174, **{"loo_tau.mask": 1.0, "aopc_comprehensiveness.delete": 0.4}),
        row("random", 0.274, 0.482, randomisation=1.0),
        row("trivial_random", 0.698, 0.083, trivial=True),
    ]
    agreement = {"names": ["occlusion", "random"], "spearman": [[1.0, 0.05], [0.05, None]]}
    best = {"method": recommended, "reason": reason, "ranks": {}, "randomised": {"random": 1.0}}
    told = {"set": name, "items": 60, "members": ["0", "1"], "methods": rows}
    told |= {"agreement": {"methods": agreement, "members": {}}, "recommended": best}
    path = folder / f"{name}.study.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return str(path)


def page(folder, **changes):
    path, figure = study_file(folder, **changes), folder / "study.svg"
    plot_study(path, str(figure))
    inputs = small_run(folder) | {"study": [path], "study_figures": [str(figure)]}
    return render(gather(inputs, folder / "none", REAL))


def test_the_page_tells_which_method_to_trust_and_why(tmp_path):
    text = page(tmp_path)
    assert '<a href="#study">' in text
    assert "Recommended here: occlusion." in text
    assert "best &lt;b&gt;mean&lt;/b&gt; rank" in text and "<b>mean" not in text
    assert "random (1.000)" in text
    assert "60 pairs, mean over 2 members" in text


def test_trivial_rules_stand_beside_the_methods_and_are_never_the_best(tmp_path):
    text = page(tmp_path)
    table = re.search(r'<span id="study-mask-1">.*?</table>', text, re.S)[0]
    cells = dict(re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', table))
    assert list(cells) == ["occlusion", "random", "trivial: random segments"]
    assert cells["occlusion"].count('class="best"') == 3
    assert 'class="best"' not in cells["trivial: random segments"] + cells["random"]
    assert "0.514" in cells["occlusion"] and "[0.464, 0.564]" in cells["occlusion"]
    assert "12 ms" in text


def test_what_was_not_measured_has_no_column(tmp_path):
    found = read_study(study_file(tmp_path))
    text = page(tmp_path)
    assert "map" not in found.rows[0].figures
    assert "New-P ↑" not in text and "token F1" not in re.search(r'id="study-evidence-1".*?</table>', text, re.S)[0]
    assert "–" in text


@pytest.mark.parametrize("recommended", [None, "occlusion"])
def test_no_method_may_pass(tmp_path, recommended):
    text = page(tmp_path, recommended=recommended, reason="no method passes the randomisation check")
    assert ("Recommended here" in text) == bool(recommended)
    assert "no method passes the randomisation check." in text


def test_a_run_without_a_study_says_nothing_of_it(tmp_path):
    text = render(gather(small_run(tmp_path), tmp_path / "none", REAL))
    assert 'id="study"' not in text and "#study" not in text
