"""What every method keeps to: one pair's scores are its own, the model is left as it was, nothing of a text is lost."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from ensembles import before, items, of_texts
from scorers import reader
from toys import PAIRS, SENTENCES, classifier

from yiju.base import tables
from yiju.config.method import get_method
from yiju.explain import attribution, parts
from yiju.explain.attribution import load_method, score_pairs
from yiju.explain.leading import leading_distinct, shared_ranks
from yiju.explain.methods import METHODS
from yiju.explain.orders import orders_of
from yiju.explain.segment_table import segment_table
from yiju.explain.segments import segments_in
from yiju.explain.subject import Subject


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def defaults(method):
    """A method's options as the workflow gives them, few samples."""
    few = {"samples": 12, "steps": 3}
    options = get_method(method).options
    return {"method": method} | options(
        **{key: value for key, value in few.items() if key in options.model_fields}
    ).model_dump()


def explain(judge, pairs, labels, method="gradient_input_l2", budget=300, max_length=32, **others):
    ensemble = of_texts([judge], pairs, max_length, budget=budget)
    return score_pairs(ensemble, np.asarray(labels), defaults(method), **others)


# Forty passes a pair.
SLOWEST = "sequential_integrated_gradients"


@pytest.mark.parametrize("method", [pytest.param(one, marks=[pytest.mark.slow] * (one == SLOWEST)) for one in METHODS])
def test_a_batch_gives_what_single_pairs_give(judge, method):
    pairs, labels = [(q, t) for q, t, _ in PAIRS[::9]], [label for *_, label in PAIRS[::9]]
    together = explain(judge, pairs, labels, method, 10_000).values
    again = explain(judge, pairs, labels, method, 10_000).values
    alone = [explain(judge, [pair], [label], method, 1).values for pair, label in zip(pairs, labels, strict=True)]
    assert np.array_equal(together, again)
    np.testing.assert_allclose(together, np.concatenate(alone, axis=1), atol=2e-5 * np.abs(together).max())


