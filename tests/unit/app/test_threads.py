"""One model, many threads: every call gets what it would have got alone, and the model is left as it was given."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import torch
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.explain.methods import METHODS
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.views import Views, view_of

THREADS = 8
# Pairs of the same lengths: what one thread computes fits into the place of another's.
PAIRS = [list(zip(SENTENCES, SENTENCES[turn:] + SENTENCES[:turn], strict=True))[:2] for turn in (1, 2, 3, 4)]
# Few steps and samples, so that threads meet often.
OPTIONS = {
    "integrated_gradients": {"steps": 2, "max_steps": 4},
    "sequential_integrated_gradients": {"steps": 2},
    "lime": {"samples": 8},
    "kernel_shap": {"samples": 8},
}


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


@pytest.fixture
def hasty():
    """Threads that take turns as often as Python allows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def explained(explainer, pairs, method):
    found = explainer.explain(pairs, method, **OPTIONS.get(method, {}))
    return [number for one in found for side in one.sides for number in (one.probability, *side.scores)]


def predicted(explainer, pairs):
    return [one.probability for one in explainer.predict(pairs)]


def with_matrix(explainer, pairs, matrix):
    return [number for one in explainer.explain(pairs, matrix=matrix) for row in one.matrix for number in row]


def with_curves(explainer, pairs):
    return [number for curve in explainer.curves(explainer.explain(pairs)) for number in curve]


def turned(explainer, pairs):
    return [number for one in explainer.counterfactuals(pairs, limit=2) for number in (one.probability, *one.q, *one.t)]


def abandoned(explainer, pairs):
    """A stream of which only the first explanation is taken."""
    stream = explainer.stream(pairs, "gradient_input_l2")
    return [next(stream).probability]


def failing(explainer, pairs):
    """An error in the middle of a call, and one in the middle of its computation."""
    with pytest.raises(YijuError):
        explainer.predict([*pairs, ("花", "")])
    with pytest.raises(YijuError):
        explainer.explain(pairs, matrix="magic")
    return []


def all_calls():
    """Every way to ask, of pairs of its own."""
    calls = [partial(explained, method=method) for method in METHODS]
    calls += [partial(with_matrix, matrix=matrix) for matrix in ("gradients", "occlusion")]
    calls += [predicted, with_curves, turned, abandoned, failing]
    return [partial(call, pairs=PAIRS[number % len(PAIRS)]) for number, call in enumerate(calls)]


@pytest.mark.usefixtures("hasty")
def test_eight_threads_get_what_each_would_get_alone(tmp_path):
    judge = classifier(tmp_path, marker=True)
    explainers = [Explainer(*judge), Explainer(*judge, average_orders=True)]
    calls = all_calls()
    wanted = [[np.array(call(explainer)) for call in calls] for explainer in explainers]
    start = threading.Barrier(THREADS)

    def work(thread):
        start.wait()
        wrong, own = [], thread // 2 % len(explainers)
        for step in range(len(calls) // 2):
            # Half of the threads go the other way round, so that every call meets many others.
            place = (thread * 2 + (step if thread % 2 else -step)) % len(calls)
            found = calls[place](explainers[own])
            if not np.allclose(found, wanted[own][place], rtol=1e-4, atol=1e-5):
                wrong.append(place)
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(work, range(THREADS))) == [[]] * THREADS


def test_a_stream_in_the_middle_changes_nothing_for_others(judge):
    explainer, pairs = Explainer(*judge), PAIRS[0]
    wanted = explained(explainer, pairs, "gradient_input_l2")
    streams = [explainer.stream(pairs, method, matrix="gradients") for method in ("attention_rollout", "occlusion")]
    halves = [[next(stream)] for stream in streams]
    assert explained(explainer, pairs, "gradient_input_l2") == pytest.approx(wanted, abs=1e-6)
    for half, stream in zip(halves, streams, strict=True):
        assert [one.q for one in (*half, *stream)] == [q for q, _ in pairs]


def test_the_model_is_left_as_it_was_given(judge):
    model, tokenizer = judge
    model.train()
    tokenizer.backend_tokenizer.enable_truncation(3)
    hooks = [(len(part._forward_hooks), len(part._forward_pre_hooks)) for part in model.modules()]
    try:
        explainer = Explainer(model, tokenizer)
        for call in all_calls():
            call(explainer)
        assert model.training
        assert all(weight.requires_grad and weight.grad is None for weight in model.parameters())
        assert [(len(part._forward_hooks), len(part._forward_pre_hooks)) for part in model.modules()] == hooks
        assert model.config._attn_implementation == "sdpa"
        assert tokenizer.backend_tokenizer.truncation["max_length"] == 3
    finally:
        model.eval()
        tokenizer.backend_tokenizer.no_truncation()


def test_weights_that_change_are_followed(judge):
    model, tokenizer = judge
    explainer, (pair, *_) = Explainer(model, tokenizer), PAIRS[0]
    before, bias = predicted(explainer, [pair]), model.classifier.bias.data.clone()
    try:
        # Within the same memory, as an optimizer does it; and in another, as a move to another device does it.
        other = torch.tensor([1.0, -1.0])
        for change in (lambda data: data.add_(other), lambda data: data - 3 * other):
            model.classifier.bias.data = change(model.classifier.bias.data)
            assert predicted(explainer, [pair]) == predicted(Explainer(model, tokenizer), [pair])
            assert predicted(explainer, [pair]) != before
    finally:
        model.classifier.bias.data = bias
    assert predicted(explainer, [pair]) == before


def test_a_view_that_an_error_has_left_is_not_used_again(judge):
    model, made = judge[0], []
    views = Views(model, made.append)
    with pytest.raises(KeyboardInterrupt), views.taken():
        raise KeyboardInterrupt
    with views.taken() as second, views.taken() as third:
        assert len({id(view) for view in (*made, second, third)}) == 3
    with views.taken() as again:
        assert again in (second, third)


def test_a_view_shares_weights_and_nothing_else(judge):
    model, view = judge[0], view_of(judge[0])
    assert all(a.data_ptr() == b.data_ptr() for a, b in zip(model.parameters(), view.parameters(), strict=True))
    assert not {id(part) for part in model.modules()} & {id(part) for part in view.modules()}
    view.set_attn_implementation("eager")
    view.requires_grad_(False)
    assert model.config._attn_implementation == "sdpa"
    assert all(weight.requires_grad for weight in model.parameters())


def test_folders_load_in_several_threads_and_leave_the_random_numbers(judge, tmp_path):
    save_folder(*judge, [tmp_path / name for name in FOLDER_FILES])
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(lambda _: predicted(Explainer.from_pretrained(tmp_path), PAIRS[0]), range(4)))
    assert torch.equal(torch.rand(3), wanted)
    assert loaded == [loaded[0]] * 4
