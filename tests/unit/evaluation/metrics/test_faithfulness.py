"""Faithfulness by a model whose every answer is known, and recomputed with single pairs and plain loops."""

import numpy as np
import polars as pl
import pytest
import torch
from ensembles import token_shares
from scorers import reader, scorer_of, template
from toys import classifier

from yiju.base import tables
from yiju.evaluation.metrics.faithfulness import SHARES, best_of_sides, faithfulness, leave_one_out, leave_one_out_tau
from yiju.explain import coalitions as coalitions_module
from yiju.explain.attribute_set import ensemble_of, read_items
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.rationales.layout import Layout, choose, layout_of
from yiju.explain.rationales.selection import keep_count, rank
from yiju.explain.subject import Subject
from yiju.models.tokens import TokenizedPairs

SHAPE = template(0, 1, 1, 2, (0, 1, 2))

PAIRS = [("怎么开通花呗", "花呗怎样开通"), ("多少钱", "多少钱一斤"), ("", "手机号码"), ("上", "北京今天天气"), ("", "")]
REMOVALS = ("mask", "delete")


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def pairs_of(judges, texts, segments=None, both=False):
    """Pairs before models that have one tokeniser, one segment a character unless given, and their layout."""
    rows = [
        {"item": str(number), "q": q, "t": t, "q_segments": list(q), "t_segments": list(t)}
        for number, (q, t) in enumerate(texts)
    ]
    table = pl.DataFrame([row | (segments or {}) for row in rows], schema_overrides=pl.Schema(tables.ITEMS))
    orders = read_items(reader(judges[0][1], 32), table, {"max_length": 32, "average_orders": both})
    return ensemble_of([Subject.of(*one, 100) for one in judges], orders), layout_of(table)


def drawn(layout, seed=1):
    scores = np.random.default_rng(seed).normal(size=layout.starts[-1]).round(1)
    return scores, choose(layout, scores, {"by": "ratio", "value": 0.4})


class Additive(torch.nn.Module):
    """p(1) is 0.1 and the weights of all tokens that are there."""

    def __init__(self, weights):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.tensor(weights, dtype=torch.float64))
        self.device = torch.device("cpu")
        self.judged = 0

    def forward(self, input_ids, attention_mask, **_):
        self.judged += len(input_ids)
        p = 0.1 + (self.weights[input_ids] * attention_mask).sum(-1)
        return type("Output", (), {"logits": torch.stack([torch.log1p(-p), torch.log(p)], -1)})


# Ids 0 [PAD], 1 [CLS] and [SEP], 2 [MASK]; then six words of these weights.
WEIGHTS = [0.0, 0.0, 0.0, 0.3, 0.05, 0.2, 0.01, 0.1, 0.04]


def additive(*models):
    """A pair of three words a side, each a segment, before models that add up; by default that of `WEIGHTS` alone."""
    ids = np.array([1, 3, 4, 5, 1, 6, 7, 8, 1], dtype=np.int32)
    pairs = TokenizedPairs(ids, np.array([0, 9]), np.array([3]), np.array([3]), np.array([False]), SHAPE)
    subjects = [Subject(scorer_of(Additive(weights).eval(), SHAPE), 1000) for weights in models or [WEIGHTS]]
    readings = [[Reading(subject, pairs, token_shares(pairs), pairs.first)] for subject in subjects]
    return Ensemble(readings), Layout(np.array([[3, 3]])), np.array(WEIGHTS[3:])


def test_a_share_of_a_side_is_one_of_what_was_read():
    layout, unread = Layout(np.array([[4, 2], [0, 2]])), np.nan
    scores = np.array([0.1, unread, 0.2, unread, unread, unread, -0.1, -0.2])
    assert np.flatnonzero(best_of_sides(layout, scores, 0.5)).tolist() == [2, 6]
    assert np.flatnonzero(best_of_sides(layout, scores, 1.0)).tolist() == [0, 2, 6, 7]


@pytest.mark.parametrize("removal", REMOVALS)
def test_a_model_that_adds_up_its_tokens_gives_sums_of_weights(removal):
    ensemble, layout, weights = additive()
    rationale = np.array([True, False, True, False, True, False])
    values = faithfulness(ensemble, layout, np.array([1]), weights, rationale, removal)
    # The best of either side for shares up to 20 %, the best two for 50 %.
    of_top = (4 * (0.3 + 0.1) + (0.3 + 0.2 + 0.1 + 0.04)) / 5
    assert values["comprehensiveness"] == pytest.approx([0.6])
    assert values["sufficiency"] == pytest.approx([0.1])
    assert values["aopc_comprehensiveness"] == pytest.approx([of_top])
    assert values["aopc_sufficiency"] == pytest.approx([0.7 - of_top])
    # p(1) is .8, .7 of the rationale alone, .2 without it.
    assert values["new_p"].tolist() == [1.0]
    assert faithfulness(ensemble, layout, np.array([1]), weights, ~rationale, removal)["new_p"].tolist() == [0.0]
    assert leave_one_out(ensemble, np.array([1]), removal) == pytest.approx(weights)
    assert leave_one_out(ensemble, np.array([0]), removal) == pytest.approx(-weights)