@pytest.mark.parametrize("method", METHODS)
def test_without_labels_the_larger_logit_is_explained(judge, method):
    ensemble = of_texts([judge], list(zip(SENTENCES, SENTENCES[::-1], strict=True)), budget=300)
    logits = ensemble.logits()
    own = score_pairs(ensemble, None, defaults(method))
    given = score_pairs(ensemble, logits.argmax(1), defaults(method))
    assert np.array_equal(own.values, given.values)
    assert (own.logits is not None) == (method in ("gradient_l2", "gradient_input"))
    if own.logits is not None:
        np.testing.assert_allclose(own.logits, logits, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_left_behind_on_the_model(judge, method):
    model, _ = judge

    def state():
        hooks = [
            len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
            for module in model.modules()
        ]
        forwards = ["forward" in module.__dict__ for module in model.modules()]
        return hooks, forwards, model.config.to_dict(), model.config._attn_implementation

    before = state()
    model.train()
    explain(judge, [("花呗", "多少钱")], [1], method)
    assert model.training
    model.eval()
    assert state() == before
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_empty_sides_and_pairs_cut_short(judge, method):
    pairs = [("", "花呗"), ("怎么开通花呗" * 9, "花"), ("", "")]
    (values,) = explain(judge, pairs, [0, 1, 0], method, max_length=16).values
    assert len(values) == 2 + 55
    # Twelve of the long side's characters are read: of the others nothing is known, which is not a score of zero.
    assert np.flatnonzero(np.isnan(values)).tolist() == list(range(14, 56))


def test_an_interrupted_job_goes_on_where_it_was(judge, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PART", 5)
    pairs, labels = [(q, t) for q, t, _ in PAIRS[:13]], [label for *_, label in PAIRS[:13]]
    wanted = explain(judge, pairs, labels).values
    calls = []
    method = load_method("gradient_input_l2")

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return method.attribute(*arguments)

    monkeypatch.setattr(
        attribution, "load_method", lambda name: SimpleNamespace(attribute=failing, METHOD=method.METHOD)
    )
    with pytest.raises(KeyboardInterrupt):
        explain(judge, pairs, labels, work=tmp_path)
    assert np.array_equal(explain(judge, pairs, labels, work=tmp_path).values, wanted)
    assert len(calls) == 4, "one part twice, the first one not again"


def table_of(judge, table, max_length=64):
    """The ATTRIBUTIONS of an ITEMS table, and the token scores and sequences that they come from."""
    texts = (table[side].to_list() for side in "qt")
    orders = orders_of(reader(judge[1], max_length), *texts, False, segments_in(table))
    subject, labels, options = Subject.of(*judge, 300), np.ones(len(table), dtype=np.int64), defaults("gradient_input")
    values = score_pairs(before([subject], orders), labels, options).values[0]
    found = segment_table(table, orders[0].segments, values)
    tables.check(found, tables.ATTRIBUTIONS, "test")
    tokens = load_method("gradient_input").attribute(subject, orders[0].pairs, labels, options).values
    return found, tokens, orders[0].pairs


def test_segments_get_the_scores_of_their_tokens(judge):
    rows = {"item": "1", "q": "VIP 怎么开", "t": "花呗？", "q_segments": ["VIP", "怎么", "开"]}
    segments, tokens, _ = table_of(judge, items(rows))
    # [CLS] v ##i ##p 怎 么 开 [SEP] 花 呗 ？ [SEP], however VIP is spelt.
    spelt = len(tokens) - 9
    expected = [tokens[1 : 1 + spelt].sum(), tokens[1 + spelt : 3 + spelt].sum(), tokens[3 + spelt]]
    assert segments.filter(side="q")["score"].to_list() == pytest.approx(expected, abs=1e-6)
    assert segments.filter(side="q")["text"].to_list() == ["VIP", "怎么", "开"]
    assert segments.filter(side="q").select("start", "end").rows() == [(0, 3), (4, 6), (6, 7)]
    assert segments.filter(side="t")["text"].to_list() == ["花", "呗", "？"]
    assert segments["error"].to_list() == [0.0] * 6 and segments["rank"].to_list() == [None] * 6


HARD = [
    "ＶＩＰ 会员２０２２年🙂多少钱",
    "體驗　繁體字\t臺灣",
    "a\u0301b 👨‍👩‍👧 iPhone14Pro？！",
    " 空 白 ",
    "\u200b零宽㎡①",
]


@pytest.mark.parametrize("text", HARD)
def test_no_score_of_any_text_is_lost(judge, text):
    found, tokens, pairs = table_of(judge, items({"item": "1", "q": text, "t": SENTENCES[0]}))
    rows = found.filter(side="q")
    own = tokens[1 : 1 + pairs.first[0]]
    # Scores of both signs nearly cancel each other: what is lost of float32 numbers is by their size, not their sum's.
    assert rows["score"].fill_null(0.0).sum() == pytest.approx(own.sum(), rel=0, abs=1e-6 * np.abs(own).sum())
    assert rows["text"].to_list() == [text[start:end] for start, end in rows.select("start", "end").rows()]
    assert "".join(rows["text"]) == "".join(text.split())


def test_what_was_cut_off_has_no_score_and_empty_sides_have_no_rows(judge):
    table = items({"item": "1", "q": "怎么开通花呗" * 9, "t": "花"}, {"item": "2", "q": "", "t": "花"})
    found = table_of(judge, table, max_length=16)[0]
    long = found.filter(item="1", side="q")
    assert len(long) == 54
    assert long["score"].is_null().to_list() == [False] * 12 + [True] * 42
    assert found.filter(item="2", side="q").is_empty()
    assert len(found.filter(item="2", side="t")) == 1


def test_a_table_of_scores_tells_errors_and_places_in_the_rationale(judge):
    table = items({"item": "1", "q": "花呗", "t": "开通"})
    orders = orders_of(reader(judge[1], 32), ["花呗"], ["开通"], False, segments_in(table))
    values, error = np.array([0.5, np.nan, -1, 0]), np.array([0.1, np.nan, 0.2, 0])
    found = segment_table(table, orders[0].segments, values, error, np.array([1, 0, 0, 1], dtype=np.int32))
    tables.check(found, tables.ATTRIBUTIONS, "test")
    assert found["score"].to_list() == [0.5, None, -1, 0]
    assert found["error"].to_list() == [0.1, None, 0.2, 0]
    assert found["rank"].to_list() == [1, None, None, 1]


@pytest.mark.parametrize(
    ("values", "errors", "apart"),
    [
        ([3, 2, 1, 0], [0, 0, 0.3, 0.4], True),  # 1 - 0 = 1 >= 1.96 * 0.5
        ([3, 2, 1, 0.1], [0, 0, 0.3, 0.4], False),
        ([0, 3, 0.1, 2, 1], [0.4, 0, 9, 0, 0.3], False),
        ([5, 5, 5, 1, 0.9], [1, 1, 1, 0, 9], True),
        ([5, 5, 5, 1, 1, np.nan], [1, 1, 1, 0, 0, np.nan], True),
        ([1, 1, 1], [9, 9, 9], True),
        ([1, 1, 1, 1], [0, 0, 0, 0], True),
        ([], [], True),
    ],
)
def test_when_the_first_three_are_told_from_the_fourth(values, errors, apart):
    assert leading_distinct(np.array(values, dtype=float), np.array(errors, dtype=float)) is apart


def test_methods_that_hang_on_the_seed_say_so():
    """What they say: of all others two seeds would be asked in vain. The files are read, as a method may be added."""
    generators = {name for name in METHODS if "generator(" in Path(attribution.load_method(name).__file__).read_text()}
    drawing = {name for name in METHODS if attribution.draws({"method": name})}
    assert generators == {"gradient_shap", "kernel_shap", "lime", "random", "sobol"}
    # It draws by kernel_shap.
    assert drawing == generators | {"occlusion_shapley"}
    assert attribution.draws({"method": "gradient_l2", "smooth": {"samples": 2, "noise": 0.1}})
    assert not attribution.draws({"method": "gradient_l2", "smooth": None})


@pytest.mark.parametrize(
    ("errors", "shared"),
    [
        ([0, 0, 0, 0], {}),
        ([0.1, 0.1, 0.1, 0.1], {2: 2, 1: 2}),
        ([3, 0.1, 0.1, 3], {3: 1, 2: 1, 1: 1, 0: 1}),
        ([3, 0.01, 0.01, 0.01], {1: 3, 0: 3}),
    ],
)
def test_neighbours_in_rank_that_samples_do_not_tell_apart_share_a_rank(errors, shared):
    values = np.array([1, 2, 2.1, 4])
    assert shared_ranks(values, np.array(errors, dtype=float), [3, 2, 1, 0]) == shared
    assert shared_ranks(-values, np.array(errors, dtype=float), [3, 2, 1, 0]) == shared


def test_nothing_of_a_short_ranking_shares_a_rank():
    assert shared_ranks(np.array([1.0]), np.array([9.0]), [0]) == shared_ranks(np.zeros(1), np.ones(1), []) == {}
