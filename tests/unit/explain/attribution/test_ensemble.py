"""What is explained is the decision: the mean of the logits of all members and orders, and of each member's own."""

from itertools import product

import numpy as np
import pytest
import torch
from ensembles import before, items, of_texts
from scorers import reader
from toys import classifier

from yiju.config.method import get_method
from yiju.explain.attribution import load_method, score_pairs
from yiju.explain.methods import METHODS
from yiju.explain.orders import orders_of
from yiju.explain.rationales.sufficient import smallest_rationales
from yiju.explain.segments import segments_in
from yiju.explain.subject import Subject
from yiju.models.inference import predict_logits
from yiju.models.tokens import encode_pairs

PAIRS = [("怎么开通花呗", "花呗怎样开通"), ("多少钱", "多少钱一斤"), ("北京天气", "上海今天天气怎么样")]
LABELS = np.array([1, 0, 0])
REMOVING = [name for name in METHODS if load_method(name).METHOD.removes]
FEW = {"samples": 40, "steps": 2, "max_steps": 2}


@pytest.fixture(scope="module")
def judges(tmp_path_factory):
    """Two members with opinions of their own."""
    first, second = (classifier(tmp_path_factory.mktemp("model"), marker=True) for _ in range(2))
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for weight in second[0].parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.2)
    return [first, second]


def options_of(method):
    fields = get_method(method).options.model_fields
    given = {name: value for name, value in FEW.items() if name in fields}
    return {"method": method} | get_method(method).options.model_validate(given).model_dump()


def judged(judge, q, t):
    """Logits of a pair of texts, by one model in one order."""
    return predict_logits(judge[0], encode_pairs(judge[1], [q], [t], 32), 2048)[0]


def log_p(logits, label):
    return logits[label] - np.logaddexp(*logits)


def without_each(q, t):
    """The pair as a whole, and without each of its characters."""
    yield q, t
    yield from ((q[:i] + q[i + 1 :], t) for i in range(len(q)))
    yield from ((q, t[:i] + t[i + 1 :]) for i in range(len(t)))


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("both", [False, True], ids=["as given", "both orders"])
def test_occlusion_is_of_the_mean_of_the_logits_of_texts_without_the_character(judges, members, both):
    chosen = judges[:members]
    ensemble = of_texts(chosen, PAIRS, both=both)
    found = score_pairs(ensemble, LABELS, {"method": "occlusion", "removal": "delete"}, bar=False).values
    assert len(found) == (1 if members == 1 else 3)
    for row, ((q, t), label) in enumerate(zip(PAIRS, LABELS, strict=True)):
        each = [
            [[judged(one, *sides) for sides in ((a, b), (b, a))[: 1 + both]] for one in chosen]
            for a, b in without_each(q, t)
        ]
        # [texts, members, orders, 2]
        logits = np.array(each)
        voices = [logits.mean(axis=(1, 2)), *(logits[:, member].mean(axis=1) for member in range(members))]
        for values, own in zip(found[:, ensemble.own(row)], voices, strict=False):
            worth = np.array([log_p(one, label) for one in own])
            np.testing.assert_allclose(values, worth[0] - worth[1:], atol=1e-5)
    np.testing.assert_allclose(ensemble.logits()[-1], logits[0].mean(axis=(0, 1)), atol=1e-5)
    # Neither the mean of the members' own scores, nor of the orders'.
    if members == 2:
        assert np.abs(found[0] - found[1:].mean(axis=0)).max() > 1e-3


@pytest.mark.parametrize("method", [name for name in METHODS if name not in REMOVING])
def test_scores_of_tokens_are_averaged_over_members_and_orders(judges, method):
    ensemble = of_texts(judges, PAIRS, both=True)
    found = score_pairs(ensemble, LABELS, options_of(method), bar=False)
    each = []
    for judge, turned in product(judges, (False, True)):
        pairs = [pair[::-1] for pair in PAIRS] if turned else PAIRS
        one = of_texts([judge], pairs)
        own = score_pairs(one, LABELS, options_of(method), bar=False)
        sides = [np.split(own.values[0, one.own(row)], [one.first.firsts[row]]) for row in range(len(PAIRS))]
        each.append((np.concatenate([part for both in sides for part in both[:: -1 if turned else 1]]), own.gap))
    values, gaps = zip(*each, strict=True)
    np.testing.assert_allclose(found.values[0], np.mean(values, axis=0), atol=1e-5)
    for member in range(2):
        own = np.mean(values[2 * member : 2 * member + 2], axis=0)
        np.testing.assert_allclose(found.values[1 + member], own, atol=1e-5)
    assert (found.gap is None) == (gaps[0] is None)
    if found.gap is not None:
        np.testing.assert_allclose(found.gap, np.mean(gaps, axis=0), atol=1e-5)


