"""`Explainer`: judgements, scores, matrices, curves and counterfactuals are those of the model."""

import json
from itertools import pairwise

import numpy as np
import pytest
from ensembles import of_texts
from toys import SENTENCES

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.data.segmentation import characters
from yiju.explain import compute
from yiju.explain.attribution import score_pairs
from yiju.models.calibration.apply import difference
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.models.tokens import encode_pairs

PAIRS = list(pairwise(SENTENCES))

METHODS = [("gradient_input_l2", {}), ("gradient_input_l2", {"steps": 3}), ("occlusion", {"removal": "delete"})]


@pytest.fixture(scope="module")
def middle(judge):
    """A margin that turns some of the labels, and the differences of logits that it is laid between."""
    found = difference(predict_logits(judge[0], encoded(judge), 2048))
    return float(np.sort(found)[:-2].mean() + np.sort(found)[-2]) / 2, found


def encoded(judge, pairs=PAIRS):
    return encode_pairs(judge[1], *map(list, zip(*pairs, strict=True)), 32)


def test_judgements_are_the_models_by_the_margin(judge, middle):
    margin, found = middle
    judged = Explainer(*judge, margin=margin).predict(PAIRS)
    assert [(one.q, one.t) for one in judged] == PAIRS
    assert [one.label for one in judged] == (found > margin).astype(int).tolist()
    np.testing.assert_allclose([one.probability for one in judged], 1 / (1 + np.exp(-found)), rtol=1e-9)


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_scores_are_those_of_the_label_that_is_decided(judge, middle, method, options):
    margin, found = middle
    labels = (found > margin).astype(np.int64)
    assert (labels != (found > 0)).any()
    explainer = Explainer(*judge, margin=margin)
    explained = explainer.explain(PAIRS, method, **options)
    ensemble = of_texts([judge], PAIRS)
    wanted = score_pairs(ensemble, labels, explained[0].method)
    for row, one in enumerate(explained):
        assert one.label == labels[row]
        sides = np.split(wanted.values[0, ensemble.own(row)], [ensemble.first.firsts[row]])
        for side, scores in zip(one.sides, sides, strict=True):
            assert [part.score for part in side.segments] == pytest.approx(scores, rel=1e-4, abs=1e-6)
            # Shares of a segment add up to its score.
            assert sum(side.scores) == pytest.approx(scores.sum(), rel=1e-4, abs=1e-6)


