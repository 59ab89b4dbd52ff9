"""Any function of pairs as a model: what is explained, what is refused, and what the function is asked."""

import numpy as np
import pytest

from yiju import Explainer
from yiju.base.errors import YijuError

PAIRS = [("怎么开通花呗", "花呗如何开通"), ("Ａ👨‍👩‍👧b", "今天 天气"), ("好", "不好")]


def overlap(pairs):
    return [float(len(set(q) & set(t))) for q, t in pairs]


def test_the_number_of_the_function_is_the_score_and_decides_nothing():
    found = Explainer.of(overlap).predict(PAIRS)
    assert [one.score for one in found] == overlap(PAIRS)
    assert {(one.label, one.label_name, one.probability) for one in found} == {(None, None, None)}


def test_a_margin_makes_labels_of_it():
    found = Explainer.of(overlap, margin=1.0).predict(PAIRS)
    assert [(one.label, one.label_name) for one in found] == [(1, "similar"), (0, "not similar"), (0, "not similar")]
    (turned,) = Explainer.of(overlap, margin=3.0).counterfactuals(PAIRS[:1])
    assert (turned.found, turned.exact, turned.removal, len(turned.q) + len(turned.t)) == (True, True, "delete", 1)
    with pytest.raises(YijuError, match=r"decides nothing by itself.*yiju calibrate"):
        Explainer.of(overlap).counterfactuals(PAIRS)


@pytest.mark.parametrize("method", ["occlusion", "kernel_shap", "lime", "sobol", "random"])
def test_methods_that_take_segments_away_explain_it(method):
    found = Explainer.of(overlap).explain(PAIRS[0], method, matrix="occlusion")
    shared = [one.text in PAIRS[0][1] for one in found.sides[0].segments]
    if method in ("occlusion", "kernel_shap"):
        assert [one.score > 0.4 for one in found.sides[0].segments] == shared
    cells = np.array(found.matrix)
    assert found.target is None and cells.shape == (6, 6) and cells[2, 4] == 1


@pytest.mark.parametrize("method", ["integrated_gradients", "gim", "attention_rollout", "gradient_input_l2"])
def test_methods_that_look_into_a_model_are_refused_by_name(method):
    with pytest.raises(YijuError, match=rf"{method} .*function"):
        Explainer.of(overlap).explain(PAIRS[0], method)


def test_masked_characters_are_those_that_the_user_names():
    asked = []

    def score(pairs):
        asked.extend(pairs)
        return overlap(pairs)

    found = Explainer.of(score, mask_token="□").explain(("好的", "好"), "occlusion", removal="mask")
    assert ("□的", "好") in asked and ("好□", "好") in asked
    assert found.method["removal"] == "mask" and found.sides[0].segments[0].score == 1
    with pytest.raises(YijuError, match="no mask token"):
        Explainer.of(score).explain(("好的", "好"), "occlusion", removal="mask")


def test_the_curve_ends_where_nothing_is_left():
    explainer = Explainer.of(overlap)
    (curve,) = explainer.curves([explainer.explain(PAIRS[0])])
    assert curve[0] == 4 and curve[-1] == 0 and len(curve) == 13


def test_a_pair_is_asked_once_and_in_portions():
    sizes = []

    def score(pairs):
        sizes.append(len(pairs))
        assert len(set(pairs)) == len(pairs)
        return overlap(pairs)

    Explainer.of(score, batch_pairs=2).predict([PAIRS[0], PAIRS[1], PAIRS[0], PAIRS[2]])
    assert sizes == [2, 1]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([1.0], "gives .* for 3 pairs"),
        (None, "must give one number for each"),
        (["a", "b", "c"], "must give one number for each pair"),
        ([1.0, float("nan"), 2.0], "gives nan for .*must be a finite number"),
        (np.zeros((3, 2)), "for 3 pairs"),
    ],
)
def test_what_is_no_number_a_pair_is_refused(said, message):
    with pytest.raises(YijuError, match=message):
        Explainer.of(lambda pairs: said).predict(PAIRS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"score": 3}, "score is 3"), ({"score": overlap, "mask_token": "ab"}, "mask_token is 'ab'")],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(YijuError, match=message):
        Explainer.of(**arguments)


def test_there_is_no_class_to_name():
    with pytest.raises(YijuError, match="gives one number a pair, so there is no class 'similar'"):
        Explainer.of(overlap).explain(PAIRS[0], target="similar")
