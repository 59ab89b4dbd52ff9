"""What the figures of a run do not tell is said beside them, in the report, in the card and in the log."""

import json
import logging
import re
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest
from unit.report.rendered import first_screen, page, words
from unit.report.small_run import REAL, estimate, small_run

from yiju.base import tables
from yiju.evaluation.predictions import accuracies
from yiju.report.doubts import find_doubts, only_label
from yiju.report.page import render_report
from yiju.report.results import MODELS, read_beyond, read_estimate

FINE = {"fitted": True, "note": ""}


@dataclass
class Set:
    """Judgements of a set, measured as `evaluate_predictions` measures them."""

    name: str
    size: int
    labelled: int
    similar: int = 0
    accuracy: dict = field(default_factory=dict)
    beyond: dict = field(default_factory=dict)


def judged(name, gold, said, overlap=0.5):
    """gold: labels, None where unknown; said: labels of the model; overlap: probabilities of the baseline."""
    rows = {"q": [f"q{n}" for n in range(len(gold))], "t": ["t"] * len(gold), "gold": gold, "label": said}
    rows |= {"probability": np.where(np.array(said) == 1, 0.9, 0.1), "overlap_probability": overlap}
    labelled = pl.DataFrame(rows, schema_overrides={"gold": pl.Int8}).filter(pl.col("gold").is_not_null())
    found = accuracies(labelled)
    if labelled.is_empty():
        return Set(name, len(gold), 0)
    accuracy = {model: read_estimate(found, f"accuracy.{model}") for model in MODELS}
    return Set(name, len(gold), found["labelled"], found["labelled_similar"], accuracy, read_beyond(found))


def titles(*sets, splits=("test",), chosen="", calibration=FINE):
    return [alert.title for alert in find_doubts(sets, splits, chosen, calibration)]


BALANCED = [1, 0] * 200


def test_a_good_model_on_many_pairs_of_both_labels_is_not_doubted():
    assert titles(judged("dev", BALANCED, BALANCED), judged("test", BALANCED, BALANCED), chosen="weights") == []


@pytest.mark.parametrize(("label", "said"), [(1, "similar"), (0, "not similar")])
def test_one_label_is_said_however_many_pairs_there_are(label, said):
    one = judged("dev", [label] * 500, [label] * 500)
    assert only_label(one) == said
    (alert,) = find_doubts([one], [], "", FINE)
    assert alert.title == "dev has one label only" and f"All 500 labelled pairs are {said}." in alert.text


@pytest.mark.parametrize("count", [1, 2, 9])
def test_few_pairs_are_said_with_what_they_leave_open(count):
    one = judged("dev", BALANCED[:count], BALANCED[:count])
    assert one.accuracy["model"].value == 1 and one.accuracy["model"].low < 0.75
    found = {alert.title: alert.text for alert in find_doubts([one], [], "", FINE)}
    text = found["dev is too small for a sure figure"].replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(rf"^{count} labelled pairs? leaves? the accuracy open from [\d.]+ % to 100.0 %\.$", text)


def test_a_model_that_does_no_better_than_the_majority_is_said():
    gold = [1] * 300 + [0] * 100
    always, good = judged("test", gold, [1] * 400, 0.9), judged("test", gold, gold, 0.9)
    (alert,) = find_doubts([always], [], "", FINE)
    assert alert.title == "On test the model is not shown to be better than what needs no model"
    assert "the overlap baseline" in alert.text and "the majority label" in alert.text
    assert find_doubts([good], [], "", FINE) == []
    # Better than the majority, but not than the overlap of the sentences.
    (alert,) = find_doubts([judged("test", gold, gold, np.array(gold) * 0.9)], [], "", FINE)
    assert "overlap baseline" in alert.text and "majority" not in alert.text


def test_splits_without_labels_and_figures_of_dev_alone_are_said():
    dev = judged("dev", BALANCED, BALANCED)
    bare = judged("test", [None] * 30, [1] * 30)
    some = judged("test", [None] * 30 + BALANCED, [1] * 30 + BALANCED)
    unseen = "No labelled test set measures the model"
    assert titles(dev, bare, chosen="weights") == ["test lacks labels", unseen]
    assert titles(dev, some, chosen="weights") == ["test lacks labels"]
    assert titles(dev, splits=(), chosen="weights, temperature and threshold") == [unseen]
    assert titles(dev, splits=(), chosen="") == []
    # An explained set need not have labels.
    assert titles(dev, judged("items", [None], [1]), splits=(), chosen="") == []


def test_what_calibration_could_not_tell_is_said():
    note = "Neither temperature nor threshold was fitted: 9 of the 9 dev pairs are similar and 0 are not."
    (alert,) = find_doubts([judged("dev", BALANCED, BALANCED)], [], "", {"fitted": False, "note": note})
    assert (alert.title, alert.text) == ("Calibration was not possible", note)


