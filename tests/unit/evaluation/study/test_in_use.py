"""How faithful the methods in use are, against the metric itself and against chance."""

import json
from functools import cache

import numpy as np
import polars as pl
import pytest
import torch
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.base.files import write_json
from yiju.config.method import get_method
from yiju.data.sets import with_segments
from yiju.evaluation.metrics.faithfulness import faithfulness
from yiju.evaluation.metrics.pairwise import pairwise
from yiju.evaluation.study import in_use
from yiju.evaluation.study.in_use import LABELS, METRICS, PAIRWISE, REMOVALS, draw_pairs, evaluate_faithfulness
from yiju.evaluation.study.trial import trial_of
from yiju.explain.attribute_set import attribute_set
from yiju.explain.rationales.layout import choose
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.models.scores import score_table

MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 400}
COMMON = {"target": "label", "max_length": 32, "average_orders": False, "seed": 1}
SELECTS = {"ratio": {"by": "ratio", "value": 0.5}, "sufficient": {"by": "sufficient"}}
# Distinct pairs.
COUNT = 30
METHODS = ["occlusion", "random"]
TEMPERATURE, MARGIN = 2.0, 0.1


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    """A set of which one member, and two together, explain every pair by two methods."""
    folder = tmp_path_factory.mktemp("in_use")
    rows = [{"item": str(n), "q": q, "t": t} for n, (q, t, _) in enumerate([*PAIRS[:COUNT], PAIRS[0]])]
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)), folder / "items.parquet", tables.ITEMS)
    logits = np.random.default_rng(1).normal(size=(len(rows), 2))
    scores = score_table([row["item"] for row in rows], logits, 0.0, np.zeros(len(rows), bool))
    tables.write(scores, folder / "scores.parquet", tables.SCORES)
    write_json(folder / "calibration.json", {"temperature": TEMPERATURE, "margin": MARGIN})
    for member in "01":
        model, _ = classifier(folder / member, marker=True)
        with torch.no_grad():
            model.classifier.weight.mul_(1 + int(member))
        model.save_pretrained(folder / member)
    for members in ("0", "01"):
        for name in METHODS:
            attribute_set(
                *(str(folder / "items.parquet"), str(folder / "scores.parquet"), models(folder, members)),
                str(folder / "calibration.json"),
                COMMON | {"method": {"method": name} | get_method(name).options().model_dump(), "sufficient": True},
                *(attributions(folder, name, members), str(folder / "facts.parquet"), [], None),
                str(folder / "work" / members / name),
                **MACHINE,
            )
    return folder


def models(folder, members):
    return [str(folder / member) for member in members]


def attributions(folder, name, members):
    return str(folder / f"{name}.{members}.parquet")


def measured(folder, members, select):
    evaluate_faithfulness(
        *(str(folder / "items.parquet"), str(folder / "scores.parquet"), models(folder, members)),
        str(folder / "calibration.json"),
        [attributions(folder, name, members) for name in METHODS],
        COMMON | {"methods": METHODS, "select": select, "bootstrap": 100},
        str(folder / "out.json"),
        **MACHINE,
    )
    return json.loads((folder / "out.json").read_text(encoding="utf-8"))


@cache
def figures(folder, members, by="ratio"):
    """What is written of all distinct pairs."""
    return measured(folder, members, SELECTS[by])


@cache
def trial(folder, members):
    """All distinct pairs, which are fewer than the draw takes."""
    table = with_segments(tables.read(folder / "items.parquet", tables.ITEMS))[:COUNT]
    scores, calibration = str(folder / "scores.parquet"), str(folder / "calibration.json")
    return trial_of(table, scores, models(folder, members), calibration, COMMON, "cpu", 400)


def known(folder, name, members):
    """Scores and ranks of the distinct pairs' segments."""
    table = tables.read(attributions(folder, name, members), tables.ATTRIBUTIONS).filter(pl.col("item") != str(COUNT))
    return table["score"].to_numpy(), table["rank"].fill_null(0).to_numpy()


