"""The section on variants."""

import json
import re

import pytest
from unit.report.small_run import REAL, small_run

from yiju.report.page import gather, render
from yiju.report.sections.variants_section import read_variants

CHANGES = [
    {"key": "encoder.match_marker", "base": "auto", "variant": False},
    {"key": "posttrain.dictionary", "base": None, "variant": "<b>words</b>.txt"},
]


def measured(mean, pairs, seeds):
    return {"mean": mean, "by_seed": [mean - 0.01, mean + 0.01], "over_pairs": pairs, "over_seeds": seeds}


def variants_file(folder, sets=("dev", "test"), seeds=2, names=("better", "worse", "unclear")):
    over_seeds = {"better": [0.005, 0.035], "worse": [-0.03, -0.01], "unclear": [-0.2, 0.22]}
    over_pairs = {"better": [0.01, 0.03], "worse": [-0.03, -0.01], "unclear": [0.005, 0.015]}
    ensemble = {"accuracy.model": 0.8, "accuracy.model.low": 0.75, "accuracy.model.high": 0.85, "ece": 0.05}
    base = {"variant": "base", "members": {}, "accuracy": measured(0.8, [0.75, 0.85], None), "ensemble": ensemble}
    rows = [base | {"difference": None}]
    for name in names:
        mean = sum(over_pairs[name]) / 2
        difference = measured(mean, over_pairs[name], over_seeds[name] if seeds > 1 else None)
        rows.append(base | {"variant": name, "difference": difference})
    compared = [{"set": name, "labelled": 1000, "pairs": 990, "variants": rows} for name in sets]
    listed = [{"variant": "base", "changes": []}, *({"variant": name, "changes": CHANGES} for name in names)]
    path = folder / "variants.json"
    path.write_text(json.dumps({"seeds": seeds, "folds": 1, "variants": listed, "sets": compared}), encoding="utf-8")
    return path


def page(tmp_path, **changes):
    path = variants_file(tmp_path, **changes)
    inputs = small_run(tmp_path) | {"variants": [str(path)]}
    return render(gather(inputs, tmp_path / "none", REAL))


def row(text, name):
    return re.search(rf'<tr><th scope="row">{name}</th><td>80.*?</tr>', text)[0]


def test_a_difference_counts_where_every_interval_lies_on_one_side_of_nothing(tmp_path):
    rows = {one.name: one for one in read_variants(variants_file(tmp_path)).sets[0].rows}
    with_one_seed = {one.name: one for one in read_variants(variants_file(tmp_path, seeds=1)).sets[0].rows}

    signs = {name: one.difference.sign for name, one in rows.items() if one.difference}
    assert signs == {"better": "above", "worse": "below", "unclear": "level"}
    assert with_one_seed["unclear"].difference.sign == "above"


def test_the_page_tells_what_variants_change_and_how_far_they_lie_from_the_base(tmp_path):
    text = page(tmp_path)

    assert '<a href="#variants">' in text
    assert '<td class="text">encoder.match_marker</td>' in text
    assert "<code>&#34;auto&#34;</code>" in text
    cells = [re.sub(r"<span class=.track.*", "", cell) for cell in row(text, "better").split("<td")]
    assert "▲</span> +2.00</td>" in cells[2]
    assert [cell.lstrip(">") for cell in cells[3:5]] == ["[+1.00, +3.00]", "[+0.50, +3.50]"]
    assert "▼</span> -2.00" in row(text, "worse")
    assert "≈</span> +1.00" in row(text, "unclear")
    assert "repeated with 2 seeds" in text
    assert "With 6 differences here" in text


def test_what_a_user_wrote_is_escaped(tmp_path):
    text = page(tmp_path)

    assert "&lt;b&gt;words" in text
    assert "<b>words" not in text


def test_with_one_seed_the_page_says_that_nothing_is_known_of_others(tmp_path):
    text = page(tmp_path, seeds=1)

    assert "with one seed only" in text
    assert "over 1 seeds" not in text
    assert "<td>[+1.00, +3.00]" in row(text, "better") and "+3.50" not in row(text, "better")


def test_the_bars_have_the_base_in_their_middle_and_reach_as_far_as_the_widest(tmp_path):
    (compared, _) = read_variants(variants_file(tmp_path)).sets
    assert compared.reach == pytest.approx(1.08 * 0.03)
    text = page(tmp_path)
    (better, worse) = (
        re.findall(r'class="dot ours" style="left:([\d.]+)%', row(text, one)) for one in ("better", "worse")
    )
    assert better[0] == "80.86" and worse[0] == "19.14"


def test_a_run_without_variants_says_nothing_of_them(tmp_path):
    text = render(gather(small_run(tmp_path), tmp_path / "none", REAL))

    assert 'id="variants"' not in text
    assert "#variants" not in text