ONE_LABEL = (
    estimate("accuracy.model", 1.0) | estimate("accuracy.majority", 1.0) | {"labelled": 9, "labelled_similar": 9}
)


def test_doubts_stand_on_the_first_screen_beside_the_accuracy(tmp_path):
    fit = {"fitted": False, "note": "Neither temperature nor threshold was fitted: too few."}
    html = page(tmp_path, folds=1, splits=(), sets=(), metrics={"dev": ONE_LABEL}, fit=fit)
    panel = first_screen(html)
    for said in (
        "dev has one label only :",
        "Do not use it: all pairs of dev are similar, so its accuracy on others is unknown.",
        "Calibration was not possible :",
        "No labelled test set measures the model :",
    ):
        assert said in panel
    assert "≈ all pairs are similar: nothing is known of the other label" in words(html)
    assert "Nothing was fitted. Judged similar is a pair" in words(html)
    assert "as configured" not in words(html).split("Nothing was fitted.")[1].split(".")[0]


def test_measures_that_are_not_defined_are_no_numbers(tmp_path):
    inputs = small_run(tmp_path, splits=(), sets=(), folds=1)
    table = tables.read(inputs["judged"][0], tables.JUDGED)
    tables.write(
        table.with_columns(gold=pl.lit(0, pl.Int8), label=pl.lit(0, pl.Int8)), inputs["judged"][0], tables.JUDGED
    )
    render_report(inputs, tmp_path / "nowhere", REAL, str(tmp_path / "page.html"))
    text = words((tmp_path / "page.html").read_text())
    assert "dev 0.125 53.1 % 100.0 % — — —" in text
    assert "“—”: not defined" in text


def test_doubts_are_logged(tmp_path, caplog):
    inputs = small_run(tmp_path, splits=(), sets=(), folds=1, metrics={"dev": ONE_LABEL})
    with caplog.at_level(logging.WARNING, "yiju"):
        render_report(inputs, tmp_path / "nowhere", REAL, str(tmp_path / "page.html"))
    assert "dev has one label only. All 9 labelled pairs are similar." in caplog.text


def test_a_loss_of_most_train_rows_is_warned_of(tmp_path):
    inputs = small_run(tmp_path)
    ledger = json.loads((tmp_path / "ledger.json").read_text())
    ledger["corpora"]["A"]["dropped"] = {"conflicting labels": 10**7}
    ledger["corpora"]["A"]["read"] += 10**7
    (tmp_path / "ledger.json").write_text(json.dumps(ledger))
    render_report(inputs, tmp_path / "nowhere", REAL, str(tmp_path / "page.html"))
    first = first_screen((tmp_path / "page.html").read_text())
    assert (
        "Most of A train was dropped : 10,000,000 train rows were dropped (10,000,000 as “conflicting labels”)" in first
    )


@pytest.mark.parametrize(
    ("grouped", "how"), [(True, "no sentence is on both sides"), (False, "sentences may be on both")]
)
def test_a_dev_split_that_was_set_aside_is_said(tmp_path, grouped, how):
    carved = {"corpora": ["A"], "shares": {"dev": 0.1}, "seed": 7, "grouped": grouped, "pairs": {"dev": 20}, "of": 200}
    text = words(page(tmp_path, carved=carved))
    assert "dev 4,167 pairs, set aside from the train pairs" in text
    said = "A has no dev split, so of 200 labelled train pairs 20 as dev were set aside"
    assert f"{said} (corpora.dev_share: 0.1; seed 7)" in text and how in text


def test_a_test_split_that_was_set_aside_is_said_too(tmp_path):
    shares, pairs = {"dev": 0.1, "test": 0.15}, {"dev": 20, "test": 30}
    carved = {"corpora": ["A"], "shares": shares, "seed": 7, "grouped": True, "pairs": pairs, "of": 200}
    text = words(page(tmp_path, carved=carved))
    assert "test 4,167 pairs, set aside from the train pairs" in text
    said = "A has no dev and no test split, so of 200 labelled train pairs 20 as dev and 30 as test were set aside"
    assert f"{said} (corpora.dev_share: 0.1; corpora.test_share: 0.15; seed 7)" in text


def test_a_run_that_judges_dev_alone_and_explains_nothing_renders_and_says_so(tmp_path):
    first = first_screen(page(tmp_path, folds=1, splits=(), sets=(), methods=("one",)))
    assert "Do its explanations hold? ≈ Not known: no set was explained." in first
    assert "Can that figure be believed? ▼ No: these pairs chose weights, temperature and threshold" in first
    assert "The only accuracy is that of dev, whose pairs chose weights, temperature and threshold" in first