@pytest.mark.parametrize("members", ["0", "01"])
def test_figures_are_those_of_the_metric_itself_before_all_members(explained, members):
    found, asked = figures(explained, members), trial(explained, members)
    assert (found["pairs"], found["members"]) == (COUNT, len(members))
    for name in METHODS:
        values, _ = known(explained, name, members)
        rationale = choose(asked.layout, values, SELECTS["ratio"])
        each = faithfulness(asked.ensemble, asked.layout, asked.labels, values, rationale, "mask")
        for metric in METRICS:
            assert found[f"{name}.{metric}"] == pytest.approx(each[metric].mean(), abs=1e-5)


@pytest.mark.parametrize("by", SELECTS)
def test_figures_made_for_pairs_are_told_by_label_and_operator(explained, by):
    found, asked = figures(explained, "01", by), trial(explained, "01")
    assert found["pairs.similar"] + found["pairs.not_similar"] == COUNT
    values, ranks = known(explained, "occlusion", "01")
    rationale = choose(asked.layout, values, SELECTS[by], ranks)
    for removal in REMOVALS:
        each = pairwise(
            *(asked.ensemble, asked.layout, asked.labels, rationale, COMMON["seed"], removal), TEMPERATURE * MARGIN
        )
        for metric in PAIRWISE:
            for label, word in LABELS.items():
                key = f"occlusion.{removal}.{metric}.{word}"
                assert found[key] == pytest.approx(each[metric][asked.labels == label].mean(), abs=1e-5)
                assert found[f"{key}.low"] <= found[key] <= found[f"{key}.high"]
    if by == "ratio":
        assert 0.5 <= found["occlusion.selected.similar"] < 0.7


def test_by_sufficient_the_rationales_are_the_smallest_ones_of_methods_and_rules_alike(explained):
    found, asked = figures(explained, "01", "sufficient"), trial(explained, "01")
    labels, layout = asked.labels, asked.layout
    values, ranks = known(explained, "occlusion", "01")
    expected = sufficient_of(asked.ensemble, labels, values, TEMPERATURE * MARGIN)
    assert np.array_equal(ranks, expected.ranks)
    shares = np.bincount(layout.owners, weights=ranks > 0) / layout.counts.sum(axis=1)
    for label, word in LABELS.items():
        assert found[f"occlusion.selected.{word}"] == pytest.approx(shares[labels == label].mean(), abs=1e-5)
        # The scores are made up, so that not every judgement is the members' own, and can be kept.
        kept = expected.kept[labels == label].mean()
        whole = asked.ensemble.logits()
        own = (whole[:, 1] - whole[:, 0] > TEMPERATURE * MARGIN) == (labels == 1)
        assert kept > 0
        assert own.any() and not own.all()
    # The rules' scores lead to smallest rationales too, which are not half of the segments.
    ratio = figures(explained, "01")
    for rule in ("trivial_random", "trivial_shared_first"):
        assert found[f"{rule}.comprehensiveness"] != ratio[f"{rule}.comprehensiveness"]
        assert found[f"{rule}.aopc_comprehensiveness"] == ratio[f"{rule}.aopc_comprehensiveness"]


def test_leaving_one_out_beats_chance_and_chance_does_not(explained):
    found = figures(explained, "0")
    assert found["occlusion.beyond_random.aopc_comprehensiveness.low"] > 0
    chance = [found[f"random.beyond_random.aopc_comprehensiveness{end}"] for end in (".low", ".high")]
    assert chance[0] < 0 < chance[1]
    for metric in METRICS:
        apart = found[f"occlusion.{metric}"] - found[f"trivial_random.{metric}"]
        assert found[f"occlusion.beyond_random.{metric}"] == pytest.approx(apart, abs=3e-6)


@pytest.mark.slow
def test_a_large_set_is_drawn_from(explained, monkeypatch):
    monkeypatch.setattr(in_use, "PAIRS", 10)
    first, again = (measured(explained, "0", SELECTS["ratio"]) for _ in range(2))
    assert first == again
    assert first["pairs"] == 10
    drawn = draw_pairs(tables.read(explained / "items.parquet", tables.ITEMS), 1)
    assert len(drawn) == drawn.select("q", "t").n_unique() == 10
