"""The public face: what the workflow's functions say, for anybody's pairs, with messages for bad ones."""

import json
from itertools import pairwise

import numpy as np
import pandas
import pytest
import torch
from ensembles import of_texts
from toys import SENTENCES, classifier, model_folder

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.data.items import characters
from yiju.explain import compute
from yiju.explain.attribution import score_pairs
from yiju.models.calibration.apply import difference
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.models.tokens import encode_pairs

PAIRS = list(pairwise(SENTENCES))
METHODS = [("gradient_input_l2", {}), ("gradient_input_l2", {"steps": 3}), ("occlusion", {"removal": "delete"})]


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


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
    monkeypatch.setattr("yiju.app.explainer.CHUNK", 3)
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
    assert one._repr_html_() == html


def test_an_explanation_is_plain_json(judge):
    (one,) = Explainer(*judge).explain(PAIRS[:1], "integrated_gradients", steps=3, max_steps=3, matrix="gradients")
    told = json.loads(json.dumps(one.to_dict(), ensure_ascii=False))
    assert told["q"] == PAIRS[0][0]
    steps = {"steps": 3, "max_steps": 3}
    assert told["method"] == {"method": "integrated_gradients", **steps, "baseline": "mask", "smooth": None}
    assert [part["text"] for part in told["q_segments"]] == list(PAIRS[0][0])
    assert len(told["t_scores"]) == len(PAIRS[0][1])
    assert isinstance(told["gap"], float)


def test_one_pair_gives_one_answer(judge):
    explainer = Explainer(*judge)
    assert explainer.predict(PAIRS[0]) == explainer.predict([PAIRS[0]])[0]
    one = explainer.explain(PAIRS[0], method="gradient_input_l2", matrix="occlusion")
    (same,) = explainer.explain([PAIRS[0]], method="gradient_input_l2", matrix="occlusion")
    assert one.to_dict() == same.to_dict()
    # Two pairs are no pair.
    assert len(explainer.predict((PAIRS[0], PAIRS[1]))) == 2
    with pytest.raises(YijuError, match="pair 0: t is empty"):
        explainer.predict(("花", ""))


def test_a_table_of_pandas_comes_back_with_columns_beside(judge):
    table = pandas.DataFrame({"number": [7, 8], "q": SENTENCES[:2], "t": SENTENCES[2:4]}, index=["a", "b"])
    explainer = Explainer(*judge)
    judged, explained = explainer.predict(table), explainer.explain(table)
    assert [*judged.columns] == ["number", "q", "t", "label", "probability", "truncated", "unknown"]
    assert [*judged.index] == ["a", "b"]
    assert judged["label"].tolist() == [
        one.label for one in explainer.predict(zip(table["q"], table["t"], strict=True))
    ]
    assert [len(scores) for scores in explained["q_scores"]] == [len(text) for text in table["q"]]
    with pytest.raises(YijuError, match="no column 't'"):
        explainer.predict(table.drop(columns="t"))


def test_a_table_without_rows_gets_the_same_columns(judge):
    explainer = Explainer(*judge)
    table = pandas.DataFrame({"q": SENTENCES[:1], "t": SENTENCES[1:2], "unknown": [7]})
    for told in (explainer.predict, explainer.explain):
        for given in (table, table[["q", "t"]]):
            whole, empty = told(given), told(given[:0])
            assert [*empty.columns] == [*whole.columns]
            assert not len(empty)
    judged = explainer.predict(table[["q", "t"]][:0])
    assert [str(kind) for kind in judged.dtypes[2:]] == ["int64", "float64", "bool", "int64"]


def test_no_column_of_a_table_is_overwritten(judge):
    explainer = Explainer(*judge)
    table = pandas.DataFrame({"q": SENTENCES[:2], "t": SENTENCES[2:4], "label": ["是", "否"]}, index=[3, 3])
    judged = explainer.predict(table)
    assert [*judged.columns[:3]] == ["q", "t", "label"]
    assert judged["label"].tolist() == ["是", "否"]
    wanted = explainer.predict(zip(table["q"], table["t"], strict=True))
    assert judged["yiju_label"].tolist() == [one.label for one in wanted]
    assert judged["yiju_probability"].tolist() == pytest.approx([one.probability for one in wanted])
    assert not {"probability", "truncated"} & {*judged.columns}
    assert "yiju_q_scores" in explainer.explain(table.assign(method="?")).columns
    with pytest.raises(YijuError, match="a column 'yiju_label' already, which would be overwritten; rename"):
        explainer.predict(judged)
    assert [*table.columns] == ["q", "t", "label"]
    doubled = pandas.concat([table, table[["q"]]], axis="columns", ignore_index=False)
    with pytest.raises(YijuError, match="several columns 'q'; rename all but one"):
        explainer.predict(doubled.reset_index(drop=True))


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


