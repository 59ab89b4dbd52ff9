"""Which method explains by default: the one whose smallest rationales the judgements of dev follow best."""

import json

import numpy as np
import polars as pl
import pytest
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.base.types import MEASURED
from yiju.config.method import get_method
from yiju.evaluation.study import choose_method
from yiju.explain.attribute_set import method_of
from yiju.explain.attribution import load_method
from yiju.models.measured import read_measured
from yiju.models.predict_pairs import predict_sets

MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 400}
SETTINGS = {"target": "label", "max_length": 32, "average_orders": False, "seed": 1, "bootstrap": 100}


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    """Judged pairs, the last of them twice, before a model whose scores are far apart."""
    folder = tmp_path_factory.mktemp("choose")
    rows = [{"item": str(n), "q": q, "t": t} for n, (q, t, _) in enumerate([*PAIRS[:24], PAIRS[23]])]
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)), folder / "items.parquet", tables.ITEMS)
    model, _ = classifier(folder / "model", marker=True)
    model.save_pretrained(folder / "model")
    write_json(folder / "calibration.json", {"temperature": 1.0, "margin": 0.0})
    items, model, calibration = (str(folder / name) for name in ("items.parquet", "model", "calibration.json"))
    own = {"max_length": 32, "average_orders": False, "swap": [False]}
    predict_sets([items], model, calibration, own, [str(folder / "scores.parquet")], **MACHINE)
    return folder


def chosen(folder, **candidates):
    names = {
        name: {"method": method} | get_method(method).options(**options).model_dump()
        for name, (method, options) in candidates.items()
    }
    paths = [str(folder / "items.parquet"), str(folder / "scores.parquet"), [str(folder / "model")]]
    out = str(folder / "explanation.json")
    choose_method.choose_method(
        *paths, str(folder / "calibration.json"), SETTINGS | {"candidates": names}, out, **MACHINE
    )
    return json.loads((folder / "explanation.json").read_text(encoding="utf-8"))


def test_the_file_names_the_method_that_the_workflow_and_the_model_folder_take(dev):
    found = chosen(dev, deleting=("occlusion", {}), chance=("random", {}))
    known = read_measured(found, "explanation.json")
    assert known.name in found["candidates"]
    assert method_of({"method": MEASURED}, str(dev / "explanation.json")) == known.method
    assert method_of({"method": "lime"}, None) == {"method": "lime"}


def test_a_candidate_that_does_not_fit_the_model_is_left_out(dev, monkeypatch, caplog):
    monkeypatch.setattr(load_method("deeplift"), "supports", lambda model: "deeplift wants another model")
    caplog.set_level("INFO", "yiju.evaluation.study.choose_method")
    found = chosen(dev, lifting=("deeplift", {}), chance=("random", {}))
    assert found["candidates"].keys() == {"chance"}
    assert "lifting is left out: deeplift wants another model" in caplog.messages
    with pytest.raises(YijuError, match=r"deeplift wants another model; .*explain\.candidates"):
        chosen(dev, lifting=("deeplift", {}))


def test_each_candidate_is_measured_for_the_labels_that_there_are(dev):
    found = chosen(dev, deleting=("occlusion", {}), chance=("random", {}))
    labels = tables.read(dev / "scores.parquet", tables.SCORES)["label"][:24]
    there = {word for label, word in choose_method.LABELS.items() if (labels == label).any()}
    for own in found["candidates"].values():
        assert own.keys() == there
        counts = {word: int((labels == label).sum()) for label, word in choose_method.LABELS.items()}
        assert all(one["pairs"] == counts[word] for word, one in own.items())
        figures = [one[name] for one in own.values() for name in ("kept", "selected")]
        assert all(0 <= one["low"] <= one["value"] <= one["high"] <= 1 for one in figures)


def test_the_best_one_is_taken_whatever_the_order(dev, monkeypatch):
    """Made figures: the second candidate is better in each by more than chance."""

    def made(trial, method, _):
        values = np.full(len(trial.labels), 0.5 if method["method"] == "occlusion" else 0.1)
        values += np.linspace(-0.01, 0.01, len(values))
        metrics = [*choose_method.FIGURES.values(), "one_sided.beyond_random.mask", "alone.beyond_random.mask"]
        return dict.fromkeys(metrics, values)

    monkeypatch.setattr(choose_method, "_measured", made)
    first = chosen(dev, chance=("random", {}), deleting=("occlusion", {}))
    second = chosen(dev, deleting=("occlusion", {}), chance=("random", {}))
    assert first["name"] == second["name"] == "deleting"
    assert first == second


def test_at_most_so_many_pairs_of_each_label_are_drawn(dev, monkeypatch):
    monkeypatch.setattr(choose_method, "PAIRS", 3)
    found = chosen(dev, deleting=("occlusion", {}))
    assert all(own["pairs"] <= 3 for own in found["labels"].values())