@pytest.mark.parametrize("method", ["occlusion", "kernel_shap"])
def test_the_order_of_the_sentences_is_all_the_same_where_both_decide(judges, method):
    given, turned = (of_texts(judges, [PAIRS[1][::step]], both=True) for step in (1, -1))
    # All coalitions of eight: what is not drawn.
    options = options_of(method) | ({"samples": 254} if method == "kernel_shap" else {})
    found, other = (score_pairs(one, LABELS[1:2], options, bar=False).values for one in (given, turned))
    q, t = np.split(other, turned.first.firsts, axis=1)
    np.testing.assert_allclose(found, np.concatenate([t, q], axis=1), atol=1e-5)


def words(judge, *rows, max_length=32, both=False):
    """Pairs cut into the words given, before one model."""
    table = items(*rows)
    texts = (table[side].to_list() for side in "qt")
    return before([Subject.of(*judge, 2048)], orders_of(reader(judge[1], max_length), *texts, both, segments_in(table)))


SPLIT = {"item": "1", "q": "VIP 怎么开通", "t": "花呗2022", "q_segments": ["VIP", "怎么", "开通"], "t_segments": None}


@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_a_segment_of_several_tokens_is_one_player(judges, removal):
    """It goes as a whole: not one of its tokens without the others."""
    judge = judges[0]
    tokenizer = judge[1]
    ensemble = words(judge, SPLIT)
    (given,) = ensemble.first.pairs.select(np.array([0])).lengths
    assert given - 3 > 3 + 3, "VIP or 2022 is spelt with several tokens"
    q, t = [["VIP"], ["怎么"], ["开通"]], [["花"], ["呗"], ["2022"]]
    whole = [[one for (one,) in q], [one for (one,) in t]]

    def spelt(side, gone):
        mask = tokenizer.mask_token
        cut = [len(tokenizer.tokenize(part)) * [mask] if n == gone else [part] for n, part in enumerate(whole[side])]
        return " ".join(word for part in cut for word in part if removal == "mask" or word != mask)

    label, sides = 1, [spelt(side, None) for side in (0, 1)]
    base = log_p(judged(judge, *sides), label)
    expected = [base - log_p(judged(judge, spelt(0, gone), sides[1]), label) for gone in range(3)]
    expected += [base - log_p(judged(judge, sides[0], spelt(1, gone)), label) for gone in range(3)]
    (values,) = load_method("occlusion").attribute(ensemble, np.array([label]), {"removal": removal}).values
    np.testing.assert_allclose(values, expected, atol=1e-5)
    assert np.abs(values).min() > 1e-5
    # Six players have 2 ** 6 coalitions, and their exact values add up to what all of them change.
    options = {"samples": 62, "removal": removal, "sides": "together"}
    found = load_method("kernel_shap").attribute(ensemble, np.array([label]), options)
    assert found.error.tolist() == [0.0] * 6
    assert np.abs(found.gap).max() < 1e-9


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("both", [False, True], ids=["as given", "both orders"])
def test_what_was_not_read_has_no_score_and_is_in_no_rationale(judges, method, both):
    pairs = [("怎么开通花呗" * 2, "花呗"), ("花呗", "花呗")]
    ensemble = of_texts(judges, pairs, max_length=10, both=both)
    labels = (ensemble.logits().argmax(1)).astype(np.int64)
    found = score_pairs(ensemble, labels, options_of(method), bar=False)
    unread = [5, 6, 7, 8, 9, 10, 11]
    for values in (*found.values, *([] if found.error is None else [found.error])):
        assert np.flatnonzero(np.isnan(values)).tolist() == unread
    # Even of scores that name them.
    named = found.values[0].copy()
    named[unread] = 9.0
    for values in (found.values[0], named):
        scores = [values[ensemble.own(row)] for row in range(2)]
        for row, one in enumerate(smallest_rationales(ensemble, labels, scores, 0.0)):
            assert set(one.chosen) <= set(ensemble.players[row].tolist())
