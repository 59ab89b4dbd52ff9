"""What every method keeps to: one pair's scores are its own, the model is left as it was, nothing of a text is lost."""

import numpy as np
import polars as pl
import pytest
from toys import PAIRS, SENTENCES, classifier

from yiju import tables
from yiju.attribution import METHODS, attribute
from yiju.attribution.attribute import score_pairs, segment_table
from yiju.attribution.subject import Subject
from yiju.predict import predict_logits
from yiju.settings.explain import OPTIONS
from yiju.tokens import encode, encode_pairs, pair_up


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def defaults(method):
    """A method's options as the workflow gives them, few samples."""
    few = {"samples": 12, "steps": 3}
    options = OPTIONS[method]
    return {"method": method} | options(
        **{key: value for key, value in few.items() if key in options.model_fields}
    ).model_dump()


def explain(judge, pairs, labels, method="gradient_input_l2", budget=300, **others):
    subject = Subject.of(*judge, budget)
    return score_pairs(subject, pairs, np.asarray(labels), defaults(method), **others)


def test_every_method_has_its_options():
    assert set(METHODS) <= set(OPTIONS)


# Forty passes a pair.
SLOWEST = "sequential_integrated_gradients"


@pytest.mark.parametrize("method", [pytest.param(one, marks=[pytest.mark.slow] * (one == SLOWEST)) for one in METHODS])
def test_a_batch_gives_what_single_pairs_give(judge, method):
    q, t, labels = (list(column[::9]) for column in zip(*PAIRS, strict=True))
    together = explain(judge, encode_pairs(judge[1], q, t, 32), labels, method, 10_000).values
    again = explain(judge, encode_pairs(judge[1], q, t, 32), labels, method, 10_000).values
    alone = [
        explain(judge, encode_pairs(judge[1], [first], [second], 32), [label], method, 1).values
        for first, second, label in zip(q, t, labels, strict=True)
    ]
    assert np.array_equal(together, again)
    np.testing.assert_allclose(together, np.concatenate(alone), atol=2e-5 * np.abs(together).max())


@pytest.mark.parametrize("method", METHODS)
def test_without_labels_the_larger_logit_is_explained(judge, method):
    subject, pairs = Subject.of(*judge, 300), encode_pairs(judge[1], SENTENCES, SENTENCES[::-1], 32)
    logits = predict_logits(subject.model, pairs, 300)
    own = score_pairs(subject, pairs, None, defaults(method))
    given = score_pairs(subject, pairs, logits.argmax(1), defaults(method))
    assert np.array_equal(own.values, given.values)
    assert (own.logits is not None) == (method in ("gradient_l2", "gradient_input"))
    if own.logits is not None:
        np.testing.assert_allclose(own.logits, logits, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_left_behind_on_the_model(judge, method):
    model, tokenizer = judge

    def state():
        hooks = [
            len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
            for module in model.modules()
        ]
        forwards = ["forward" in module.__dict__ for module in model.modules()]
        return hooks, forwards, model.config.to_dict(), model.config._attn_implementation

    before = state()
    model.train()
    explain(judge, encode_pairs(tokenizer, ["花呗"], ["多少钱"], 32), [1], method)
    assert model.training
    model.eval()
    assert state() == before
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_empty_sides_and_pairs_cut_short(judge, method):
    pairs = encode_pairs(judge[1], ["", "怎么开通花呗" * 9, ""], ["花呗", "花", ""], 16)
    values = explain(judge, pairs, [0, 1, 0], method).values
    assert len(values) == len(pairs.ids) and np.isfinite(values).all()


def test_an_interrupted_job_goes_on_where_it_was(judge, tmp_path, monkeypatch):
    monkeypatch.setattr(attribute, "PART", 5)
    q, t, labels = zip(*PAIRS[:13], strict=True)
    pairs = encode_pairs(judge[1], q, t, 32)
    wanted = explain(judge, pairs, labels).values
    calls = []
    method = attribute.load_method("gradient_input_l2")

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return method(*arguments)

    monkeypatch.setattr(attribute, "load_method", lambda name: failing)
    with pytest.raises(KeyboardInterrupt):
        explain(judge, pairs, labels, work=tmp_path)
    assert np.array_equal(explain(judge, pairs, labels, work=tmp_path).values, wanted)
    assert len(calls) == 4, "one part twice, the first one not again"


def items(*rows):
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS}
    return pl.DataFrame(columns, schema=tables.ITEMS)


def table_of(judge, table, max_length=64):
    """The ATTRIBUTIONS of an ITEMS table, and the token scores by side that they come from."""
    tokenizer = judge[1]
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    pairs = pair_up(tokenizer, q, t, max_length)
    values = explain(judge, pairs, [1] * len(pairs)).values
    found = segment_table(table, q, t, pairs, values)
    tables.check(found, tables.ATTRIBUTIONS, "test")
    return found, values, pairs


def test_segments_get_the_scores_of_their_tokens(judge):
    rows = {"item": "1", "q": "VIP 怎么开", "t": "花呗？", "q_segments": ["VIP", "怎么", "开"]}
    found, tokens, _ = table_of(judge, items(rows))
    segments = found.filter(unit="segment")
    # [CLS] v ##i ##p 怎 么 开 [SEP] 花 呗 ？ [SEP], however VIP is spelt.
    spelt = len(tokens) - 9
    expected = [tokens[1 : 1 + spelt].sum(), tokens[1 + spelt : 3 + spelt].sum(), tokens[3 + spelt]]
    assert segments.filter(side="q")["score"].to_list() == pytest.approx(expected)
    assert segments.filter(side="q")["text"].to_list() == ["VIP", "怎么", "开"]
    assert segments.filter(side="q").select("start", "end").rows() == [(0, 3), (4, 6), (6, 7)]
    assert segments.filter(side="t")["text"].to_list() == ["花", "呗", "？"]


HARD = [
    "ＶＩＰ 会员２０２２年🙂多少钱",
    "體驗　繁體字\t臺灣",
    "a\u0301b 👨‍👩‍👧 iPhone14Pro？！",
    " 空 白 ",
    "\u200b零宽㎡①",
]


@pytest.mark.parametrize("text", HARD)
def test_no_score_of_any_text_is_lost(judge, text):
    found, values, pairs = table_of(judge, items({"item": "1", "q": text, "t": SENTENCES[0]}))
    own = values[1 : 1 + pairs.first[0]]
    for unit in ("token", "character", "segment"):
        rows = found.filter(side="q", unit=unit)
        assert rows["score"].sum() == pytest.approx(own.sum())
        assert rows["text"].to_list() == [text[start:end] for start, end in rows.select("start", "end").rows()]
    characters = found.filter(side="q", unit="character")
    assert characters["text"].to_list() == list(text)
    assert all(score == 0 for character, score in characters.select("text", "score").rows() if character.isspace())


def test_what_was_cut_off_scores_nothing_and_empty_sides_have_no_rows(judge):
    table = items({"item": "1", "q": "怎么开通花呗" * 9, "t": "花"}, {"item": "2", "q": "", "t": "花"})
    found = table_of(judge, table, max_length=16)[0].filter(unit="segment")
    long = found.filter(item="1", side="q")["score"].to_numpy()
    assert len(long) == 54
    assert (long[:12] > 0).all() and (long[12:] == 0).all()
    assert found.filter(item="2", side="q").is_empty()
    assert len(found.filter(item="2", side="t")) == 1