def test_what_is_wrong_is_named(judge, tmp_path):
    explainer = Explainer(*judge)
    for pairs, said in (([("一", "二"), ("一", None)], "pair 1"), (["一二"], "pair 0: '一二'"), ([("一",)], "pair 0")):
        with pytest.raises(YijuError, match=said):
            explainer.predict(pairs)
    with pytest.raises(YijuError, match="no method 'magic'; there are attention_rollout, deeplift"):
        explainer.explain(PAIRS, "magic")
    with pytest.raises(YijuError, match=r"occlusion has no option steps; its options: removal"):
        explainer.explain(PAIRS, "occlusion", steps=3)
    for options, said in (
        (
            {"samples": 5},
            "occlusion has no option samples; its options: removal; options without a method are ",
        ),
        (
            {"removal": "burn"},
            "occlusion, option removal is 'burn'; it must be 'mask' or 'delete'; its options: ",
        ),
    ):
        with pytest.raises(YijuError, match=said):
            explainer.explain(PAIRS, **options)
    for method, options, said in (
        ("lime", {"samples": "x"}, "lime, option samples is 'x'; it must be a whole number; its options: samples, "),
        ("lime", {"samples": 1}, "option samples is 1; it must be greater than or equal to 2; "),
        ("lime", {"samples": 2.5}, "option samples is 2.5; it must be a whole number; "),
        ("gradient_l2", {"smooth": {"samples": 2}}, "gradient_l2, option smooth.noise is missing; give it"),
        ("gradient_l2", {"smooth": 3}, "option smooth is 3; it must be an object such as "),
        ("random", {"samples": 2}, "random has no option samples; it has no options"),
    ):
        with pytest.raises(YijuError, match=said):
            explainer.explain(PAIRS, method, **options)
    with pytest.raises(YijuError, match="matrix is 'magic'; it must be one of None, gradients, occlusion, shapley"):
        explainer.explain(PAIRS, matrix="magic")
    with pytest.raises(YijuError, match="no such folder; for a checkpoint of the hub give its commit"):
        Explainer.from_pretrained(tmp_path / "nothing")
    with pytest.raises(YijuError, match=r"without .*classifier\.weight.*; fine-tune it first"):
        Explainer.from_pretrained(model_folder(tmp_path))


NOTHING = ["", " ", "\u3000", "\u200b", "\ufeff", "\u200b \x07\ufeff", "\u0301", "\ue000", "\n\t", "\u3164"]


@pytest.mark.parametrize("text", NOTHING)
@pytest.mark.parametrize("side", [0, 1])
def test_a_sentence_with_nothing_to_judge_is_named_by_every_call(judge, text, side, monkeypatch):
    monkeypatch.setattr("yiju.app.explainer.CHUNK", 2)
    explainer = Explainer(*judge)
    bad = (text, SENTENCES[0])[:: -1 if side else 1]
    pairs = [*PAIRS[:3], bad, PAIRS[3]]
    calls = (
        explainer.predict,
        explainer.explain,
        explainer.counterfactuals,
        lambda pairs: list(explainer.stream(pairs, "random")),
    )
    for call in calls:
        with pytest.raises(YijuError, match=f"^pair 3: {'qt'[side]} "):
            call(pairs)
    (*good, last) = explainer.refusals([*PAIRS[:3], bad])
    assert good == [None] * 3
    assert last.startswith(f"{'qt'[side]} ")


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("花", float("nan")), "pair 1: t is nan, not a text"),
        ((None, "花"), "pair 1: q is None, not a text"),
        (("花", 7), "pair 1: t is 7, not a text"),
        (("花", "\ud800呗"), "pair 1: t holds half of a surrogate pair"),
        (("花", "呗", "开"), "pair 1: .* is not a pair of two texts"),
    ],
)
def test_a_cell_that_is_no_text_is_named(judge, pair, said):
    with pytest.raises(YijuError, match=said):
        Explainer(*judge).predict([PAIRS[0], pair])


def test_an_empty_cell_of_a_table_is_named(judge):
    for missing in (None, float("nan"), pandas.NA, ""):
        table = pandas.DataFrame({"q": ["花呗", "花呗"], "t": ["开通", missing]}, dtype=object)
        for call in (Explainer(*judge).predict, Explainer(*judge).explain):
            with pytest.raises(YijuError, match=r"^pair 1: t is "):
                call(table)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_are_refused_by_every_call(tmp_path, value):
    model, tokenizer = classifier(tmp_path)
    model.classifier.bias.data[0] = value
    explainer = Explainer(model, tokenizer)
    calls = [explainer.predict, explainer.explain, explainer.counterfactuals]
    calls += [lambda pairs, name=name: explainer.explain(pairs, name) for name in ("deeplift", "gradient_l2", "lime")]
    for call in calls:
        with pytest.raises(YijuError, match=r"the model's (logits|scores) are not finite numbers"):
            call(PAIRS)


def test_weights_so_large_that_a_pass_overflows_are_refused(tmp_path):
    model, tokenizer = classifier(tmp_path)
    # The pooler says 1 everywhere, and sixteen times the largest number is none.
    model.bert.pooler.dense.bias.data.fill_(1e4)
    model.classifier.weight.data[1] = torch.finfo(torch.float32).max
    with pytest.raises(YijuError, match="not finite numbers"):
        Explainer(model, tokenizer).predict(PAIRS)


@pytest.mark.parametrize("device", ["gpu", "cuda:97", "banana", "cpu:1", "meta", "-1", ""])
def test_a_device_that_is_not_here_is_named_with_those_that_are(tmp_path, device):
    with pytest.raises(YijuError, match=f"device '{device}' is not on this machine; there are auto, cpu"):
        Explainer.from_pretrained(tmp_path, device=device)


def test_a_device_is_one_of_the_machine(monkeypatch):
    from yiju.job.devices import computing_device

    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert (computing_device("auto"), computing_device("cpu")) == ("cpu", "cpu")
    with pytest.raises(YijuError, match="device 'cuda' is not on this machine"):
        computing_device("cuda")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert [computing_device(name) for name in ("auto", "cuda", "cuda:1")] == ["cuda", "cuda", "cuda:1"]
    with pytest.raises(YijuError, match="there are auto, cpu, cuda, cuda:0, cuda:1"):
        computing_device("cuda:2")
