"""The comparison of methods on small tables made by hand."""

import json

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.evaluation.study.compare_methods import compare_methods
from yiju.evaluation.study.recommend import CRITERIA
from yiju.models.scores import score_table

METHODS, MEMBERS = ["a", "b"], ["0", "1"]
FIGURES = [f"{metric}.{removal}" for metric, own in CRITERIA.items() for removal in own]
MATRICES = [f"{measure}{end}" for measure in ("spearman", "jaccard") for end in ("", ".low", ".high")]
# Three items: three segments on one side, two on the other; one segment in all; an original's form.
SEGMENTS = [("甲乙丙", "丁戊"), ("己", ""), ("甲乙", "丁")]


def items(folder):
    rows = [
        {"item": str(n), "q": q, "t": t, "q_segments": list(q), "t_segments": list(t)}
        for n, (q, t) in enumerate(SEGMENTS)
    ]
    rows[0] |= {"kind": "ori", "related": ["2"]}
    rows[2] |= {"kind": "disturb"}
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)), folder / "items.parquet", tables.ITEMS)
    return str(folder / "items.parquet")


def scores(folder):
    """The first and the last item are judged similar."""
    logits = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    path = folder / "scores.parquet"
    tables.write(score_table(list("012"), logits, 0.0, np.zeros(3, bool)), path, tables.SCORES)
    return str(path)


def attributions(path, values, errors=None):
    """values, errors: of all segments, item by item, q before t, None of one that was not read; or none at all."""
    places = [
        {"item": str(n), "side": side, "index": index, "start": index, "end": index + 1, "text": text}
        for n, sides in enumerate(SEGMENTS)
        for side, texts in zip("qt", sides, strict=True)
        for index, text in enumerate(texts)
    ]
    rows = [
        place | {"score": score, "error": error}
        for place, score, error in zip(places if values else [], values, errors or [0.0] * len(values), strict=True)
    ]
    table = pl.DataFrame(rows, schema=pl.Schema(tables.ATTRIBUTIONS), strict=False)
    tables.write(table, path, tables.ATTRIBUTIONS)
    return str(path)


def randomised(folder, method, there):
    """Scores with all weights drawn anew, and of the first item with the classifier's, where the method fits."""
    paths = [folder / f"{method}.{step}" for step in ("all", "classifier")]
    parts = [tables.empty(tables.RANDOMISED)]
    for path, values in zip(paths, (RANDOM[method], SCORES[method][0]), strict=True):
        own = tables.read(attributions(path, values if there else []), tables.ATTRIBUTIONS)
        own = own.filter(pl.lit(path.suffix == ".all") | (pl.col("item") == "0"))
        parts.append(own.select(pl.lit(path.suffix[1:]).alias("step"), "item", "side", "index", "score"))
    path = folder / f"{method}.random.parquet"
    tables.write(pl.concat(parts), path, tables.RANDOMISED)
    return str(path)


def edited(folder, method, there):
    """The scores turned round in the first item, which lost its last segment, and in the last one, judged otherwise."""
    path, values = folder / f"{method}.edited.parquet", [1, 2, 3, 4, 9, 7, 3, 2, 1]
    own = tables.read(attributions(path, values if there else []), tables.ATTRIBUTIONS)
    facts = {"item": ["0", "2"], "edit": ["final_mark", "half_width"], "kept": [True, False]}
    own = own.join(pl.DataFrame(facts), on="item", maintain_order="left").filter(pl.col("score") < 9)
    tables.write(own.select(*tables.EDITED.names), path, tables.EDITED)
    return str(path)


def turned(folder, method, there):
    """Two pairs of one sentence, in which a finds what changed first and b does not, and one that changed nowhere."""
    path = folder / f"{method}.turned.parquet"
    scores = {"a": [9.0, 1, 2, 3, 4, None], "b": [1.0, 9, 8, 7, None, 0]}[method]
    rows = [
        {"item": item, "category": "negation", "parent": "p", "side": "qt"[place > 2], "index": place % 3}
        | {"score": score, "changed": item != "2" and place in (0, 3)}
        for item in "012"
        for place, score in enumerate(scores)
    ]
    tables.write(pl.DataFrame(rows if there else [], schema=pl.Schema(tables.TURNED)), path, tables.TURNED)
    return str(path)


