"""The section on explanation methods."""

import json
import re
from pathlib import Path

import pytest
from unit.report.small_run import REAL, small_run

from yiju.report.page import gather, render
from yiju.report.sections.study_section import FAITHFULNESS, PANELS, read_study

CELLS = [f"{metric}.{operator}" for operator in ("delete", "mask") for metric in ("one_sided", "alone")]
CELLS.append("one_sided.replace")


def row(method, compared, left, trivial=False, beyond=0.3, labels=("similar", "not_similar"), **others):
    """beyond: what the figures made for pairs are, in the order of labels and then of CELLS, each, or one of all."""
    figures = {"aopc_comprehensiveness.mask": compared, "aopc_sufficiency.mask": left} | others
    told = {"method": method, "trivial": trivial} | ({} if trivial else {"seconds_per_pair": 0.0123})
    values = iter(beyond if isinstance(beyond, list) else [beyond] * 10)
    for label in labels:
        figures |= {f"{cell.replace('.', '.beyond_random.')}.{label}": next(values) for cell in CELLS}
        figures |= {f"kept.delete.{label}": 0.91, f"smallest.{label}": 0.22, f"one_sided.unlikely.mask.{label}": 0.064}
        if not trivial:
            figures |= {f"one_sided.normalised.delete.{label}": 0.713, f"infidelity.delete.{label}": 0.059}
    for name, value in figures.items():
        told |= {name: value, f"{name}.low": value - 0.05, f"{name}.high": value + 0.05, f"{name}.items": 60}
    return told


FAILS = {"occlusion": ["all but <i>one</i>", "another"], "random": []}
BEYOND = [0.31, 0.32, 0.33, 0.34, 0.35, 0.21, 0.04, -0.23, 0.24, 0.25]


MATRIX = {
    "occlusion.together.delete.similar": 1.4,
    "occlusion.instead.delete.similar": -0.3,
    "shapley.links.mask.similar": 0.7,
    "occlusion.together.mask.not_similar": 0.2,
}


def study_file(
    folder, name="sample", recommended="occlusion", reason="occlusion: best <b>mean</b> rank", left_out=None, **changes
):
    rows = [
        row(
            *("occlusion", 0.514, 0.174),
            beyond=BEYOND,
            **{"loo_tau.mask": 1.0, "aopc_comprehensiveness.delete": 0.4},
            **changes,
        ),
        row("random", 0.274, 0.482, randomisation=1.0, **changes),
        row("trivial_random", 0.698, 0.083, trivial=True, **changes),
    ]
    agreement = {"names": ["occlusion", "random"], "spearman": [[1.0, 0.05], [0.05, None]]}
    best = {"method": recommended, "reason": reason, "ranks": {}, "fails": FAILS, "randomised": {"random": 1.0}}
    told = {"set": name, "items": 60, "members": ["0", "1"], "methods": rows}
    told["left_out"] = left_out or {}
    told["edits"] = {"changed": {"final_mark": 41, "spaced": 7}, "unchanged": 12, "turned": 3}
    told["matrix"] = {f"{key}{end}": value for key, value in MATRIX.items() for end in ("", ".low", ".high")}
    told["matrix"]["occlusion.instead.mask.similar"] = 0.25
    told |= {"agreement": {"methods": agreement, "members": {}}, "recommended": best}
    path = folder / f"{name}.study.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return str(path)


def page(folder, **changes):
    inputs = small_run(folder) | {"study": [study_file(folder, **changes)]}
    return render(gather(inputs, folder / "none", REAL))


def test_the_page_tells_which_methods_do_not_fit_the_model(tmp_path):
    text = page(tmp_path, left_out={"deeplift": "it reads <i>BERT</i>"})
    assert "<li><strong>deeplift</strong> is left out: it reads &lt;i&gt;BERT&lt;/i&gt;.</li>" in text