def test_offsets_lead_into_the_text_as_it_was_given(judge):
    q, t = "  如何更改 VIP手机号😀？", "ＶＩＰ　手机"
    (one,) = Explainer(*judge).explain([(q, t)], ratio=0.5)
    for side, text in zip(one.sides, (q, t), strict=True):
        assert side.text == text
        assert len(side.scores) == len(text)
        assert all(text[part.start : part.end] == part.text for part in side.segments)
        positive = sum(part.score > 0 for part in side.segments)
        assert [part.rank for part in side.rationale] == list(range(1, min(positive, -(-len(side.segments) // 2)) + 1))
    assert [part.text for part in one.sides[0].segments][4:] == ["VIP", "手", "机", "号", "😀", "？"]


@pytest.mark.parametrize(("method", "options"), [*METHODS, ("kernel_shap", {"samples": 40}), ("random", {})])
def test_every_segment_has_the_effect_of_its_absence_whatever_the_method(judge, method, options):
    """log p(label) less that of the texts without the segment."""
    explainer = Explainer(*judge)
    for one in explainer.explain(PAIRS[:2], method, **options):
        texts = [(one.q, one.t)]
        for side, part in _parts(one):
            pair = [one.q, one.t]
            pair[side] = pair[side][: part.start] + pair[side][part.end :]
            texts.append(tuple(pair))
        chances = [p.probability if one.label else 1 - p.probability for p in explainer.predict(texts)]
        effects = [part.effect for _, part in _parts(one)]
        np.testing.assert_allclose(effects, np.log(chances[0]) - np.log(chances[1:]), atol=1e-5)
        if method == "occlusion":
            assert [part.score for _, part in _parts(one)] == effects


def test_only_sampled_scores_have_a_standard_error(judge):
    explainer = Explainer(*judge)
    for method, options, drawn in (("occlusion", {}, False), ("kernel_shap", {"samples": 30}, True)):
        (one,) = explainer.explain(PAIRS[:1], method, **options)
        errors = [part.error for _, part in _parts(one)]
        assert (None not in errors and max(errors) > 0) if drawn else set(errors) == {None}


@pytest.mark.parametrize("method", [name for name, _ in METHODS[1:]])
def test_what_was_not_read_has_no_score_no_effect_and_acts_with_nothing(judge, method):
    explainer = Explainer(*judge)
    pair = (SENTENCES[0] * 9, SENTENCES[1])
    (one,) = explainer.explain([pair], method, matrix="occlusion")
    (shorter,) = explainer.explain([(pair[0][:23], pair[1])], method)
    read = [part.effect is not None for part in one.sides[0].segments]
    assert read == [True] * 23 + [False] * 31
    assert [part.truncated for part in one.sides[0].segments] == [not own for own in read]
    for part in one.sides[0].segments[23:]:
        assert (part.score, part.effect, part.error, part.rank) == (None,) * 4
    assert one.sides[0].scores[23:] == (None,) * 31
    assert [part.score for part in one.sides[0].segments[:23]] == pytest.approx(
        [part.score for part in shorter.sides[0].segments], abs=1e-5
    )
    assert all(cell is None for row in one.matrix[23:] for cell in row)
    # Twenty of a long sentence act; the other three read segments are in no pair that was asked.
    assert sum(None not in row for row in one.matrix[:23]) == 20
    assert len(explainer.curves([one])[0]) == 1 + 23 + 6
    told = json.loads(json.dumps(one.to_dict(), allow_nan=False))
    assert told["q_scores"][23:] == [None] * 31
    html = one.to_html()
    assert html.count('title="not read"') == 31
    assert "nan" not in html.lower() and "None" not in html


@pytest.mark.parametrize("matrix", ["gradients", "occlusion", "shapley"])
def test_a_matrix_has_a_row_and_a_column_for_every_segment(judge, matrix):
    for one in Explainer(*judge).explain(PAIRS[:2], matrix=matrix):
        assert np.shape(one.matrix) == tuple(len(side.segments) for side in one.sides)
        assert np.abs(one.matrix).max() > 0


@pytest.mark.parametrize(
    ("matrix", "q", "samples", "cut", "words"),
    [
        (None, "怎么开通花呗", None, None, ""),
        ("gradients", "怎么开通花呗", None, None, "gradients, approximate"),
        ("occlusion", "怎么开通花呗", None, None, "exact joint occlusion"),
        ("occlusion", "怎么开通花呗" * 4, None, 20, "exact joint occlusion of the 20 strongest segments of a sentence"),
        ("shapley", "开通花", None, None, "exact Shapley interactions"),
        ("shapley", "怎么开通花呗" * 3, 100, None, "Shapley interactions, 100 samples"),
    ],
)
def test_a_matrix_says_what_found_it_and_how_far_samples_may_be_off(judge, monkeypatch, matrix, q, samples, cut, words):
    monkeypatch.setattr(compute, "SAMPLES", 100)
    (one,) = Explainer(*judge).explain([(q, "花呗")], "random", matrix=matrix)
    told = one.to_dict()
    assert told["estimator"] == one.estimator == matrix
    assert (told["matrix_samples"], told["matrix_cut"]) == (one.matrix_samples, one.matrix_cut) == (samples, cut)
    if samples:
        assert np.shape(one.matrix_error) == np.shape(one.matrix) and np.min(one.matrix_error) > 0
        # Another seed gives other samples, not far away for what the errors say.
        (other,) = Explainer(*judge, seed=2).explain([(q, "花呗")], "random", matrix=matrix)
        apart = np.abs(np.subtract(one.matrix, other.matrix)) / np.hypot(one.matrix_error, other.matrix_error)
        assert 0 < apart.max() < 6
    else:
        assert one.matrix_error is None
    assert (f"Which acts with which: {words}</caption>" in one.to_html()) == bool(words)


@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_a_curve_begins_with_the_whole_pair_and_ends_without_anything(judge, removal):
    explainer = Explainer(*judge)
    explained = explainer.explain(PAIRS[:3])
    for one, curve in zip(explained, explainer.curves(explained, removal), strict=True):
        assert len(curve) == 1 + sum(len(side.segments) for side in one.sides)
        assert curve[0] == pytest.approx(one.probability if one.label else 1 - one.probability, abs=1e-6)
        best = max((part.score, -number, side, part) for number, (side, part) in enumerate(_parts(one)))
        side, part = best[2:]
        texts = [one.q, one.t]
        if removal == "delete":
            texts[side] = texts[side][: part.start] + texts[side][part.end :]
            (without,) = explainer.predict([texts])
            assert curve[1] == pytest.approx(without.probability if one.label else 1 - without.probability, abs=1e-5)
    assert explainer.curves([]) == []
    with pytest.raises(YijuError, match=r"explained is one Explanation; give a list of them: \[explanation\]"):
        explainer.curves(explained[0])
    with pytest.raises(YijuError, match=r"explained is 3; it must be a list of what `explain` gives"):
        explainer.curves(3)


def _parts(one):
    return [(side, part) for side in (0, 1) for part in one.sides[side].segments]


def test_a_counterfactual_turns_the_judgement(judge, middle):
    explainer = Explainer(*judge, margin=middle[0])
    found = explainer.counterfactuals(PAIRS, "delete")
    assert any(one.found for one in found)
    for (q, t), one, whole in zip(PAIRS, found, explainer.predict(PAIRS), strict=True):
        assert one.label == whole.label
        if not one.found:
            continue
        kept = [
            "".join(part for index, part in enumerate(characters(text)) if index not in gone)
            for text, gone in ((q, one.q), (t, one.t))
        ]
        (without,) = explainer.predict([kept])
        if all(kept):
            assert without.label != whole.label
            assert without.probability == pytest.approx(one.probability, abs=1e-5)
    assert explainer.counterfactuals([]) == []


def test_more_pairs_than_a_chunk_come_in_order(judge, monkeypatch):
    monkeypatch.setattr("yiju.app.pair_judge.CHUNK", 3)
    explainer = Explainer(*judge)
    whole, streamed = explainer.predict(PAIRS), list(explainer.stream(iter(PAIRS)))
    assert [(one.q, one.t, one.label) for one in streamed] == [(one.q, one.t, one.label) for one in whole]
    assert explainer.predict([]) == explainer.explain([]) == []


def test_a_page_shows_hostile_text_as_text(judge):
    (one,) = Explainer(*judge).explain([("<script>alert(1)</script>", '&"<b>')], matrix="gradients")
    html = one.to_html()
    assert "<script" not in html
    assert "<b>" not in html
    assert "underline" in html
    assert "<table" in html
    assert html in one._repr_html_() and "<script" not in one._repr_html_()


def test_an_explanation_is_plain_json(judge):
    (one,) = Explainer(*judge).explain(PAIRS[:1], "integrated_gradients", steps=3, max_steps=3, matrix="gradients")
    told = json.loads(json.dumps(one.to_dict(), ensure_ascii=False))
    assert told["q"] == PAIRS[0][0]
    steps = {"steps": 3, "max_steps": 3}
    assert told["method"] == {"method": "integrated_gradients", **steps, "baseline": "mask", "smooth": None}
    assert [part["text"] for part in told["q_segments"]] == list(PAIRS[0][0])
    assert len(told["t_scores"]) == len(PAIRS[0][1])
    assert isinstance(told["gap"], float)


def test_a_folder_is_judged_by_its_own_margin_and_length(judge, middle, tmp_path):
    model, tokenizer = judge
    model.config.decision_margin = middle[0]
    try:
        save_folder(model, tokenizer, [tmp_path / name for name in FOLDER_FILES])
    finally:
        del model.config.decision_margin
    explainer = Explainer.from_pretrained(tmp_path)
    assert explainer.predict(PAIRS) == Explainer(*judge, margin=middle[0]).predict(PAIRS)
    assert explainer.max_length == 32
    assert Explainer.from_pretrained(str(tmp_path), margin=0.25).margin == 0.25
    assert explainer.predict([(SENTENCES[0] * 9, SENTENCES[1])])[0].truncated
