"""How far explanations of a model hold, as its run measured it."""

import pytest
from english_left import english_in

from yiju.base.errors import YijuError
from yiju.base.terminal_language import speak, told
from yiju.models.measured import read_measured, sentence


def estimate(value: float, low: float) -> dict:
    return {"value": value, "low": low, "high": value + 0.1}


def holding(low: float) -> dict:
    figures = {"one_sided": estimate(0.31, low), "alone": estimate(0.42, 0.3)}
    return {"pairs": 60, **figures, "kept": estimate(0.97, 0.9), "selected": estimate(0.07, 0.06)}


def facts(**labels: dict) -> dict:
    return {"name": "sides", "method": {"method": "kernel_shap", "sides": "one"}, "labels": labels}


def test_a_label_whose_interval_reaches_0_does_not_hold():
    found = read_measured(facts(similar=holding(0.2), not_similar=holding(0.0)), "x")
    assert found.failing == ["not_similar"]
    assert "do not hold" in sentence(found, 0)
    told = sentence(found, 1)
    assert all(figure in told for figure in ("60 dev pairs", "0.31", "97 %"))


@pytest.mark.parametrize(("figure", "value"), [("kept", 0.94), ("selected", 0.51)])
def test_a_rationale_that_loses_judgements_or_is_long_does_not_hold(figure, value):
    found = read_measured(facts(similar=holding(0.2) | {figure: estimate(value, 0.4)}), "x")
    assert found.failing == ["similar"]
    assert f"{100 * value:.0f} % of the" in sentence(found, 1)


def test_a_label_without_pairs_was_not_measured():
    assert "was not measured" in sentence(read_measured(facts(similar=holding(0.2)), "x"), 0)


@pytest.mark.parametrize("language", ["zh", "zh-Hant"])
def test_every_sentence_has_its_chinese(language):
    others = ({}, {"not_similar": holding(0.0)}, {"not_similar": holding(0.2) | {"kept": estimate(0.9, 0.8)}})
    found = [read_measured(facts(similar=holding(0.2), **other), "x") for other in others]
    said = [sentence(one, label) for one in found for label in (0, 1)]
    speak(language)
    try:
        assert [left for one in said for left in english_in(told(one))] == []
    finally:
        speak("en")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"name": ""}, "name"),
        ({"labels": {}}, "labels"),
        ({"labels": {"alike": holding(0.1)}}, "labels"),
        ({"labels": {"similar": holding(0.1) | {"pairs": 0}}}, "labels.similar.pairs"),
        ({"labels": {"similar": holding(0.1) | {"kept": estimate(float("nan"), 0.0)}}}, "labels.similar.kept.value"),
    ],
)
def test_a_wrong_value_is_one_error_that_names_file_and_key(change, key):
    with pytest.raises(YijuError, match=rf"^explanation.json: {key}"):
        read_measured(facts(similar=holding(0.2)) | change, "explanation.json")