@pytest.mark.parametrize("removal", REMOVALS)
def test_the_oracle_beats_its_reverse(removal):
    ensemble, layout, weights = additive()
    rationale = np.ones(6, dtype=bool)
    best, worst = (
        faithfulness(ensemble, layout, np.array([1]), scores, rationale, removal) for scores in (weights, -weights)
    )
    assert best["aopc_comprehensiveness"] > worst["aopc_comprehensiveness"] + 0.3
    assert best["aopc_sufficiency"] < worst["aopc_sufficiency"] - 0.3
    differences = leave_one_out(ensemble, np.array([1]), removal)
    assert leave_one_out_tau(layout, weights, differences) == pytest.approx([1.0])
    assert leave_one_out_tau(layout, -weights, differences) == pytest.approx([-1.0])


def test_every_different_variant_is_judged_once():
    ensemble, layout, weights = additive()
    faithfulness(ensemble, layout, np.array([1]), weights, weights > 0.15, "mask")
    # The whole; the rationale, the best one and the best two of either side, alone and taken away.
    assert ensemble.first.subject.model.judged == 7


def chance_of(*worths):
    """p(1) where the logits of models whose p(1) these are, are averaged."""
    odds = np.mean([np.log(worth / (1 - worth)) for worth in worths])
    return 1 / (1 + np.exp(-odds))


def test_several_members_are_asked_for_the_mean_of_their_logits():
    """Not for the mean of what each one's own figures would be."""
    other = [0.0, 0.0, 0.0, 0.05, 0.3, 0.05, 0.2, 0.01, 0.04]
    ensemble, layout, weights = additive(WEIGHTS, other)
    rationale = np.array([True, False, True, False, True, False])
    labels = np.array([1])
    values = faithfulness(ensemble, layout, labels, weights, rationale, "delete")
    whole = chance_of(0.8, 0.1 + sum(other))
    # Of the first .6 goes and .1 + .6 stays, of the other .11.
    assert values["comprehensiveness"] == pytest.approx([whole - chance_of(0.8 - 0.6, 0.75 - 0.11)])
    assert values["sufficiency"] == pytest.approx([whole - chance_of(0.1 + 0.6, 0.1 + 0.11)])
    lost = [whole - chance_of(0.8 - one, 0.75 - two) for one, two in zip(WEIGHTS[3:], other[3:], strict=True)]
    assert leave_one_out(ensemble, labels, "delete") == pytest.approx(lost)


def by_hand(judge, q, t, label, gone, removal):
    """p(label) without the characters (side, place) that are gone, through the tokeniser itself."""
    model, tokenizer = judge
    put = "[MASK]" if removal == "mask" else ""
    sides = [
        "".join(put if (side, place) in gone else character for place, character in enumerate(text))
        for side, text in enumerate((q, t))
    ]
    sides = ["[MASK]" if text and not left else left for text, left in zip((q, t), sides, strict=True)]
    with torch.no_grad():
        logits = model(**tokenizer(*sides, return_tensors="pt")).logits
    return float(logits.double().softmax(-1)[0, label])