def studied(path, found):
    """found: by method and metric the values by item."""
    rows = [
        {"method": method, "item": item, "metric": metric, "value": value}
        for method, metrics in found.items()
        for metric, values in metrics.items()
        for item, value in values.items()
    ]
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.STUDIED)), path, tables.STUDIED)
    return str(path)


def seconds(path, value):
    """value: seconds, or why a method does not fit."""
    told = {"left_out": value} if isinstance(value, str) else {"seconds": value}
    path.write_text(json.dumps(told), encoding="utf-8")
    return str(path)


def figures(value):
    return {metric: dict.fromkeys("012", value) for metric in FIGURES}


# Of all members together, then of each one's own judgement.
SCORES = {
    "a": [[5, 4, 3, 2, 1, 7, 1, 2, 3], [5, 4, 3, 2, 1, 7, 1, 2, 3], [5, 4, 3, 2, 1, 8, 3, 2, 1]],
    "b": [[5, 4, 3, 2, 1, 9, 3, 2, 1], [1, 2, 3, 4, 5, 9, 1, 2, 3], [5, 4, 3, 2, 1, 9, 1, 2, 3]],
}
RANDOM = {"a": [1, 2, 3, 4, 5, 1, 1, 2, 3], "b": [5, 4, 3, 2, 1, 1, 3, 1, 2]}
TAU = {"a": {"0": 0.2, "1": None, "2": 0.6}, "b": {"0": 0.1, "1": None, "2": 0.1}}


def compared(folder, members=2, own=0.5, costs=(3.0, 0.3), together=None, again=((), ())):
    """own: what the figures made for pairs are of both methods, or by method and figure their values by item; costs:
    seconds by method, or why it does not fit: then all its tables are empty; again: scores and errors by method with
    another seed."""
    fits = {name: not isinstance(cost, str) for name, cost in zip(METHODS, costs, strict=True)}
    together = together or {method: SCORES[method][0] for method in METHODS}
    settings = {
        "set": "S",
        "methods": METHODS,
        "members": MEMBERS[:members],
        "select": {"by": "count", "value": 1},
        "target": "label",
        "bootstrap": 100,
        "seed": 1,
    }
    of_methods = own if isinstance(own, dict) else dict.fromkeys(METHODS, figures(own))
    compare_methods(
        items(folder),
        scores(folder),
        [
            studied(folder / method, {method: of_methods[method] | {"loo_tau.mask": TAU[method]}} if there else {})
            for method, there in fits.items()
        ],
        studied(folder / "trivial", {"trivial_random": figures(0.05) | {"map": {"2": 0.5}}}),
        [studied(folder / "matrix", {"matrix": {"gradients.links.mask": {"0": 1.5, "1": None, "2": -3.0}}})],
        [attributions(folder / f"{method}.parquet", together[method] if fits[method] else []) for method in METHODS],
        [
            attributions(folder / f"{method}{member}.parquet", SCORES[method][1 + member] if fits[method] else [])
            for method in METHODS
            for member in range(members)
            if members > 1
        ],
        [randomised(folder, method, fits[method]) for method in METHODS],
        [
            attributions(folder / f"{method}.again.parquet", *(values if fits[method] and values else [[]]))
            for method, values in zip(METHODS, again, strict=True)
        ],
        [edited(folder, method, fits[method]) for method in METHODS],
        [turned(folder, method, fits[method]) for method in METHODS],
        [seconds(folder / f"{method}.json", cost) for method, cost in zip(METHODS, costs, strict=True)],
        settings,
        str(folder / "study.json"),
    )
    return json.loads((folder / "study.json").read_text(encoding="utf-8"))


def test_figures_are_means_over_the_items_that_have_one(tmp_path):
    a, b, chance = compared(tmp_path)["methods"]
    assert (a["loo_tau.mask"], a["loo_tau.mask.items"]) == (0.4, 2)
    # Two items are no proof of it.
    assert -1 <= a["loo_tau.mask.low"] < 0.1 < 0.9 < a["loo_tau.mask.high"] <= 1
    assert b["loo_tau.mask"] == 0.1
    assert (chance["method"], chance["trivial"]) == ("trivial_random", True)
    assert chance["alone.beyond_random.mask"] == 0.05
    assert (chance["map"], chance["map.items"]) == (0.5, 1)
    # 3 and 0.3 seconds for three items.
    assert (a["seconds_per_pair"], b["seconds_per_pair"]) == (1.0, 0.1)


