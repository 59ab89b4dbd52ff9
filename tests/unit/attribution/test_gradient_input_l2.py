"""Gradient times input against its published formula, computed again by hand and by Captum's definition of a path."""

import numpy as np
import polars as pl
import pytest
import torch
from toys import PAIRS, classifier

from yiju import tables
from yiju.attribution import METHODS
from yiju.attribution.attribute import attribute_items, load_method, score_tokens
from yiju.tokens import encode_pairs


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def by_hand(model, batch, label, steps):
    """The model taken apart: embeddings, encoder, pooler, classifier; no hooks."""
    bert, scores = model.bert, 0
    with torch.no_grad():
        x = bert.embeddings(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids)
    for k in range(1, steps + 1):
        point = (x * k / steps).requires_grad_(True)
        logits = model.classifier(bert.pooler(bert.encoder(point, attention_mask=None).last_hidden_state))
        (gradient,) = torch.autograd.grad(torch.log_softmax(logits, -1)[0, label], point)
        scores = scores + gradient / steps
    return (scores * x).pow(2).sum(-1).sqrt()[0]


@pytest.mark.parametrize("steps", [1, 5])
def test_scores_equal_the_formula(judge, steps):
    model, tokenizer = judge
    q, t, labels = zip(*PAIRS[:12], strict=True)
    pairs = encode_pairs(tokenizer, q, t, 32)
    scores = score_tokens(model, pairs, np.array(labels), load_method("gradient_input_l2"), steps, 200)
    for row, label in enumerate(labels):
        expected = by_hand(model, pairs.batch(np.array([row])), label, steps).double().numpy()
        assert np.abs(scores[row] - expected).max() < 1e-5
        assert scores[row].max() > 1e-3


def test_a_batch_gives_what_single_pairs_give(judge):
    model, tokenizer = judge
    q, t, labels = zip(*PAIRS, strict=True)
    pairs = encode_pairs(tokenizer, q, t, 32)
    method = load_method("gradient_input_l2")
    together = score_tokens(model, pairs, np.array(labels), method, 1, 10_000)
    alone = score_tokens(model, pairs, np.array(labels), method, 1, 1)
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(together, alone, strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_left_behind_on_the_model(judge, method):
    model, tokenizer = judge
    hooks = [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]
    pairs = encode_pairs(tokenizer, ["花呗"], ["多少钱"], 32)
    model.train()
    score_tokens(model, pairs, np.array([1]), load_method(method), 2, 100)
    assert model.training
    model.eval()
    assert hooks == [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())


def items(rows):
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS}
    return pl.DataFrame(columns, schema=tables.ITEMS)


def test_segments_get_the_scores_of_their_tokens(judge):
    model, tokenizer = judge
    table = items([{"item": "1", "q": "VIP 怎么开", "t": "花呗？", "q_segments": ["VIP", "怎么", "开"]}])
    found = attribute_items(table, [1], model, tokenizer, "gradient_input_l2", 1, 32, 100)
    tables.check(found, tables.ATTRIBUTIONS, "test")
    pairs = encode_pairs(tokenizer, ["VIP 怎么开"], ["花呗？"], 32)
    (tokens,) = score_tokens(model, pairs, np.array([1]), load_method("gradient_input_l2"), 1, 100)
    # [CLS] v ##i ##p 怎 么 开 [SEP] 花 呗 ？ [SEP], however VIP is spelt.
    spelt = len(tokens) - 9
    expected = [tokens[1 : 1 + spelt].sum(), tokens[1 + spelt : 3 + spelt].sum(), tokens[3 + spelt]]
    assert found.filter(side="q")["score"].to_list() == pytest.approx(expected)
    assert found.filter(side="q")["text"].to_list() == ["VIP", "怎么", "开"]
    assert found.filter(side="q").select("start", "end").rows() == [(0, 3), (4, 6), (6, 7)]
    assert found.filter(side="t")["text"].to_list() == ["花", "呗", "？"]


def test_what_was_cut_off_scores_nothing_and_empty_sides_have_no_rows(judge):
    model, tokenizer = judge
    table = items([{"item": "1", "q": "怎么开通花呗" * 9, "t": "花"}, {"item": "2", "q": "", "t": "花"}])
    found = attribute_items(table, [1, 0], model, tokenizer, "gradient_input_l2", 1, 16, 100)
    long = found.filter(item="1", side="q")["score"].to_numpy()
    assert len(long) == 54
    assert (long[:12] > 0).all() and (long[12:] == 0).all()
    assert found.filter(item="2", side="q").is_empty()
    assert len(found.filter(item="2", side="t")) == 1
