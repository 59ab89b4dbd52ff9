"""A model that decides on the mean of both orders says so; whoever loads it judges and explains by that mean."""

import json

import numpy as np
import polars as pl
import pytest
from ensembles import of_texts
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.base import tables
from yiju.data.segmentation import characters
from yiju.explain.attribution import score_pairs
from yiju.models.calibration.apply import decide, difference, log_probability
from yiju.models.folder import load_model, name_labels, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.models.predict_pairs import predict_sets
from yiju.models.tokens import encode_pairs

# Sides of unlike lengths, some of them, and some equally long ones, longer than the 32 tokens that the model reads.
PAIRS = [(q, t) for q in SENTENCES for t in SENTENCES if q != t]
LONG = [(SENTENCES[2] * 2, SENTENCES[3] * 2), (SENTENCES[0] * 4, SENTENCES[1]), (SENTENCES[6], SENTENCES[7] * 9)]


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def logits_of(judge, pairs):
    q, t = map(list, zip(*pairs, strict=True))
    return predict_logits(judge[0], encode_pairs(judge[1], q, t, 32), 2048)


@pytest.fixture(scope="module")
def middle(judge):
    """A margin between the means of both orders, where the order as given decides some pairs otherwise."""
    given, other = (logits_of(judge, [pair[::turn] for pair in PAIRS]) for turn in (1, -1))
    means = np.sort(difference((given + other) / 2))
    margins = (means[1:] + means[:-1])[np.diff(means) > 1e-4] / 2
    changed = [(decide(given, one) != decide((given + other) / 2, one)).sum() for one in margins]
    assert max(changed) > 0
    return float(margins[int(np.argmax(changed))])


def test_the_workflow_and_whoever_loads_the_folder_judge_alike(judge, middle, tmp_path):
    model, tokenizer = judge
    name_labels(model.config, middle, average_orders=True)
    save_folder(model, tokenizer, [tmp_path / name for name in FOLDER_FILES])
    pairs = PAIRS + LONG
    columns = {"item": [str(row) for row in range(len(pairs))], "q": [q for q, _ in pairs], "t": [t for _, t in pairs]}
    items = pl.DataFrame(
        {name: columns.get(name, [None] * len(pairs)) for name in tables.ITEMS.names}, schema=pl.Schema(tables.ITEMS)
    )
    tables.write(items, tmp_path / "items.parquet", tables.ITEMS)
    (tmp_path / "calibration.json").write_text(json.dumps({"temperature": 1.0, "margin": middle}))
    settings = {"max_length": 32, "average_orders": True, "swap": [False]}
    items, folder, calibration = (str(tmp_path / name) for name in ("items.parquet", "", "calibration.json"))
    out = [str(tmp_path / "scores.parquet")]
    predict_sets([items], folder, calibration, settings, out, device="cpu", threads=1, batch_tokens=300)
    wanted = tables.read(tmp_path / "scores.parquet", tables.SCORES)
    explainer = Explainer.from_pretrained(tmp_path)
    found = explainer.predict(pairs)
    assert (explainer.margin, explainer.average_orders) == (middle, True)
    assert [one.label for one in found] == wanted["label"].to_list()
    np.testing.assert_allclose([one.probability for one in found], wanted["probability"], atol=1e-6)
    assert [one.truncated for one in found] == wanted["truncated"].to_list()
    assert wanted["truncated"].sum() == 3
    # One order alone says otherwise.
    alone = Explainer.from_pretrained(tmp_path, average_orders=False).predict(pairs)
    assert [one.label for one in alone] != wanted["label"].to_list()


@pytest.mark.parametrize("matrix", ["gradients", "occlusion"])
def test_the_order_of_the_sentences_changes_nothing(judge, middle, matrix):
    explainer = Explainer(*judge, margin=middle, average_orders=True)
    pairs = PAIRS[:6] + LONG[1:]
    given, turned = (explainer.explain([pair[::step] for pair in pairs], matrix=matrix) for step in (1, -1))
    for one, other in zip(given, turned, strict=True):
        assert one.label == other.label
        assert one.probability == pytest.approx(other.probability, abs=1e-6)
        for side, same in zip(one.sides, other.sides[::-1], strict=True):
            assert side.scores == pytest.approx(same.scores, abs=1e-5)
            assert [part.effect for part in side.segments] == pytest.approx(
                [part.effect for part in same.segments], abs=1e-5
            )
        cells, turned_cells = (np.array(each.matrix, dtype=float) for each in (one, other))
        np.testing.assert_allclose(cells, turned_cells.T, atol=1e-5)