def test_figures_of_the_matrix_stand_apart_by_label_and_over_the_items_that_have_one(tmp_path):
    found = compared(tmp_path)
    # Items 0 and 2 are judged similar, and of the other one the figure is not known.
    key = "gradients.links.mask.similar"
    assert (found["matrix"][key], found["matrix"][f"{key}.items"]) == (-0.75, 2)
    assert {one.rsplit(".", 1)[0] for one in found["matrix"] if one != key} == {key}
    assert [row["method"] for row in found["methods"]] == ["a", "b", "trivial_random"]


WHY = "a reads what this model lacks"


@pytest.mark.parametrize("members", [1, 2])
def test_a_method_that_does_not_fit_the_model_is_left_out_and_the_reason_said(tmp_path, members, caplog):
    whole = compared(tmp_path, members)
    with caplog.at_level("INFO", "yiju.evaluation.study.compare_methods"):
        found = compared(tmp_path, members, costs=(WHY, 0.3))
    assert (whole["left_out"], found["left_out"]) == ({}, {"a": WHY})
    assert found["methods"] == whole["methods"][1:]
    assert found["agreement"]["methods"]["names"] == ["b"]
    assert found["recommended"]["fails"].keys() == {"b"}
    assert f"a is left out: {WHY}" in caplog.messages
    # The members are the same, their agreement that of the one method that is left.
    assert found["agreement"]["members"]["names"] == whole["agreement"]["members"]["names"]


def test_a_study_in_which_no_method_fits_says_what_to_do(tmp_path):
    with pytest.raises(YijuError, match=r"a reads what .*; b too; .*study\.methods"):
        compared(tmp_path, costs=(WHY, "b too"))
    assert not (tmp_path / "study.json").exists()


def test_figures_made_for_pairs_are_told_of_either_label_too(tmp_path):
    own = dict.fromkeys(METHODS, figures(0.5) | {"one_sided.beyond_random.mask": {"0": 0.2, "1": -0.4, "2": 0.8}})
    found = compared(tmp_path, own=own)["methods"][0]
    assert found["one_sided.beyond_random.mask"] == 0.2
    assert found["one_sided.beyond_random.mask.similar"] == 0.5
    assert found["one_sided.beyond_random.mask.not_similar"] == -0.4
    assert found["one_sided.beyond_random.mask.similar.items"] == 2
    for end in ("low", "high"):
        assert f"one_sided.beyond_random.mask.similar.{end}" in found
    # What was not made for pairs has no figures by label.
    assert "loo_tau.mask.similar" not in found


def test_agreement_is_that_of_rankings_and_selections(tmp_path):
    found = compared(tmp_path)
    a, b, _ = found["methods"]
    # Of random weights: those of a turned round in item 0 and the same in item 2; those of b the same, and .5.
    assert (a["randomisation"], a["randomisation.items"]) == (1.0, 2)
    assert b["randomisation"] == 0.75
    assert 0 <= b["randomisation.low"] <= 0.75 <= b["randomisation.high"] <= 1
    # A new classifier changes nothing here, and only the first item was looked at.
    assert (a["randomisation.classifier"], a["randomisation.classifier.items"]) == (1.0, 1)
    # By chance: of three segments 2/3, of five 3/8 (the mean over all rankings), over few draws.
    assert 0.3 < a["randomisation.chance"] < 0.8 and a["randomisation.chance.items"] == 2
    # Members of a: the same in item 0, turned round in item 2 on q (of three segments: 1 2 3 against 3 2 1).
    assert a["members.spearman"] == 0.0
    # One segment a side: both the same; the same; q another, t the only one: 1 of 3.
    assert a["members.jaccard"] == pytest.approx((1 + 1 + 1 / 3) / 3, abs=1e-6)
    methods, members = found["agreement"]["methods"], found["agreement"]["members"]
    assert methods["names"] == METHODS
    # What all members together are explained by: the same in item 0, turned round in item 2.
    assert methods["spearman"] == [[1.0, 0.0], [0.0, 1.0]]
    assert methods["jaccard"][0][1] == pytest.approx((1 + 1 + 1 / 3) / 3, abs=1e-6)
    # a: 1 and -1; b: -1 and 1.
    assert members["spearman"] == [[1.0, 0.0], [0.0, 1.0]]
    assert np.shape(members["jaccard.low"]) == (2, 2)