def test_the_page_tells_which_method_to_trust_and_why(tmp_path):
    text = page(tmp_path)
    assert '<a href="#study">' in text
    assert "Recommended here: occlusion." in text
    assert "best &lt;b&gt;mean&lt;/b&gt; rank" in text and "<b>mean" not in text
    assert "random (1.000)" in text
    assert "60 pairs, judged by 2 members together" in text


def test_the_figures_made_for_pairs_come_first_and_joint_removal_after_a_warning(tmp_path):
    text = page(tmp_path)
    places = [text.index(one) for one in ('id="study-pairs-1"', "Of pairs this misleads", 'id="study-mask-1"')]
    # The sentence stands in another panel too: its last place is this one.
    places[1] = text.rindex("Of pairs this misleads")
    assert places == sorted(places)
    table = re.search(r'<span id="study-pairs-1">.*?</table>', text, re.S)[0]
    rows = re.findall(r'<tr.*?><th scope="row">(.*?)</th><td>(.*?)</td>(.*?)</tr>', table)
    names = ("occlusion", "random", "trivial: random segments")
    assert [row[:2] for row in rows] == [(name, label) for name in names for label in ("similar", "not similar")]
    for (_, _, cells), values in zip(rows[:2], (BEYOND[:5], BEYOND[5:]), strict=True):
        shown = [float(one) for one in re.findall(r'<span class="figure">(-?[0-9.]+)</span>', cells)]
        assert shown == values
        assert re.findall(r'<span class="figure">([0-9.]+)\s%</span>', cells) == ["91.0", "22.0"]
    # What an interval does not tell from chance, and what is worse, is marked.
    assert re.findall(r'class="(above|level|below)"', rows[1][2]) == ["above", "level", "below", "above", "above"]


def test_further_figures_stand_in_tables_with_a_sentence_on_how_to_read_each(tmp_path):
    text = page(tmp_path)
    for panel in PANELS:
        table = re.search(rf'<span id="study-{panel.name}-1">.*?</table>\s*</div>\s*<p>(.*?)</p>', text, re.S)
        assert table[1].startswith(panel.reading[:40])
        rows = re.findall(r'<tr.*?><th scope="row">(.*?)</th><td>(.*?)</td>(.*?)</tr>', table[0])
        assert len(rows) == 6
        # Of each, one figure is known; of the trivial rule only how unlikely its inputs are.
        known = [cells.count('class="figure"') for _, _, cells in rows]
        assert known == ([1] * 6 if panel.name == "unlikely" else [1] * 4 + [0] * 2)
        shown = {"bounds": "0.713", "unlikely": "6.4", "further": "0.059"}[panel.name]
        assert shown in rows[0][2] and "(60)" in rows[0][2]
        assert rows[0][2].count("<td>–</td>") == len(panel.figures) - 1


def test_beam_search_is_called_what_it_is_and_has_no_row_where_it_has_no_figures(tmp_path):
    told = json.loads(Path(study_file(tmp_path)).read_text(encoding="utf-8"))
    solver = row("beam_search", 0.0, 0.0, trivial=True)
    told["methods"].append({name: value for name, value in solver.items() if not name.startswith("aopc")})
    (tmp_path / "more.json").write_text(json.dumps(told), encoding="utf-8")
    found = read_study(tmp_path / "more.json")
    assert found.rows[-1].name == "beam search on these figures" and found.rows[-1].trivial
    assert [one.name for one in found.measured(FAITHFULNESS)] == ["occlusion", "random", "trivial: random segments"]


def test_a_label_that_no_pair_has_has_no_row(tmp_path):
    text = page(tmp_path, labels=("similar",))
    table = re.search(r'<span id="study-pairs-1">.*?</table>', text, re.S)[0]
    assert "not similar" not in table


