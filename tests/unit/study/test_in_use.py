"""How faithful the methods in use are, against the metric itself and against chance."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from toys import PAIRS, classifier

from yiju import tables
from yiju.judge import attribute_set
from yiju.metrics.faithfulness import faithfulness
from yiju.metrics.pairwise import pairwise
from yiju.rationale.faithful import read_segments
from yiju.rationale.layout import choose
from yiju.rationale.sets import with_segments
from yiju.scores import score_table
from yiju.settings.explain import OPTIONS
from yiju.study import in_use
from yiju.study.in_use import LABELS, METRICS, PAIRWISE, REMOVALS, evaluate_faithfulness
from yiju.study.measure import trial_of

MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 400}
COMMON = {"target": "label", "max_length": 32, "seed": 1}
SELECT = {"by": "ratio", "value": 0.5}
METHODS = ["occlusion", "random"]


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    """A set of which two members explain every pair by two methods."""
    folder = tmp_path_factory.mktemp("in_use")
    rows = [{"item": str(n), "q": q, "t": t} for n, (q, t, _) in enumerate([*PAIRS[:40], PAIRS[0]])]
    tables.write(pl.DataFrame(rows, schema=tables.ITEMS), folder / "items.parquet", tables.ITEMS)
    logits = np.random.default_rng(1).normal(size=(len(rows), 2))
    scores = score_table([row["item"] for row in rows], logits, 0.0, np.zeros(len(rows), bool))
    tables.write(scores, folder / "scores.parquet", tables.SCORES)
    for member in "01":
        model, _ = classifier(folder / member, marker=True)
        with torch.no_grad():
            model.classifier.weight.mul_(1 + int(member))
        model.save_pretrained(folder / member)
        for name in METHODS:
            attribute_set(
                *(str(folder / "items.parquet"), str(folder / "scores.parquet"), str(folder / member)),
                COMMON | {"method": {"method": name} | OPTIONS[name]().model_dump()},
                *(str(folder / f"{name}.{member}.parquet"), str(folder / "facts.parquet"), str(folder / "work" / name)),
                **MACHINE,
            )
            for file in (folder / "work" / name).iterdir():
                file.unlink()
    return folder


def measured(folder, members):
    evaluate_faithfulness(
        *(str(folder / "items.parquet"), str(folder / "scores.parquet"), [str(folder / member) for member in members]),
        [str(folder / f"{name}.{member}.parquet") for name in METHODS for member in members],
        COMMON | {"methods": METHODS, "select": SELECT, "bootstrap": 100},
        str(folder / "out.json"),
        **MACHINE,
    )
    return json.loads((folder / "out.json").read_text(encoding="utf-8"))


def by_hand(folder, member, name):
    """The metric itself on all distinct pairs, which are fewer than the draw takes."""
    table = with_segments(tables.read(folder / "items.parquet", tables.ITEMS))[:40]
    trial = trial_of(table, str(folder / "scores.parquet"), str(folder / member), COMMON, "cpu", 400)
    segments = read_segments(str(folder / f"{name}.{member}.parquet"))
    values = segments.filter(pl.col("item") != "40")["score"].to_numpy()
    rationale = choose(trial.found.layout, values, SELECT)
    found = faithfulness(trial.subject, trial.found, trial.labels, values, rationale, "mask")
    return {metric: found[metric].mean() for metric in METRICS}


def test_figures_are_means_over_members_of_the_metric_itself(explained):
    found = measured(explained, "01")
    assert (found["pairs"], found["members"]) == (40, 2)
    for name in METHODS:
        each = [by_hand(explained, member, name) for member in "01"]
        for metric in METRICS:
            assert found[f"{name}.{metric}"] == pytest.approx(np.mean([one[metric] for one in each]), abs=1e-5)


def test_figures_made_for_pairs_are_told_by_label_and_operator(explained):
    found = measured(explained, "01")
    table = with_segments(tables.read(explained / "items.parquet", tables.ITEMS))[:40]
    trials = [
        trial_of(table, str(explained / "scores.parquet"), str(explained / one), COMMON, "cpu", 400) for one in "01"
    ]
    labels, values = trials[0].labels, []
    assert found["pairs.similar"] + found["pairs.not_similar"] == 40
    for member, trial in zip("01", trials, strict=True):
        segments = read_segments(str(explained / f"occlusion.{member}.parquet")).filter(pl.col("item") != "40")
        rationale = choose(trial.found.layout, segments["score"].to_numpy(), SELECT)
        values.append(
            {one: pairwise(trial.subject, trial.found, labels, rationale, COMMON["seed"], one) for one in REMOVALS}
        )
    for removal in REMOVALS:
        for metric in PAIRWISE:
            mean = np.mean([one[removal][metric] for one in values], axis=0)
            for label, word in LABELS.items():
                key = f"occlusion.{removal}.{metric}.{word}"
                assert found[key] == pytest.approx(mean[labels == label].mean(), abs=1e-5)
                assert found[f"{key}.low"] <= found[key] <= found[f"{key}.high"]
    assert 0.5 <= found["occlusion.selected.similar"] < 0.7


def test_leaving_one_out_beats_chance_and_chance_does_not(explained):
    found = measured(explained, "0")
    assert found["occlusion.beyond_random.aopc_comprehensiveness.low"] > 0
    chance = [found[f"random.beyond_random.aopc_comprehensiveness{end}"] for end in (".low", ".high")]
    assert chance[0] < 0 < chance[1]
    for metric in METRICS:
        apart = found[f"occlusion.{metric}"] - found[f"trivial_random.{metric}"]
        assert found[f"occlusion.beyond_random.{metric}"] == pytest.approx(apart, abs=3e-6)


def test_a_large_set_is_drawn_from(explained, monkeypatch):
    monkeypatch.setattr(in_use, "PAIRS", 10)
    first, again = measured(explained, "0"), measured(explained, "0")
    assert first == again
    assert first["pairs"] == 10
