"""Metrics of a set: known answers on a handful of items."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from merged import write_merged
from sklearn.metrics import roc_auc_score

from yiju.base import tables
from yiju.data.overlap import fit
from yiju.evaluation.predictions import evaluate_predictions
from yiju.evaluation.rationales import evaluate_rationales
from yiju.models import lexical_baseline
from yiju.models.lexical_baseline import fit_overlap_baseline

RESAMPLING = {"seed": 1, "bootstrap": 100}
RATIONALES = RESAMPLING | {"gold_sets": "best", "last_original": None, "submitted": True}


def items(path, labels, gold=None, **columns):
    count = len(labels)
    base = {
        "item": [str(index) for index in range(count)],
        "q": ["花呗怎么开"] * count,
        "t": ["怎么开花呗"] * (count - 1) + ["天气"],
        "label": labels,
        "q_segments": [list("花呗怎么开")] * count,
        "t_segments": [list("怎么开花呗")] * (count - 1) + [list("天气")],
        "kind": [None] * count,
        "related": [[]] * count,
        "q_gold": [gold] * count,
        "t_gold": [gold] * count,
    } | columns
    tables.write(pl.DataFrame(base, schema=pl.Schema(tables.ITEMS)), path, tables.ITEMS)
    return str(path)


def scores(path, labels, probability=0.5, **orders):
    columns = {"item": [str(index) for index in range(len(labels))], "logit_0": 0.0, "logit_1": 0.0}
    columns |= {
        "swapped_0": None,
        "swapped_1": None,
        "probability": probability,
        "label": labels,
        "truncated": False,
        "unknown": 1,
    }
    tables.write(pl.DataFrame(columns | orders, schema=pl.Schema(tables.SCORES)), path, tables.SCORES)
    return str(path)


@pytest.fixture
def calibration(tmp_path):
    (tmp_path / "calibration.json").write_text('{"temperature": 2.0, "margin": 0.5}')
    return str(tmp_path / "calibration.json")


@pytest.fixture
def overlap(tmp_path):
    same, other = (("L", "train", q, "怎么开花呗", label) for q, label in (("花呗怎么开", 1), ("天气好", 0)))
    write_merged(tmp_path / "pairs.parquet", [same, other] * 10)
    folds = {"pair": range(20), "group": range(20), "fold": [-1] * 20}
    tables.write(pl.DataFrame(folds, schema=pl.Schema(tables.FOLDS)), tmp_path / "folds.parquet", tables.FOLDS)
    out = str(tmp_path / "overlap.json")
    fit_overlap_baseline(str(tmp_path / "pairs.parquet"), str(tmp_path / "folds.parquet"), out)
    return out


def test_of_very_many_pairs_the_baseline_is_fitted_on_every_so_manieth(tmp_path, overlap, monkeypatch):
    whole = Path(overlap).read_text()
    monkeypatch.setattr(lexical_baseline, "MOST", 7)
    files = [str(tmp_path / name) for name in ("pairs.parquet", "folds.parquet", "some.json")]
    fit_overlap_baseline(*files)
    rows = tables.read(files[0], tables.MERGED)[::3]
    fitted = fit(rows["q"].to_list(), rows["t"].to_list(), rows["label"].to_list())
    assert Path(files[2]).read_text() == fitted.to_json() != whole


def test_accuracies_stand_beside_the_baseline_and_the_majority(tmp_path, overlap, calibration):
    path = items(tmp_path / "i.parquet", [1, 1, 1, None, 0])
    out, judged = tmp_path / "m.json", tmp_path / "j.parquet"
    said = scores(tmp_path / "s.parquet", [1, 1, 0, 0, 1], [0.9, 0.8, 0.3, 0.1, 0.7])
    evaluate_predictions(path, said, overlap, calibration, RESAMPLING, str(out), str(judged))
    metrics = json.loads(out.read_text())
    assert metrics["labelled"] == 4 and metrics["items"] == 5
    assert metrics["accuracy.model"] == 0.5
    assert metrics["accuracy.overlap"] == 1.0
    assert metrics["accuracy.majority"] == 0.75
    assert metrics["confusion.gold_1.said_0"] == 1 and metrics["confusion.gold_0.said_1"] == 1
    assert metrics["accuracy.model.low"] <= 0.5 <= metrics["accuracy.model.high"]
    assert metrics["margin"] == 0.5
    likely = np.array([0.9, 0.8, 0.3, 0.3])
    assert metrics["nll"] == pytest.approx(-np.log(likely).mean(), abs=1e-6)
    assert metrics["brier"] == pytest.approx(((1 - likely) ** 2).mean(), abs=1e-6)
    # So few pairs are one bin.
    assert metrics["ece"] == pytest.approx(abs((0.9 + 0.8 + 0.3 + 0.7) / 4 - 3 / 4), abs=1e-6)
    assert 0 < metrics["ece.calibrated"] < metrics["ece.calibrated.high"] < 1
    # Two of three are found, and one of the three that are called similar is not.
    assert metrics["f1.model"] == pytest.approx(2 / 3, abs=1e-6) and metrics["f1.overlap"] == 1.0
    assert metrics["f1.overlap.low"] < 0.9
    # 0.9 and 0.8 are above the 0.7 of the pair that is not similar, 0.3 is below.
    assert metrics["roc_auc.model"] == pytest.approx(2 / 3, abs=1e-6)
    assert metrics["average_precision.model"] == pytest.approx((1 + 1 + 3 / 4) / 3, abs=1e-6)
    assert metrics["mcc.model"] == pytest.approx(-1 / 3, abs=1e-6)
    # Of two distinct pairs nothing can be concluded.
    assert "roc_auc.model.low" not in metrics and "mcc.model.low" not in metrics
    assert tables.read(judged, tables.JUDGED)["gold"].to_list() == [1, 1, 1, None, 0]


def test_what_one_label_does_not_define_is_null(tmp_path, overlap, calibration):
    path, out = items(tmp_path / "i.parquet", [1] * 8), tmp_path / "m.json"
    said = scores(tmp_path / "s.parquet", [1] * 8, [0.9] * 8)
    evaluate_predictions(path, said, overlap, calibration, RESAMPLING, str(out), str(tmp_path / "j.parquet"))
    metrics = json.loads(out.read_text())
    names = [
        f"{name}.{model}" for name in ("f1", "mcc", "roc_auc", "average_precision") for model in ("model", "overlap")
    ]
    assert {name: metrics[name] for name in names} == dict.fromkeys(names)
    assert not [key for key in metrics if key.startswith(tuple(f"{name}." for name in names))]


def test_of_many_pairs_every_statistic_has_an_interval(tmp_path, overlap, calibration):
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 60)
    chances = np.clip(random.normal(0.3, 0.2, 60) + 0.4 * labels, 0.01, 0.99)
    texts = {"q": [f"第{number}句" for number in range(60)], "t": [f"第{number}句" for number in range(60)]}
    cut = {f"{side}_segments": [None] * 60 for side in "qt"}
    path = items(tmp_path / "i.parquet", labels.tolist(), **texts, **cut)
    said = scores(tmp_path / "s.parquet", (chances > 0.5).astype(int).tolist(), chances.tolist())
    files = [str(tmp_path / name) for name in ("m.json", "j.parquet")]
    evaluate_predictions(path, said, overlap, calibration, RESAMPLING, *files)
    metrics = json.loads(Path(files[0]).read_text())
    for name in ("f1.model", "mcc.model", "roc_auc.model", "average_precision.model"):
        assert metrics[f"{name}.low"] < metrics[name] < metrics[f"{name}.high"]
    assert metrics["roc_auc.model"] == pytest.approx(roc_auc_score(labels, chances), abs=1e-6)


def test_a_set_without_labels_has_counts_only(tmp_path, overlap, calibration):
    path = items(tmp_path / "i.parquet", [None, None])
    out = tmp_path / "m.json"
    said = scores(tmp_path / "s.parquet", [1, 0])
    evaluate_predictions(path, said, overlap, calibration, RESAMPLING, str(out), str(tmp_path / "j.parquet"))
    metrics = json.loads(out.read_text())
    assert metrics == {"items": 2, "labelled": 0, "margin": 0.5, "predicted_similar": 0.5, "truncated": 0, "unknown": 2}


def test_what_the_order_of_the_sentences_changes(tmp_path, overlap, calibration):
    path = items(tmp_path / "i.parquet", [None, None, None, None])
    # The margin is 0.5: two labels turn, one of them by less than the change of the argmax.
    orders = {"logit_1": [1.0, 0.0, 0.4, 2.0], "swapped_0": [0.0] * 4, "swapped_1": [0.3, 0.0, 0.6, 2.0]}
    said = scores(tmp_path / "s.parquet", [1, 0, 0, 1], **orders)
    out = tmp_path / "m.json"
    evaluate_predictions(path, said, overlap, calibration, RESAMPLING, str(out), str(tmp_path / "j.parquet"))
    metrics = json.loads(out.read_text())
    likely, swapped = (1 / (1 + np.exp(-np.array(orders[name]))) for name in ("logit_1", "swapped_1"))
    assert metrics["swap.difference"] == pytest.approx(abs(likely - swapped).mean(), abs=1e-6)
    assert metrics["swap.changed"] == 0.5


def rationales(path, q, t, count):
    lines = [{"item": str(index), "label": 1, "q": q, "t": t} for index in range(count)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def test_rationales_stand_beside_the_trivial_rules(tmp_path):
    related = {"kind": ["ori", "disturb", None], "related": [["1"], [], []]}
    path = items(tmp_path / "i.parquet", [1, 1, 1], gold=[[0, 1]], **related)
    faithful = rationales(tmp_path / "f", [0, 1], [1, 0], 3)
    harmonised = rationales(tmp_path / "h", [0, 1], [], 3)
    evaluate_rationales(path, faithful, harmonised, RATIONALES, str(tmp_path / "m.json"))
    metrics = json.loads((tmp_path / "m.json").read_text())
    assert metrics["faithful.token_f1"] == 1.0 and metrics["faithful.iou_f1"] == 1.0
    assert metrics["harmonised.token_f1"] == 0.5 and metrics["harmonised.iou_f1"] == 0.5
    assert metrics["faithful.map"] == 1.0 and metrics["disturbed_pairs"] == 1
    # All of 5 characters, 2 of them right: 4/7; on the last item's t all of 2: 1.
    assert metrics["trivial_all.token_f1"] == pytest.approx((5 * 4 / 7 + 1) / 6, abs=1e-6)
    assert {name.split(".")[0] for name in metrics if "." in name} == {
        "faithful",
        "harmonised",
        "trivial_all",
        "trivial_shared_first",
        "trivial_random",
        "submission",
        "submission_minus_model",
    }


def test_the_labels_of_the_competitions_file_are_measured_beside_the_models(tmp_path):
    path = items(tmp_path / "i.parquet", [1, 0, 1, None])
    ours = rationales(tmp_path / "f", [0], [0], 4)
    fused = [{"item": str(row), "label": label, "q": [0], "t": [0]} for row, label in enumerate((0, 1, 1, 0))]
    (tmp_path / "h").write_text("".join(json.dumps(line) + "\n" for line in fused), encoding="utf-8")
    evaluate_rationales(path, ours, str(tmp_path / "h"), RATIONALES, str(tmp_path / "m.json"))
    metrics = json.loads((tmp_path / "m.json").read_text())
    # The model's own labels are all 1: two of the three labelled pairs; the fused ones are right for the third alone.
    assert metrics["submission.accuracy"] == pytest.approx(1 / 3, abs=1e-6)
    assert metrics["submission_minus_model"] == pytest.approx(-1 / 3, abs=1e-6)
    assert metrics["submission.accuracy.low"] < 1 / 3 < metrics["submission.accuracy.high"]
    # A split is handed in nowhere.
    evaluate_rationales(path, ours, str(tmp_path / "h"), RATIONALES | {"submitted": False}, str(tmp_path / "m.json"))
    assert not [key for key in json.loads((tmp_path / "m.json").read_text()) if key.startswith("submi")]


def test_a_set_without_gold_and_relations_has_neither_metric(tmp_path):
    path = items(tmp_path / "i.parquet", [None, None])
    both = rationales(tmp_path / "f", [0], [0], 2)
    evaluate_rationales(path, both, both, RATIONALES, str(tmp_path / "m.json"))
    assert json.loads((tmp_path / "m.json").read_text()) == {"items": 2, "gold": 0, "disturbed_pairs": 0}


@pytest.mark.parametrize(("gold_sets", "expected"), [("best", 2 / 3), ("union", 1.0)])
def test_gold_sets_are_joined_where_the_configuration_says_so(tmp_path, gold_sets, expected):
    path = items(tmp_path / "i.parquet", [1, 1], gold=[[0], [1]])
    both = rationales(tmp_path / "f", [0, 1], [0, 1], 2)
    evaluate_rationales(path, both, both, RATIONALES | {"gold_sets": gold_sets}, str(tmp_path / "m.json"))
    found = json.loads((tmp_path / "m.json").read_text())
    assert found["faithful.token_f1"] == pytest.approx(expected, abs=1e-6)
    assert found["faithful.iou_f1"] == 1.0
