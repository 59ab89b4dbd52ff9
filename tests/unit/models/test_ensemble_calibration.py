"""Temperature and margin: the best there are, by searches written out; and figures that did not see their own pairs."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base import tables
from yiju.models.calibration.fit import COLDEST, calibrate_ensemble, fit, fit_margin, fit_temperature, halves
from yiju.models.calibration.measure import nll
from yiju.models.scores import score_table

SETTINGS = {"calibrate": True, "decision_threshold": 0.5, "average_orders": False}


def drawn(count, temperature=1.0, seed=0):
    """Differences whose labels are as likely as they say once they are divided by the temperature."""
    random = np.random.default_rng(seed)
    difference = random.normal(0, 2, count)
    labels = (random.random(count) < 1 / (1 + np.exp(-difference))).astype(np.int8)
    return difference * temperature, labels


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_is_the_one_that_a_fine_search_finds(temperature):
    difference, labels = drawn(3000, temperature)
    fitted = fit_temperature(difference, labels)
    tried = fitted * np.linspace(0.98, 1.02, 81)
    best = min(nll(difference / one, labels) for one in tried)
    assert nll(difference / fitted, labels) == pytest.approx(best, abs=1e-9)
    assert fitted == pytest.approx(temperature, rel=0.1)
    # What is calibrated already stays as it is, to the six decimals that are kept.
    assert fit_temperature(difference / fitted, labels) == pytest.approx(1.0, abs=2e-6)


def test_pairs_that_are_all_right_do_not_freeze_the_temperature():
    assert fit_temperature(np.array([-1.0, 2.0]), np.array([0, 1])) == pytest.approx(COLDEST, rel=1e-4)


JUDGED = st.lists(st.tuples(st.integers(-20, 20).map(lambda n: n / 4), st.integers(0, 1)), min_size=1, max_size=40)


@given(JUDGED)
def test_no_margin_judges_more_pairs_right_and_of_equals_it_is_the_closest_to_the_argmax(judged):
    def right(margin):
        return sum((value > margin) == label for value, label in judged)

    values = sorted({value for value, _ in judged})
    gaps = zip([values[0] - 1, *values], [*values, values[-1] + 1], strict=True)
    # Of each gap its middle stands for all margins in it, but 0 where it holds that.
    middles = [0.0 if low <= 0 < high else (low + high) / 2 for low, high in gaps]
    most = max(map(right, [*middles, 0.0]))
    difference, labels = (np.array(column) for column in zip(*judged, strict=True))
    margin = fit_margin(difference, labels)
    assert right(margin) == most
    assert abs(margin) == min(abs(middle) for middle in [*middles, 0.0] if right(middle) == most)


def test_the_margin_lies_in_the_middle_between_two_judgements():
    assert fit_margin(np.array([-1.0, 1.0, 2.0, 5.0]), np.array([0, 0, 0, 1])) == 3.5
    assert fit_margin(np.array([-1.0, 1.0]), np.array([0, 1])) == 0.0
    assert fit_margin(np.array([-2.0, -1.0]), np.array([1, 1])) == -2.5


def test_neighbouring_numbers_are_told_apart_as_far_as_they_can():
    low = 1.0
    high = np.nextafter(low, 2)
    difference, labels = np.array([low] * 3 + [high] * 4 + [0.0]), np.array([0] * 3 + [1] * 4 + [0])
    margin = fit_margin(difference, labels)
    assert ((difference > margin) == labels).all()


def ensemble(folder, members=3, pairs=400, heat=2.0, orders=False, calibrations=None):
    """Dev items, and what members say of them, each with a temperature of its own that it has been divided by."""
    random = np.random.default_rng(7)
    labels = random.integers(0, 2, pairs).astype(np.int8)
    logits = random.normal(0, 1, (members, 2, pairs, 2)) * heat
    logits[..., 1] += heat * (labels - 0.4)
    columns = {"item": [str(n) for n in range(pairs)], "q": [f"问{n}" for n in range(pairs)], "label": labels}
    columns |= {name: None for name in tables.ITEMS.names if name not in columns} | {"t": "答"}
    items = pl.DataFrame(columns).select(pl.col(name).cast(kind) for name, kind in pl.Schema(tables.ITEMS).items())
    tables.write(items, folder / "dev.parquet", tables.ITEMS)
    temperatures = calibrations or [1.0 + 0.5 * n for n in range(members)]
    scores, files = [], []
    for number, temperature in enumerate(temperatures):
        given, swapped = logits[number] / temperature
        table = score_table(columns["item"], given, 0.0, np.zeros(pairs, bool), swapped if orders else None)
        scores.append(str(folder / f"{number}.parquet"))
        tables.write(table, scores[-1], tables.SCORES)
        files.append(str(folder / f"{number}.json"))
        (folder / f"{number}.json").write_text(json.dumps({"temperature": temperature, "margin": 0.1}))
    return {"dev": str(folder / "dev.parquet"), "scores": scores, "calibrations": files}, logits, labels


def calibrated(folder, inputs, **settings):
    calibrate_ensemble(**inputs, settings=SETTINGS | settings, out=str(folder / "out.json"))
    return json.loads((folder / "out.json").read_text())


@pytest.mark.parametrize("average", [False, True])
def test_the_mean_of_the_members_is_fitted_and_the_temperatures_are_undone_before(tmp_path, average):
    inputs, logits, labels = ensemble(tmp_path, orders=average)
    facts = calibrated(tmp_path, inputs, average_orders=average)
    raw = (logits.mean(axis=1) if average else logits[:, 0]) @ [-1, 1]
    mean = (raw / np.array([[1.0], [1.5], [2.0]])).mean(axis=0)
    fitted = fit(mean, labels)
    assert (facts["temperature"], facts["margin"]) == pytest.approx((fitted.temperature, fitted.margin), abs=1e-6)
    before = raw.mean(axis=0)
    assert facts["before.nll"] == pytest.approx(nll(before, labels), abs=1e-6)
    assert facts["before.accuracy"] == pytest.approx(((before > 0) == labels).mean(), abs=1e-6)
    assert facts["after.nll"] == pytest.approx(nll(mean / fitted.temperature, labels), abs=1e-6)
    assert 0 < facts["before.ece.calibrated"] < facts["before.ece.calibrated.high"]
    assert facts["after.ece.calibrated"] != facts["before.ece.calibrated"]
    assert facts["after.nll"] < min(nll(mean, labels), nll(mean / 2 / fitted.temperature, labels))
    assert (facts["member_temperatures"], facts["pairs"]) == ([1.0, 1.5, 2.0], len(labels))
    for when in ("before", "after"):
        assert sum(facts[f"{when}.count"]) == len(labels)
        shares = np.average(facts[f"{when}.similar"], weights=facts[f"{when}.count"])
        assert shares == pytest.approx(labels.mean(), abs=1e-6)


def test_without_a_fit_logits_stay_and_the_threshold_decides(tmp_path):
    inputs, *_ = ensemble(tmp_path, calibrations=[1.0, 1.0, 1.0])
    facts = calibrated(tmp_path, inputs, calibrate=False, decision_threshold=0.97)
    assert (facts["temperature"], facts["margin"]) == (1.0, 2 * 0.97 - 1)
    assert facts["before.nll"] == facts["after.nll"] and facts["before.accuracy"] == facts["after.accuracy"]
    assert not [name for name in facts if name.startswith("cross_fitted")]


def test_figures_of_pairs_apart_do_not_see_the_labels_that_they_are_judged_by(tmp_path):
    inputs, logits, labels = ensemble(tmp_path)
    facts = calibrated(tmp_path, inputs)
    raw = logits[:, 0] @ [-1, 1]
    first = halves(tables.read(inputs["dev"], tables.ITEMS))
    right = 0
    for fitted_on in (first, ~first):
        own = np.array([[fit_temperature(member[fitted_on], labels[fitted_on])] for member in raw])
        mean = (raw / own).mean(axis=0)
        both = fit(mean[fitted_on], labels[fitted_on])
        right += ((mean[~fitted_on] / both.temperature > both.margin) == labels[~fitted_on]).sum()
    assert facts["cross_fitted.accuracy"] == pytest.approx(right / len(labels), abs=1e-6)
    assert facts["cross_fitted.nll"] >= facts["after.nll"]
    assert facts["cross_fitted.ece.calibrated"] < facts["cross_fitted.ece.calibrated.high"]


def test_chance_fits_its_own_pairs_but_not_others(tmp_path):
    inputs, *_ = ensemble(tmp_path, members=1, pairs=60)
    items = tables.read(inputs["dev"], tables.ITEMS)
    noise = np.random.default_rng(5).integers(0, 2, 60)
    tables.write(items.with_columns(label=pl.Series(noise, dtype=pl.Int8)), inputs["dev"], tables.ITEMS)
    facts = calibrated(tmp_path, inputs)
    assert facts["after.accuracy"] > facts["cross_fitted.accuracy"]


def test_items_of_one_pair_are_never_separated():
    q = ["花呗怎么开", "怎么开花呗？", "天气", "花呗怎么开！"] * 5 + [f"问题{n}" for n in range(40)]
    t = ["怎么开花呗", "花呗怎么开", "冷", "怎么开花呗"] * 5 + ["答"] * 40
    first = halves(pl.DataFrame({"q": q, "t": t}))
    assert len({bool(first[n]) for n in range(20) if n % 4 != 2}) == 1
    assert 20 <= first[20:].sum() + 1 <= 22
    assert (first == halves(pl.DataFrame({"q": q, "t": t}))).all()
    assert not halves(pl.DataFrame({"q": ["一"], "t": ["二"]})).any()


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([1] * 9, "9 of the 9 dev pairs are similar and 0 are not"),
        ([0, 1], "1 of the 2 dev pairs are similar and 1 are not"),
        ([1] * 200 + [0] * 9, "200 of the 209 dev pairs are similar and 9 are not"),
    ],
)
def test_too_few_pairs_of_a_label_fit_nothing_and_the_note_says_so(labels, said):
    labels = np.array(labels)
    fitted = fit(np.random.default_rng(0).normal(labels, 1.0), labels)
    assert (fitted.temperature, fitted.margin, fitted.fitted) == (1.0, 0.0, False)
    assert "Neither temperature nor threshold was fitted" in fitted.note and said in fitted.note


def test_pairs_that_are_all_right_set_no_temperature():
    labels = np.array([0, 1] * 12)
    fitted = fit(np.where(labels == 1, 0.7, -0.4), labels)
    assert (fitted.temperature, fitted.fitted) == (1.0, True)
    assert "All 24 dev pairs are judged right" in fitted.note and "stays 1" in fitted.note


@pytest.mark.parametrize(("scale", "bound"), [(0.01, "lower bound of 0.1"), (-1.0, "upper bound of 100")])
def test_a_temperature_at_its_bound_is_said(scale, bound):
    difference, labels = drawn(3000)
    assert bound in fit(scale * difference, labels).note
    assert not fit(difference, labels).note


def test_a_threshold_that_judges_all_pairs_alike_is_said():
    labels = np.array([1] * 40 + [0] * 10)
    difference = np.concatenate([np.linspace(-1, 0, 40), np.linspace(-0.9, 1, 10)])
    fitted = fit(difference, labels)
    assert (difference / fitted.temperature > fitted.margin).all()
    assert "all 50 dev pairs are judged similar" in fitted.note


def test_the_file_of_a_dev_set_of_one_label_says_that_nothing_was_fitted(tmp_path):
    inputs, *_ = ensemble(tmp_path, members=1, pairs=9, calibrations=[1.0])
    items = tables.read(inputs["dev"], tables.ITEMS)
    tables.write(items.with_columns(label=pl.lit(1, pl.Int8)), inputs["dev"], tables.ITEMS)
    facts = calibrated(tmp_path, inputs)
    assert (facts["temperature"], facts["margin"], facts["fitted"]) == (1.0, 0.0, False)
    assert "9 of the 9 dev pairs are similar" in facts["note"]
    assert not [name for name in facts if name.startswith("cross_fitted")]
