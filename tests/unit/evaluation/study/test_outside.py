"""A study of any model on any pairs: the figures are those of the workflow's study, and its rules the same."""

import numpy as np
import pytest
import torch
from families import Row
from toys import PAIRS, classifier

from yiju import Explainer
from yiju.app.outside_study import RULES, draw_pairs, study_pairs
from yiju.app.shelf import shelf
from yiju.base.errors import YijuError
from yiju.config.chosen_method import chosen_method
from yiju.evaluation.metrics.agreement import rank_correlation
from yiju.evaluation.metrics.pairwise import pairwise
from yiju.evaluation.study.trial import operators_of
from yiju.explain.attribution import score_pairs
from yiju.explain.rationales.layout import Layout
from yiju.models.randomisation import drawn_anew

DRAWN = [(q, t) for q, t, _ in PAIRS[:24] if q != t]
METHODS = {"one": chosen_method("occlusion", {}), "other": chosen_method("gradient_input", {})}
LABELS = {0: "not_similar", 1: "similar"}


@pytest.fixture(scope="module")
def explainer(tmp_path_factory):
    found = Explainer(*classifier(tmp_path_factory.mktemp("model"), marker=True))
    # Of the toy's judgements, half are of either label.
    judged = found.predict(DRAWN)
    odds = sorted(np.log(one.probability / (1 - one.probability)) for one in judged)
    return Explainer(found.model, found.tokenizer, margin=float(np.mean(odds[len(odds) // 2 - 1 :][:2])))


@pytest.fixture(scope="module")
def found(explainer):
    heard = []
    facts = study_pairs(explainer, DRAWN, METHODS, {}, 5, lambda *told: heard.append(told))
    return facts, heard


def row_of(facts, name):
    return next(row for row in facts["methods"] if row["method"] == name)


def test_figures_are_those_of_the_metric_made_for_pairs(explainer, found):
    facts, _ = found
    explained = explainer.explain(DRAWN, "occlusion")
    labels = np.array([one.label for one in explained])
    assert facts["items"] == len(DRAWN)
    assert facts["judged"] == {word: int((labels == label).sum()) for label, word in LABELS.items()}
    assert min(facts["judged"].values()) > 3
    layout = Layout(np.array([[len(side.segments) for side in one.sides] for one in explained]))
    rationale = np.array([part.rank is not None for one in explained for side in one.sides for part in side.segments])
    sizes = [np.mean([part.rank is not None for side in one.sides for part in side.segments]) for one in explained]
    row = row_of(facts, "one")
    for label, word in LABELS.items():
        assert row[f"smallest.{word}"] == pytest.approx(np.mean(np.array(sizes)[labels == label]), abs=1e-6)
    with explainer.before(DRAWN) as ensemble:
        operators = operators_of(ensemble, 5)
        assert list(operators) == ["delete", "mask", "replace"]
        for removal, operator in operators.items():
            each = pairwise(ensemble, layout, labels, rationale, 5, operator, explainer.margin)
            for metric in ("one_sided.beyond_random", "alone.beyond_random", "kept"):
                for label, word in LABELS.items():
                    key = f"{metric}.{removal}.{word}"
                    assert row[key] == pytest.approx(each[metric][labels == label].mean(), abs=1e-5)
                    assert row[f"{key}.low"] <= row[key] <= row[f"{key}.high"]


def test_scores_from_elsewhere_are_measured_as_those_of_the_same_method_here(explainer, found):
    facts, _ = found
    with explainer.before(DRAWN) as ensemble:
        labels = np.array([one.label for one in explainer.predict(DRAWN)])
        values = score_pairs(ensemble, labels, METHODS["one"], bar=False).values[0]
        own = [values[ensemble.own(row)] for row in range(len(ensemble))]
    given = study_pairs(explainer, DRAWN, {"other": METHODS["other"]}, {"theirs": own}, 5, lambda *_: None)
    theirs, ours = row_of(given, "theirs"), row_of(facts, "one")
    assert theirs["given"] and "seconds_per_pair" not in theirs
    assert not ours["given"] and ours["seconds_per_pair"] > 0
    # Scores from elsewhere cannot be computed again with other weights.
    alone = {key for key in ours if key.startswith("randomisation")}
    assert ours.keys() - theirs.keys() == alone | {"seconds_per_pair"} and len(alone) == 6
    keys = [key for key in theirs if isinstance(ours[key], float)]
    assert len(keys) > 20
    assert [theirs[key] for key in keys] == pytest.approx([ours[key] for key in keys], abs=1e-6)
    assert "theirs" in given["recommended"]["fails"]


def test_rules_stand_beside_and_are_never_recommended(found):
    facts, heard = found
    assert [row["method"] for row in facts["methods"]] == [*METHODS, *RULES]
    assert [row["trivial"] for row in facts["methods"]] == [False, False, True, True]
    assert set(facts["recommended"]["fails"]) == set(METHODS)
    assert [name for name, _ in heard] == [*METHODS, *RULES]
    assert [seconds is None for _, seconds in heard] == [False, False, True, True]


def test_scores_are_held_against_those_of_the_same_model_with_other_weights(explainer, found):
    facts, _ = found
    before = [weight.clone() for weight in explainer.model.parameters()]
    other = Explainer(drawn_anew(explainer.model, 5), explainer.tokenizer, margin=explainer.margin, seed=5)
    assert all(torch.equal(*both) for both in zip(before, explainer.model.parameters(), strict=True))
    labels = np.array([one.label for one in explainer.predict(DRAWN)])
    scores = []
    for one in (explainer, other):
        with one.before(DRAWN) as ensemble:
            scores.append(score_pairs(ensemble, labels, METHODS["one"], bar=False).values[0])
    explained = explainer.explain(DRAWN, "occlusion")
    layout = Layout(np.array([[len(side.segments) for side in one.sides] for one in explained]))
    row, same = row_of(facts, "one"), np.abs(rank_correlation(layout, *scores))
    assert row["randomisation"] == pytest.approx(np.nanmean(same), abs=1e-5)
    assert 0 < row["randomisation.chance"] < 1
    assert not any(key.startswith("randomisation") for key in row_of(facts, RULES[0]))


def test_a_function_that_decides_nothing_is_measured_by_its_number():
    explainer = Explainer.of(lambda pairs: [10.0 * len(set(q) & set(t)) for q, t in pairs])
    facts = study_pairs(explainer, DRAWN, {"one": METHODS["one"]}, {}, 5, lambda *_: None)
    assert facts["judged"] == {"all": len(DRAWN)} and facts["labels"] == {"all": ""}
    assert facts["operators"] == ["delete", "replace"] and not facts["weights"]
    row = row_of(facts, "one")
    # The best characters are shared ones, and a number has no bounds as a probability has.
    assert row["one_sided.beyond_random.delete.all.low"] > 1
    assert row["one_sided.delete.all.high"] > row["one_sided.delete.all"] > 1
    assert not any(key.startswith(("kept", "randomisation")) for key in row)
    assert facts["recommended"]["reason"]
    # A number has no interval of one pair.
    alone = study_pairs(explainer, DRAWN[:1], {"one": METHODS["one"]}, {}, 5, lambda *_: None)
    assert row_of(alone, "one")["one_sided.delete.all.low"] is None and alone["recommended"]["method"] is None


@pytest.mark.parametrize(
    "row",
    [
        Row("three labels", "roberta"),
        Row("decoder", "qwen3"),
        Row("bi-encoder", "bert"),
        Row("late interaction", "bert"),
    ],
    ids=str,
)
def test_every_family_is_measured_with_random_weights_too(family_folder, row):
    explainer = Explainer.from_pretrained(family_folder(row))
    facts = study_pairs(explainer, DRAWN[:6], {"occlusion": METHODS["one"]}, {}, 5, lambda *_: None)
    assert facts["items"] == sum(facts["judged"].values()) == 6
    assert ("mask" in facts["operators"]) == (explainer.scorer.template.mask_id is not None)
    # Explaining other weights gives other ranks.
    assert row_of(facts, "occlusion")["randomisation"] < 0.95


def test_pairs_are_drawn_once_each_by_the_seed_in_their_order():
    drawn = draw_pairs([*DRAWN, *DRAWN], 5, 1)
    assert len(drawn) == len(set(drawn)) == 5
    assert drawn == [pair for pair in DRAWN if pair in drawn]
    assert drawn == draw_pairs(DRAWN, 5, 1) != draw_pairs(DRAWN, 5, 2)
    assert draw_pairs(DRAWN, 500, 1) == DRAWN
    with pytest.raises(YijuError, match="no pair to measure"):
        draw_pairs([], 5, 1)


def test_nothing_stands_before_the_model_without_pairs(explainer):
    with pytest.raises(YijuError, match="at least one pair"), explainer.before([]):
        pass


def test_the_shelf_holds_what_fits_and_is_fast_and_always_the_default(explainer, monkeypatch):
    chosen, left_out = shelf(explainer)
    assert chosen["occlusion"] == explainer.default_method
    assert "it is slow" in left_out["lime"] and "chance" in left_out["random"]
    assert not set(chosen) & set(left_out)
    why = "deeplift wants another model"
    monkeypatch.setattr(Explainer, "why_unsupported", lambda _, name: why if name == "deeplift" else None)
    own = chosen_method("kernel_shap", {"sides": "one", "samples": 128})
    monkeypatch.setattr(Explainer, "default_method", own)
    chosen, left_out = shelf(explainer)
    assert next(iter(chosen.items())) == ("kernel_shap:samples=128,sides=one", own)
    assert "occlusion" in chosen
    assert left_out["deeplift"] == why
    assert "kernel_shap" in left_out
