"""What `Explainer` refuses, in one sentence that names the place."""

from itertools import pairwise

import pytest
import torch
from toys import SENTENCES, classifier, model_folder

from yiju import Explainer
from yiju.base.errors import YijuError

PAIRS = list(pairwise(SENTENCES))


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
    with pytest.raises(
        YijuError, match="matrix is 'magic'; it must be one of None, gradients, jacobians, maxsim, occlusion"
    ):
        explainer.explain(PAIRS, matrix="magic")
    with pytest.raises(YijuError, match="no such folder; for a checkpoint of the hub give its commit"):
        Explainer.from_pretrained(tmp_path / "nothing")
    with pytest.raises(YijuError, match=r"without .*classifier\.weight.*; fine-tune it first"):
        Explainer.from_pretrained(model_folder(tmp_path))


NOTHING = ["", " ", "\u3000", "\u200b", "\ufeff", "\u200b \x07\ufeff", "\u0301", "\ue000", "\n\t", "\u3164"]


@pytest.mark.parametrize("text", NOTHING)
@pytest.mark.parametrize("side", [0, 1])
def test_a_sentence_with_nothing_to_judge_is_named_by_every_call(judge, text, side, monkeypatch):
    monkeypatch.setattr("yiju.app.pair_judge.CHUNK", 2)
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
