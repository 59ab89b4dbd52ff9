"""Faithfulness by a model whose every answer is known, and recomputed with single pairs and plain loops."""

import numpy as np
import polars as pl
import pytest
import torch
from toys import classifier

from yiju import tables
from yiju.attribution import segments as segments_module
from yiju.attribution.segments import segmented
from yiju.attribution.subject import Subject
from yiju.metrics.faithfulness import SHARES, faithfulness, leave_one_out, leave_one_out_tau
from yiju.rationale.layout import Layout, choose
from yiju.rationale.selection import keep_count, rank
from yiju.tokens import Sequences, encode, pair_up

PAIRS = [("怎么开通花呗", "花呗怎样开通"), ("多少钱", "多少钱一斤"), ("", "手机号码"), ("上", "北京今天天气"), ("", "")]
REMOVALS = ("mask", "delete")


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def pairs_of(tokenizer, texts, segments=None):
    """Pairs as `segmented` gives them, one segment a character unless given."""
    rows = [
        {"item": str(number), "q": q, "t": t, "q_segments": list(q), "t_segments": list(t)}
        for number, (q, t) in enumerate(texts)
    ]
    table = pl.DataFrame([row | (segments or {}) for row in rows], schema_overrides=tables.ITEMS)
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    return segmented(table, q, t, pair_up(tokenizer, q, t, 32))


def drawn(found, seed=1):
    scores = np.random.default_rng(seed).normal(size=len(found.begin)).round(1)
    return scores, choose(found.layout, scores, {"by": "ratio", "value": 0.4})


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


def additive():
    """A pair of three words a side, each a segment, before the model of `WEIGHTS`."""
    ids = np.array([1, 3, 4, 5, 1, 6, 7, 8, 1], dtype=np.int32)
    pairs = Sequences(ids, np.array([0, 9]), np.array([3]), np.array([3]), np.array([False]), 0)
    places = np.array([1, 2, 3, 5, 6, 7])
    found = segments_module.Segmented(pairs, Layout(np.array([[3, 3]])), places, places + 1)
    return Subject(Additive(WEIGHTS).eval(), 2, 0, (0, 1, 2), 1000), found, np.array(WEIGHTS[3:])


@pytest.mark.parametrize("removal", REMOVALS)
def test_a_model_that_adds_up_its_tokens_gives_sums_of_weights(removal):
    subject, found, weights = additive()
    rationale = np.array([True, False, True, False, True, False])
    values = faithfulness(subject, found, np.array([1]), weights, rationale, removal)
    # The best of either side for shares up to 20 %, the best two for 50 %.
    of_top = (4 * (0.3 + 0.1) + (0.3 + 0.2 + 0.1 + 0.04)) / 5
    assert values["comprehensiveness"] == pytest.approx([0.6])
    assert values["sufficiency"] == pytest.approx([0.1])
    assert values["aopc_comprehensiveness"] == pytest.approx([of_top])
    assert values["aopc_sufficiency"] == pytest.approx([0.7 - of_top])
    # p(1) is .8, .7 of the rationale alone, .2 without it.
    assert values["new_p"].tolist() == [1.0]
    assert faithfulness(subject, found, np.array([1]), weights, ~rationale, removal)["new_p"].tolist() == [0.0]
    assert leave_one_out(subject, found, np.array([1]), removal) == pytest.approx(weights)
    assert leave_one_out(subject, found, np.array([0]), removal) == pytest.approx(-weights)


@pytest.mark.parametrize("removal", REMOVALS)
def test_the_oracle_beats_its_reverse(removal):
    subject, found, weights = additive()
    rationale = np.ones(6, dtype=bool)
    best, worst = (
        faithfulness(subject, found, np.array([1]), scores, rationale, removal) for scores in (weights, -weights)
    )
    assert best["aopc_comprehensiveness"] > worst["aopc_comprehensiveness"] + 0.3
    assert best["aopc_sufficiency"] < worst["aopc_sufficiency"] - 0.3
    differences = leave_one_out(subject, found, np.array([1]), removal)
    assert leave_one_out_tau(found.layout, weights, differences) == pytest.approx([1.0])
    assert leave_one_out_tau(found.layout, -weights, differences) == pytest.approx([-1.0])


def test_every_different_variant_is_judged_once():
    subject, found, weights = additive()
    faithfulness(subject, found, np.array([1]), weights, weights > 0.15, "mask")
    # The whole; the rationale, the best one and the best two of either side, alone and taken away.
    assert subject.model.judged == 7


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
    found = pairs_of(judge[1], PAIRS)
    scores, rationale = drawn(found)
    labels = np.array([1, 0, 1, 0, 1])
    subject = Subject.of(*judge, 100)
    values = faithfulness(subject, found, labels, scores, rationale, removal)
    differences = leave_one_out(subject, found, labels, removal)
    # Other blocks change nothing.
    monkeypatch.setattr(segments_module, "TOKENS", 1)
    for name, again in faithfulness(subject, found, labels, scores, rationale, removal).items():
        np.testing.assert_allclose(again, values[name], atol=1e-6)
    np.testing.assert_allclose(leave_one_out(subject, found, labels, removal), differences, atol=1e-6)
    starts = found.layout.starts
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
    # The three letters are cut into tokens otherwise than into segments.
    found = pairs_of(judge[1], [("VIP怎么", "手机")], {"q_segments": ["V", "IP怎", "么"]})
    subject, label = Subject.of(*judge, 100), np.array([1])
    tokens = int(found.begin[2]) - 1
    whole = pairs_of(judge[1], [("VIP怎么", "手机")], {"q_segments": ["VIP怎", "么"]})
    touched = found.touching(np.array([False, True, False, False, False]))
    assert touched.nonzero()[0].tolist() == list(range(int(found.begin[1]), 1 + tokens))
    first, second = (
        faithfulness(subject, one, label, np.arange(len(one.begin)), chosen, "delete")
        for one, chosen in ((found, np.arange(5) < 2), (whole, np.arange(4) < 1))
    )
    for name in ("sufficiency", "comprehensiveness", "new_p"):
        assert first[name] == pytest.approx(second[name], abs=1e-6)


def test_nothing_to_take_away_changes_nothing(judge):
    found = pairs_of(judge[1], [("", ""), ("", "多")])
    scores, nothing = np.array([1.0]), np.array([False])
    values = faithfulness(Subject.of(*judge, 100), found, np.array([1, 0]), scores, nothing, "delete")
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