def test_seeds_agree_by_rank_and_by_the_first_three(tmp_path):
    """Of b: the same ranks in item 0 but for the first two, the same in item 2, and one segment in item 1."""
    scores = [4, 5, 3, 2, 1, 9, 3, 2, 1]
    _, b, trivial = (found := compared(tmp_path, again=((), [scores])))["methods"]
    assert (b["seeds.spearman"], b["seeds.spearman.items"]) == (pytest.approx((0.9 + 1) / 2), 2)
    assert (b["seeds.first_three"], b["seeds.first_three.items"]) == (1.0, 3)
    assert (b["draws"], "draws" in trivial) == (True, False)
    # What draws nothing is not measured.
    assert not found["methods"][0]["draws"]
    assert not [key for key in found["methods"][0] if key.startswith("seeds")]


@pytest.mark.parametrize(("error", "agrees", "tied"), [(0.0, 2 / 3, 0), (0.1, 2 / 3, 0), (1.0, 1.0, 1 / 3)])
def test_ranks_that_errors_do_not_tell_apart_disagree_with_nobody(tmp_path, error, agrees, tied):
    """In item 0 the third and the fourth change places; only where their errors are small, this is another answer."""
    scores, errors = [5, 4, 2, 3, 1, 9, 3, 2, 1], [0.0, 0.0, error, error, *[0.0] * 5]
    found = compared(tmp_path, again=((), (scores, errors)))["methods"][1]
    assert found["seeds.first_three"] == pytest.approx(agrees, abs=1e-5)
    assert found["seeds.tied"] == pytest.approx(tied, abs=1e-5)


def test_scores_after_edits_count_where_the_judgement_stays_and_on_the_segments_that_stay(tmp_path):
    found = compared(tmp_path)
    assert found["edits"] == {"changed": {"final_mark": 1, "half_width": 1}, "unchanged": 1, "turned": 1}
    for row in found["methods"][:2]:
        assert (row["edits.spearman"], row["edits.spearman.items"]) == (-1.0, 1)
    # Where the first method does not fit, its table counts nothing.
    assert compared(tmp_path, costs=(WHY, 0.3))["edits"] == found["edits"]


def test_segments_that_were_not_read_do_not_count_in_agreement(tmp_path):
    # The last segment of item 0, by which the methods would differ.
    together = {"a": [5, 4, 3, 2, None, 7, 1, 2, 3], "b": [5, 4, 3, 2, None, 9, 1, 2, 3]}
    found = compared(tmp_path, together=together)
    assert found["agreement"]["methods"]["spearman"] == [[1.0, 1.0], [1.0, 1.0]]


def test_seconds_decide_nothing(tmp_path):
    first, second = (compared(tmp_path, costs=costs) for costs in ((300.0, 0.003), (0.003, 300.0)))
    assert [row.get("seconds_per_pair") for row in first["methods"]] == [100.0, 0.001, None]
    assert first["recommended"] == second["recommended"]
    assert first["agreement"] == second["agreement"]


def test_one_member_agrees_with_nobody(tmp_path):
    found = compared(tmp_path, members=1)
    assert "members.spearman" not in found["methods"][0]
    assert found["agreement"]["members"] == {"names": []} | {key: [] for key in MATRICES}
    assert found["methods"][0]["loo_tau.mask"] == 0.4


def test_known_reasons_are_looked_for_among_the_highest_scores(tmp_path):
    a, b, chance = compared(tmp_path)["methods"]
    # Of a, the changed segments have ranks 1 and 3; of b, 5 and 4.
    assert (a["changed.recall_1"], a["changed.recall_3"], a["changed.recall_1.items"]) == (1.0, 1.0, 2)
    assert (b["changed.recall_1"], b["changed.recall_3"]) == (0.0, 0.5)
    # Three of six segments are looked at, of which two changed.
    assert a["changed.chance_3"] == 0.5
    assert a["changed.chance_1"] == pytest.approx(1 / 3)
    assert "changed.recall_1" not in chance