def test_what_each_method_fails_by_is_told(tmp_path):
    text = page(tmp_path)
    assert "<strong>occlusion</strong> is not shown to hold for: all but &lt;i&gt;one&lt;/i&gt;; another." in text
    assert "<strong>random</strong> holds everywhere." in text


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
def test_where_no_method_is_recommended_that_and_why_is_said(tmp_path, recommended):
    text = page(tmp_path, recommended=recommended, reason="no one method is best")
    assert ("Recommended here" in text) == bool(recommended)
    assert ("No method is recommended here:" in text) != bool(recommended)
    assert "no one method is best." in text
    assert f"study on sample</a> recommends {recommended or 'no method'}." in text


CURVE = {"randomisation.classifier": 0.8, "randomisation.layers": 0.4, "randomisation.chance": 0.2}


@pytest.mark.parametrize("curve", [{}, CURVE], ids=["at once", "step by step"])
def test_what_is_left_as_weights_are_drawn_anew_is_told_beside_chance(tmp_path, curve):
    text = page(tmp_path, **curve)
    table = re.search(r'<span id="study-randomised-1">.*?</table>', text, re.S)[0]
    columns = re.findall(r'<th scope="col">(.*?)</th>', table)
    told = ["classifier and pooler", "all layers", "embeddings too", "random scores"]
    assert columns == ["method", *(told if curve else ["embeddings too"])]
    if curve:
        assert re.findall(r'<span class="figure">(-?[0-9.]+)</span>', table)[:3] == ["0.800", "0.400", "0.200"]
    assert 'class="best"' not in table


def test_a_method_without_samples_says_so_in_the_place_of_its_agreement_with_another_seed(tmp_path):
    path = study_file(tmp_path)
    told = json.loads((tmp_path / "sample.study.json").read_text(encoding="utf-8"))
    told["methods"][0] |= {"draws": False}
    told["methods"][1] |= {"draws": True} | {f"seeds.spearman{end}": 0.42 for end in ("", ".low", ".high")}
    (tmp_path / "sample.study.json").write_text(json.dumps(told), encoding="utf-8")
    inputs = small_run(tmp_path) | {"study": [path]}
    text = render(gather(inputs, tmp_path / "none", REAL))
    table = re.search(r'<span id="study-evidence-1">.*?</table>', text, re.S)[0]
    cells = dict(re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', table))
    assert cells["occlusion"] == "does not draw" and "0.420" in cells["random"]
    assert "trivial: random segments" not in cells


def test_what_the_matrix_joins_is_measured_by_estimate_label_and_operator(tmp_path):
    table = re.search(r'<span id="study-matrix-1">.*?</table>', page(tmp_path), re.S)[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>(.*?)</tr>', table, re.S)
    number = r'<span class="figure">(-?[0-9.]+)</span>'
    shown = {(estimate, label): re.findall(number, cells) for estimate, label, cells in rows}
    # A figure without an interval, of too few pairs, is not shown, and no row of an estimate that has none.
    assert shown == {
        ("joint occlusion", "similar"): ["1.400", "-0.300"],
        ("Shapley interactions", "similar"): ["0.700"],
        ("joint occlusion", "not similar"): ["0.200"],
    }
    assert [cells.count("–") for *_, cells in rows] == [6, 7, 7]


def test_the_page_counts_what_edits_changed_and_what_they_did_not(tmp_path):
    told = re.search(r"<p>Agreement after edits: (.*?)</p>", page(tmp_path))[1]
    assert "final mark added or removed 41, space between Chinese and Latin characters 7, no edit applies 12;" in told
    assert told.endswith("left out 3.")


def test_the_legend_says_by_what_the_changed_segments_are_counted(tmp_path):
    text = page(tmp_path, **{f"changed.{name}_{k}": 0.5 for name in ("recall", "chance") for k in (1, 3)})
    told = re.search(r"<p>What turned it: (.*?)</p>", text)[1]
    assert "divided by the largest number that is possible there" in told and "is divided by two" in told
    assert "What turned it" not in page(tmp_path)


def test_a_run_without_a_study_says_nothing_of_it(tmp_path):
    text = render(gather(small_run(tmp_path), tmp_path / "none", REAL))
    assert 'id="study"' not in text and "#study" not in text
