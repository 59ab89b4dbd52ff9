"""The comparison of methods on small tables made by hand."""

import json

import numpy as np
import polars as pl
import pytest

from yiju import tables
from yiju.study.compare import compare_methods

METHODS, MEMBERS = ["a", "b"], ["0", "1"]
CRITERIA = ("aopc_comprehensiveness.mask", "aopc_sufficiency.mask")
# Three items: three segments on one side, two on the other; one segment in all; an original's form.
SEGMENTS = [("甲乙丙", "丁戊"), ("己", ""), ("甲乙", "丁")]


def items(folder):
    rows = [
        {"item": str(n), "q": q, "t": t, "q_segments": list(q), "t_segments": list(t)}
        for n, (q, t) in enumerate(SEGMENTS)
    ]
    rows[0] |= {"kind": "ori", "related": ["2"]}
    rows[2] |= {"kind": "disturb"}
    tables.write(pl.DataFrame(rows, schema=tables.ITEMS), folder / "items.parquet", tables.ITEMS)
    return str(folder / "items.parquet")


def attributions(path, scores):
    """scores: of all segments, item by item, q before t."""
    places = [
        {"item": str(n), "side": side, "unit": "segment", "index": index, "text": text}
        for n, sides in enumerate(SEGMENTS)
        for side, texts in zip("qt", sides, strict=True)
        for index, text in enumerate(texts)
    ]
    rows = [place | {"score": float(score)} for place, score in zip(places, scores, strict=True)]
    # What is no segment counts for nothing.
    rows.append(rows[0] | {"unit": "token", "score": 99.0})
    tables.write(pl.DataFrame(rows, schema=tables.ATTRIBUTIONS), path, tables.ATTRIBUTIONS)
    return str(path)


def studied(path, found):
    """found: by method and metric the values by item."""
    rows = [
        {"method": method, "item": item, "metric": metric, "value": value}
        for method, metrics in found.items()
        for metric, values in metrics.items()
        for item, value in values.items()
    ]
    tables.write(pl.DataFrame(rows, schema=tables.STUDIED), path, tables.STUDIED)
    return str(path)


def seconds(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def criteria(value):
    return {metric: dict.fromkeys("012", value) for metric in CRITERIA}


SCORES = {
    "a": [[5, 4, 3, 2, 1, 7, 1, 2, 3], [5, 4, 3, 2, 1, 8, 3, 2, 1]],
    "b": [[1, 2, 3, 4, 5, 9, 1, 2, 3], [5, 4, 3, 2, 1, 9, 1, 2, 3]],
}
RANDOM = {"a": [1, 2, 3, 4, 5, 1, 1, 2, 3], "b": [1, 2, 3, 4, 5, 1, 2, 1, 3]}


def compared(folder, tau, members=2):
    """tau: of methods a and b by both members, by item."""
    chosen = MEMBERS[:members]
    pairs = [(method, member) for method in METHODS for member in range(members)]
    settings = {
        "set": "S",
        "methods": METHODS,
        "members": chosen,
        "select": {"by": "count", "value": 1},
        "bootstrap": 100,
        "seed": 1,
    }
    compare_methods(
        items(folder),
        [
            studied(folder / f"{method}{member}", {method: criteria(0.5) | {"loo_tau.mask": tau[method][member]}})
            for method, member in pairs
        ],
        [
            studied(folder / f"trivial{member}", {"trivial_random": criteria(0.1 * member) | {"map": {"2": 0.5}}})
            for member in range(members)
        ],
        [attributions(folder / f"{method}{member}.parquet", SCORES[method][member]) for method, member in pairs],
        [attributions(folder / f"{method}.random.parquet", RANDOM[method]) for method in METHODS],
        [
            seconds(folder / f"{method}{member}.json", {"a": 3.0, "b": 0.3}[method] * (1 + member))
            for method, member in pairs
        ],
        settings,
        str(folder / "study.json"),
    )
    return json.loads((folder / "study.json").read_text(encoding="utf-8"))


TAU = {
    "a": [{"0": 0.2, "1": None, "2": 0.4}, {"0": 0.6, "1": None, "2": None}],
    "b": [{"0": 0.1, "1": None, "2": 0.1}, {"0": 0.1, "1": None, "2": 0.1}],
}


def test_figures_are_means_over_members_and_then_over_the_items_that_have_one(tmp_path):
    a, b, chance = compared(tmp_path, TAU)["methods"]
    # Item 0: .4 of both members; item 2: .4 of the one that has it.
    assert (a["loo_tau.mask"], a["loo_tau.mask.items"]) == (0.4, 2)
    # Two items that say the same are no proof of it.
    assert -1 <= a["loo_tau.mask.low"] < 0.1 < 0.9 < a["loo_tau.mask.high"] <= 1
    assert b["loo_tau.mask"] == 0.1
    assert (chance["method"], chance["trivial"]) == ("trivial_random", True)
    assert chance["aopc_sufficiency.mask"] == 0.05
    assert (chance["map"], chance["map.items"]) == (0.5, 1)
    # 3 and 6 seconds for three items.
    assert (a["seconds_per_pair"], b["seconds_per_pair"]) == (1.5, 0.15)


def test_agreement_is_that_of_rankings_and_selections(tmp_path):
    found = compared(tmp_path, TAU)
    a, b, _ = found["methods"]
    # Of random weights: the first member of a, turned round in item 0 and the same in item 2; b, the same, and .5.
    assert (a["randomisation"], a["randomisation.items"]) == (0.0, 2)
    assert b["randomisation"] == 0.75
    # Members of a: the same in item 0, turned round in item 2 on q (of three segments: 1 2 3 against 3 2 1).
    assert a["members.spearman"] == 0.0
    # One segment a side: both the same; the same; q another, t the only one: 1 of 3.
    assert a["members.jaccard"] == pytest.approx((1 + 1 + 1 / 3) / 3, abs=1e-6)
    methods, members = found["agreement"]["methods"], found["agreement"]["members"]
    assert methods["names"] == METHODS
    # Member 0: -1 and 1; member 1: 1 and -1.
    assert methods["spearman"] == [[1.0, 0.0], [0.0, 1.0]]
    # a: 1 and -1; b: -1 and 1.
    assert members["spearman"] == [[1.0, 0.0], [0.0, 1.0]]
    assert np.shape(members["jaccard.low"]) == (2, 2)


def test_what_random_weights_do_not_change_is_not_recommended_however_cheap(tmp_path):
    best = compared(tmp_path, TAU)["recommended"]
    assert best["method"] == "a"
    assert best["randomised"] == {"b": 0.75}


def test_one_member_agrees_with_nobody(tmp_path):
    found = compared(tmp_path, TAU, members=1)
    assert "members.spearman" not in found["methods"][0]
    assert found["agreement"]["members"]["spearman"] == [[1.0]]
    assert found["methods"][0]["loo_tau.mask"] == 0.3