@pytest.mark.parametrize("method", ["gradient_input_l2", "integrated_gradients"])
def test_scores_of_tokens_are_the_mean_of_both_orders_for_the_label_that_both_decide(judge, middle, method):
    explainer = Explainer(*judge, margin=middle, average_orders=True)
    found = explainer.explain(PAIRS, method)
    labels, sums, gaps = np.array([one.label for one in found]), np.zeros((len(PAIRS), 2)), np.zeros(len(PAIRS))
    for turn in (1, -1):
        ensemble = of_texts([judge], [pair[::turn] for pair in PAIRS])
        scores = score_pairs(ensemble, labels, found[0].method)
        gaps += 0 if scores.gap is None else scores.gap / 2
        for row, first in enumerate(ensemble.first.firsts):
            own = scores.values[0, ensemble.own(row)]
            sums[row] += np.array([own[:first].sum(), own[first:].sum()])[::turn] / 2
    told = [[sum(part.score for part in side.segments) for side in one.sides] for one in found]
    np.testing.assert_allclose(told, sums, rtol=1e-4, atol=1e-5)
    if found[0].gap is not None:
        np.testing.assert_allclose([one.gap for one in found], gaps, rtol=1e-4, atol=1e-5)


def test_what_takes_away_explains_the_mean_of_the_logits_of_both_orders(judge, middle):
    """By texts: not the mean of the scores of each order, but the effect on what decides."""
    explainer = Explainer(*judge, margin=middle, average_orders=True)
    differs = 0.0
    for one in explainer.explain(PAIRS[:6], "occlusion"):
        texts = [(one.q, one.t)]
        texts += [(one.q[: part.start] + one.q[part.end :], one.t) for part in one.sides[0].segments]
        texts += [(one.q, one.t[: part.start] + one.t[part.end :]) for part in one.sides[1].segments]
        each = np.stack([logits_of(judge, [pair[::turn] for pair in texts]) for turn in (1, -1)])
        worth = log_probability(each.mean(axis=0), one.label)
        found = [part.score for side in one.sides for part in side.segments]
        np.testing.assert_allclose(found, worth[0] - worth[1:], atol=1e-5)
        alone = np.mean([own[0] - own[1:] for own in (log_probability(order, one.label) for order in each)], axis=0)
        differs = max(differs, np.abs(found - alone).max())
    assert differs > 1e-4


@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_curves_and_counterfactuals_follow_the_mean(judge, middle, removal):
    explainer = Explainer(*judge, margin=middle, average_orders=True)
    pairs = PAIRS[:12] + LONG
    explained = explainer.explain(pairs)
    for one, curve in zip(explained, explainer.curves(explained, removal), strict=True):
        assert len(curve) == 1 + sum(part.score is not None for side in one.sides for part in side.segments)
        assert curve[0] == pytest.approx(one.probability if one.label else 1 - one.probability, abs=1e-6)
    found = explainer.counterfactuals(pairs, removal, limit=2)
    assert [one.label for one in found] == [one.label for one in explained]
    assert any(one.found for one in found)
    for texts, whole, one in zip(pairs, explained, found, strict=True):
        kept = [
            "".join(part for place, part in enumerate(characters(text)) if place not in gone)
            for text, gone in zip(texts, (one.q, one.t), strict=True)
        ]
        if removal == "mask" or not one.found or whole.truncated or not all(kept):
            continue
        (without,) = explainer.predict([kept])
        assert without.label != one.label
        assert without.probability == pytest.approx(one.probability, abs=1e-5)


def test_a_folder_that_does_not_say_so_judges_the_order_as_given(judge, tmp_path):
    model, tokenizer = judge
    name_labels(model.config, 0.1)
    save_folder(model, tokenizer, [tmp_path / name for name in FOLDER_FILES])
    assert json.loads((tmp_path / "config.json").read_text())["average_orders"] is False
    assert not Explainer.from_pretrained(tmp_path).average_orders
    assert load_model(tmp_path, "classifier").config.decision_margin == 0.1