@pytest.mark.parametrize("removal", REMOVALS)
def test_every_figure_is_the_one_of_single_pairs_and_plain_loops(judge, removal, monkeypatch):
    ensemble, layout = pairs_of([judge], PAIRS)
    scores, rationale = drawn(layout)
    labels = np.array([1, 0, 1, 0, 1])
    values = faithfulness(ensemble, layout, labels, scores, rationale, removal)
    differences = leave_one_out(ensemble, labels, removal)
    # Other blocks change nothing.
    monkeypatch.setattr(coalitions_module, "BLOCK", 1)
    for name, again in faithfulness(ensemble, layout, labels, scores, rationale, removal).items():
        np.testing.assert_allclose(again, values[name], atol=1e-6)
    np.testing.assert_allclose(leave_one_out(ensemble, labels, removal), differences, atol=1e-6)
    starts = layout.starts
    for row, ((q, t), label) in enumerate(zip(PAIRS, labels, strict=True)):
        everything = [(0, place) for place in range(len(q))] + [(1, place) for place in range(len(t))]
        own, chosen = scores[starts[row] : starts[row + 1]], rationale[starts[row] : starts[row + 1]]
        ranked = [[(0, place) for place in rank(own[: len(q)])], [(1, place) for place in rank(own[len(q) :])]]

        def judged(gone, q=q, t=t, label=label):
            return by_hand(judge, q, t, label, gone, removal)

        def both(kept, everything=everything, judged=judged):
            """Sufficiency and comprehensiveness of a selection."""
            return judged([]) - judged(set(everything) - set(kept)), judged([]) - judged(kept)

        picked = [where for where, there in zip(everything, chosen, strict=True) if there]
        tops = [[*(w for side in ranked for w in side[: keep_count(len(side), share)])] for share in SHARES]
        aopc = np.mean([both(top) for top in tops], axis=0)
        expected = {
            "sufficiency": both(picked)[0],
            "comprehensiveness": both(picked)[1],
            "aopc_sufficiency": aopc[0],
            "aopc_comprehensiveness": aopc[1],
            "new_p": float(
                (judged(set(everything) - set(picked)) > 0.5) == (judged([]) > 0.5)
                and (judged(picked) > 0.5) != (judged([]) > 0.5)
            ),
        }
        assert {name: one[row] for name, one in values.items()} == pytest.approx(expected, abs=2e-5)
        lost = [judged([]) - judged([where]) for where in everything]
        np.testing.assert_allclose(differences[starts[row] : starts[row + 1]], lost, atol=2e-5)
    assert abs(differences).max() > 0.01


def test_a_token_in_several_segments_goes_with_any_of_them_and_stays_with_the_rationale(judge):
    # The three letters are one unknown token.
    ensemble, layout = pairs_of([judge], [("zzz怎么", "手机")], {"q_segments": ["z", "zz怎", "么"]})
    whole, whole_layout = pairs_of([judge], [("zzz怎么", "手机")], {"q_segments": ["zzz怎", "么"]})
    label, touched = np.array([1]), ensemble.first.touched(0)
    assert touched[:3, :3].tolist() == [[True, False, False], [True, True, False], [False, False, True]]
    first, second = (
        faithfulness(one, own, label, np.arange(own.starts[-1]), chosen, "delete")
        for one, own, chosen in ((ensemble, layout, np.arange(5) < 2), (whole, whole_layout, np.arange(4) < 1))
    )
    for name in ("sufficiency", "comprehensiveness", "new_p"):
        assert first[name] == pytest.approx(second[name], abs=1e-6)
    # The first segment alone keeps the token, and the second one without the first has lost it.
    lost = leave_one_out(ensemble, label, "delete")
    values = faithfulness(ensemble, layout, label, np.arange(5), np.arange(5) == 0, "delete")
    assert values["comprehensiveness"] == pytest.approx(lost[[0]], abs=1e-6)
    assert abs(lost[0]) > 1e-4


def test_nothing_to_take_away_changes_nothing(judge):
    ensemble, layout = pairs_of([judge], [("", ""), ("", "多")])
    scores, nothing = np.array([1.0]), np.array([False])
    values = faithfulness(ensemble, layout, np.array([1, 0]), scores, nothing, "delete")
    assert all(one[0] == 0 for one in values.values())
    assert values["comprehensiveness"][1] == 0
    assert values["sufficiency"][1] == pytest.approx(values["aopc_comprehensiveness"][1], abs=1e-6)


def test_a_tau_is_told_where_the_differences_rank_anything():
    layout = Layout(np.array([[2, 1], [1, 0], [1, 1], [0, 3], [0, 0]]))
    differences = np.array([0.3, 0.1, 0.2, 0.5, 0.1, 0.1, 0.1, 0.2, 0.3])
    scores = np.array([3.0, 1.0, 1.0, 5.0, 1.0, 2.0, 4.0, 4.0, 4.0])
    found = leave_one_out_tau(layout, scores, differences)
    # Two of three pairs in order, one tied in the scores: 2 / sqrt(3 * 2).
    np.testing.assert_allclose(found, [2 / 6**0.5, np.nan, np.nan, 0.0, np.nan])


def test_a_tau_leaves_out_what_was_not_read():
    layout = Layout(np.array([[2, 2], [1, 1]]))
    differences = np.array([0.3, 0.1, 0.0, 0.2, 0.4, 0.0])
    scores = np.array([3.0, 1.0, np.nan, 2.0, 1.0, np.nan])
    np.testing.assert_allclose(leave_one_out_tau(layout, scores, differences), [1.0, np.nan])
