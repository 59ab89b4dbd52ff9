"""Variants beside the base: counted by hand, with intervals over seeds and over pairs."""

import json

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.base.members import members
from yiju.evaluation.compare_variants import compare_variants, estimate, t_interval

SETTINGS = {"bootstrap": 200, "seed": 1}
GOLD = [1, 0, 1, 0]
NAMES = {"base": [], "marked": [{"key": "encoder.match_marker", "base": "auto", "variant": False}]}
ENSEMBLE = {"accuracy.model": 0.5, "accuracy.model.low": 0.4, "accuracy.model.high": 0.6, "ece": 0.1, "nll": 2.0}


def items(path, gold):
    rows = [{"item": str(place), "q": f"甲{place // 2}", "t": "乙", "label": label} for place, label in enumerate(gold)]
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)), path, tables.ITEMS)
    return str(path)


def scores(path, labels):
    rows = [{"item": str(place), "label": label} for place, label in enumerate(labels)]
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.SCORES)), path, tables.SCORES)
    return str(path)


def compared(tmp_path, said, gold=GOLD, folds=1, seeds=2):
    """said: labels by set, variant and member."""
    names = members(folds, seeds)
    examples = [items(tmp_path / f"{name}.parquet", gold) for name in said]
    files = [
        scores(tmp_path / f"{name}.{variant}.{member}.parquet", labels)
        for name, variants in said.items()
        for variant, trained in zip(NAMES, variants, strict=True)
        for member, labels in zip(names, trained, strict=True)
    ]
    (tmp_path / "metrics.json").write_text(json.dumps(ENSEMBLE), encoding="utf-8")
    metrics = [str(tmp_path / "metrics.json")] * (len(said) * len(NAMES))
    settings = SETTINGS | {"sets": list(said), "variants": NAMES, "members": names}
    compare_variants(examples, files, metrics, settings, str(tmp_path / "variants.json"))
    return json.loads((tmp_path / "variants.json").read_text(encoding="utf-8"))


def test_accuracies_and_differences_are_those_counted_by_hand_member_by_member(tmp_path):
    base, variant = [[1, 0, 0, 0], [1, 1, 0, 1]], [[1, 0, 1, 0], [1, 0, 1, 1]]

    found = compared(tmp_path, {"dev": [base, variant], "test": [variant, base]})

    assert (found["folds"], found["seeds"]) == (1, 2)
    assert found["variants"] == [{"variant": name, "changes": changes} for name, changes in NAMES.items()]
    dev, test = found["sets"]
    assert (dev["set"], dev["labelled"], dev["pairs"]) == ("dev", 4, 2)
    first, second = dev["variants"]
    assert first["members"] == {"0": 0.75, "0.1": 0.25}
    assert first["difference"] is None
    assert first["accuracy"]["mean"] == 0.5
    assert second["members"] == {"0": 1.0, "0.1": 0.75}
    assert second["difference"]["by_seed"] == [0.25, 0.5]
    assert second["difference"]["mean"] == 0.375
    assert [row["difference"] and row["difference"]["mean"] for row in test["variants"]] == [None, -0.375]
    assert first["ensemble"] == {key: value for key, value in ENSEMBLE.items() if key != "nll"}


def test_pairs_without_a_label_do_not_count_and_neither_does_a_set_of_them(tmp_path):
    judged = [[[1, 0, 0, 0]], [[1, 1, 1, 1]]]

    found = compared(tmp_path, {"dev": judged}, gold=[1, None, 0, None], seeds=1)
    nothing = compared(tmp_path, {"dev": judged}, gold=[None] * 4, seeds=1)

    assert found["sets"][0]["labelled"] == 2
    assert [row["accuracy"]["mean"] for row in found["sets"][0]["variants"]] == [1.0, 0.5]
    assert nothing["sets"] == []


def test_the_figure_of_a_seed_is_the_mean_of_its_folds():
    values = np.repeat([[0.0], [1.0], [0.5], [0.7]], 10, axis=1)

    found = estimate(values, members(2, 2), range(10), SETTINGS)

    assert found["by_seed"] == [0.5, 0.6]
    assert found["over_seeds"] == [round(end, 6) for end in t_interval([0.5, 0.6])]


def test_one_seed_has_no_interval_over_seeds_and_one_over_pairs():
    values = np.random.default_rng(1).integers(0, 2, (1, 400)).astype(float)

    found = estimate(values, ["0"], range(400), SETTINGS)

    low, high = found["over_pairs"]
    assert found["over_seeds"] is None
    assert low < found["mean"] < high
    # Of a binomial share: about 1.96 standard errors to either side.
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.2)


def test_pairs_that_repeat_are_drawn_together():
    values = np.array([[1.0] * 50 + [0.0] * 50])

    (low, high), (_, one) = (
        estimate(values, ["0"], groups, SETTINGS)["over_pairs"] for groups in (sorted([*range(10)] * 10), range(100))
    )

    assert high - low > 2 * (one - 0.5)
    assert high > 0.7 > one > 0.5


def test_the_interval_over_seeds_is_students():
    # By hand: mean 2, standard deviation 1, t(0.975, 2) = 4.302653.
    assert t_interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5))
    assert t_interval([0.5, 0.5]) == (0.5, 0.5)


def test_the_interval_over_seeds_covers_the_mean_as_often_as_it_says():
    random = np.random.default_rng(1)
    draws = [t_interval(random.normal(3.0, 2.0, 3).tolist()) for _ in range(2000)]

    covered = np.mean([low <= 3.0 <= high for low, high in draws])

    assert covered == pytest.approx(0.95, abs=0.02)
