"""Gradient methods on a small BERT against their formulas, computed again one pair and one step at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from closed import sharpened
from ensembles import log_probabilities
from toys import PAIRS, classifier

from yiju.explain.attribution import load_method
from yiju.explain.subject import Subject, total
from yiju.models.match_marker import mark_matches
from yiju.models.removal import keep_tokens
from yiju.models.tokens import encode_pairs

SMOOTH = {"samples": 4, "noise": 0.1}
SMOOTHED = {
    "gradient_l2": {},
    "gradient_input": {},
    "gradient_input_l2": {"steps": 2},
    "integrated_gradients": {"steps": 3, "max_steps": 3, "baseline": "mask"},
}


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    model, tokenizer = classifier(tmp_path_factory.mktemp("model"), marker=request.param)
    return sharpened(model).double(), tokenizer


@pytest.fixture(scope="module")
def sample(judge):
    q, t, labels = zip(*PAIRS[5:40:13], strict=True)
    return encode_pairs(judge[1], q, t, 32), np.array(labels)


def subject_of(judge, budget=150):
    return Subject.of(*judge, budget)


def vectors(judge, ids, sides):
    """The embedding layer taken apart, markers put in by hand: [tokens, width]."""
    model, tokenizer = judge
    layer, ids, sides = model.bert.embeddings, torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(sides)
    if model.config.type_vocab_size == 4:
        sides = mark_matches(ids[None], sides[None], torch.tensor(tokenizer.all_special_ids))[0]
    parts = layer.word_embeddings(ids), layer.position_embeddings.weight[: len(ids)], layer.token_type_embeddings(sides)
    return layer.LayerNorm(sum(parts)).detach()


def ends(judge, pairs, row, baseline):
    """Vectors of one pair and of its baseline."""
    ids = pairs.ids[pairs.starts[row] : pairs.starts[row + 1]]
    sides = np.repeat([0, 1], [pairs.first[row] + 2, pairs.second[row] + 1])
    x = vectors(judge, ids, sides)
    if baseline == "zero":
        return x, torch.zeros_like(x)
    blank = ids.copy()
    fill = judge[1].mask_token_id if baseline == "mask" else judge[1].pad_token_id
    blank[1 : 1 + pairs.first[row]] = fill
    blank[2 + pairs.first[row] : -1] = fill
    return x, vectors(judge, blank, sides)


def log_p(judge, x, label):
    """The rest of the model taken apart, no hooks."""
    model = judge[0]
    states = model.bert.encoder(x[None], attention_mask=None).last_hidden_state
    return torch.log_softmax(model.classifier(model.bert.pooler(states)), -1)[0, label]


def gradient(judge, x, label):
    leaf = x.clone().requires_grad_(True)
    return torch.autograd.grad(log_p(judge, leaf, label), leaf)[0]


def integrated(judge, x, x0, label, steps):
    places, weights = np.polynomial.legendre.leggauss(steps)
    mean = sum(
        weight / 2 * gradient(judge, x0 + (place + 1) / 2 * (x - x0), label)
        for place, weight in zip(places, weights, strict=True)
    )
    return (x - x0) * mean


def plain(method, judge, x, x0, label, options):
    """A method's attribution of one input, [tokens, width]."""
    if method == "gradient_l2":
        return gradient(judge, x, label)
    if method == "integrated_gradients":
        return integrated(judge, x, x0, label, options["steps"])
    steps = options.get("steps", 1)
    return x * sum(gradient(judge, x * (k / steps), label) for k in range(1, steps + 1)) / steps


def reduced(method, attribution):
    return attribution.norm(dim=-1) if method.endswith("l2") else attribution.sum(-1)


def check(found, pairs, expected):
    """Every pair's scores are those that `expected` says of it."""
    for row in range(len(pairs)):
        own = found[pairs.starts[row] : pairs.starts[row + 1]]
        np.testing.assert_allclose(own, expected(row).numpy(), atol=1e-9 * np.abs(own).max())
        assert np.abs(own).max() > 1e-3


@pytest.mark.parametrize("baseline", ["zero", "pad", "mask"])
def test_integrated_gradients_equal_the_formula_and_are_complete(judge, sample, baseline):
    pairs, labels = sample
    subject, options = subject_of(judge), {"steps": 7, "max_steps": 7, "baseline": baseline, "smooth": None}
    found = load_method("integrated_gradients").attribute(subject, pairs, labels, options)
    check(
        found.values, pairs, lambda row: integrated(judge, *ends(judge, pairs, row, baseline), labels[row], 7).sum(-1)
    )
    with torch.no_grad():
        differences = [
            float(log_p(judge, x, label) - log_p(judge, x0, label))
            for row, label in enumerate(labels)
            for x, x0 in [ends(judge, pairs, row, baseline)]
        ]
    np.testing.assert_allclose(found.gap, total(pairs, found.values) - differences, atol=1e-9)
    enough = load_method("integrated_gradients").attribute(
        subject_of(judge, 2000), pairs, labels, options | {"steps": 40}
    )
    assert np.abs(enough.gap).max() < 1e-3
    assert np.abs(differences).max() > 0.5


@pytest.mark.parametrize("method", SMOOTHED)
def test_smoothing_is_the_mean_over_noisy_inputs(judge, sample, method):
    pairs, labels = sample
    subject, options = subject_of(judge), SMOOTHED[method] | {"smooth": SMOOTH}
    found = load_method(method).attribute(subject, pairs, labels, options).values

    def expected(row):
        x, x0 = ends(judge, pairs, row, options.get("baseline", "zero"))
        noise = subject.generator(pairs, row).standard_normal((SMOOTH["samples"], *x.shape), dtype=np.float32)
        noise = torch.from_numpy(noise).double() * SMOOTH["noise"] * (x.max() - x.min())
        return reduced(method, sum(plain(method, judge, x + n, x0, labels[row], options) for n in noise) / len(noise))

    check(found, pairs, expected)
    bare = load_method(method).attribute(subject, pairs, labels, options | {"smooth": None}).values
    assert np.abs(found - bare).max() > 1e-3
    again = load_method(method).attribute(subject_of(judge), pairs, labels, options).values
    assert np.array_equal(found, again)
    other = load_method(method).attribute(replace(subject, seed=7), pairs, labels, options).values
    assert np.abs(found - other).max() > 1e-3


@pytest.mark.parametrize("baseline", ["zero", "mask"])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_gradient_shap_is_a_mean_over_noisy_inputs_and_points_on_the_way(judge, sample, baseline, noise):
    pairs, labels = sample
    subject, options = subject_of(judge), {"samples": 5, "noise": noise, "baseline": baseline}
    found = load_method("gradient_shap").attribute(subject, pairs, labels, options)

    def noisy(row, x):
        drawn = subject.generator(pairs, row).standard_normal((5, *x.shape), dtype=np.float32)
        return x + torch.from_numpy(drawn).double() * noise * (x.max() - x.min())

    def expected(row):
        x, x0 = ends(judge, pairs, row, baseline)
        places = subject.generator(pairs, row).spawn(1)[0].random(5)
        each = [
            (end - x0) * gradient(judge, x0 + place * (end - x0), labels[row])
            for end, place in zip(noisy(row, x), places, strict=True)
        ]
        return (sum(each) / 5).sum(-1)

    check(found.values, pairs, expected)
    for row, label in enumerate(labels):
        x, x0 = ends(judge, pairs, row, baseline)
        with torch.no_grad():
            at_ends = np.mean([float(log_p(judge, end, label)) for end in noisy(row, x)])
            difference = at_ends - float(log_p(judge, x0, label))
        assert found.gap[row] == pytest.approx(float(total(pairs, found.values)[row]) - difference, abs=1e-9)


@pytest.mark.parametrize("method", SMOOTHED)
def test_the_noise_of_a_pair_does_not_depend_on_the_batch(judge, sample, method):
    pairs, labels = sample
    options = SMOOTHED[method] | {"smooth": SMOOTH}
    together = load_method(method).attribute(subject_of(judge, 100_000), pairs, labels, options).values
    for row in range(len(pairs)):
        own = np.array([row])
        alone = load_method(method).attribute(subject_of(judge, 1), pairs.select(own), labels[own], options).values
        np.testing.assert_allclose(together[pairs.starts[row] : pairs.starts[row + 1]], alone, rtol=1e-8, atol=1e-10)


def test_smoothed_integrated_gradients_sum_to_the_mean_over_noisy_inputs(judge, sample):
    pairs, labels = sample
    options = {"steps": 30, "max_steps": 30, "baseline": "pad", "smooth": SMOOTH}
    assert (
        np.abs(load_method("integrated_gradients").attribute(subject_of(judge, 2000), pairs, labels, options).gap).max()
        < 1e-3
    )


@pytest.mark.parametrize("baseline", ["zero", "pad", "mask"])
def test_sequential_integrated_gradients_equal_a_plain_loop(judge, sample, baseline):
    pairs, labels = sample

    def expected(row):
        x, x0 = ends(judge, pairs, row, baseline)
        scores = torch.zeros(len(x), dtype=torch.float64)
        for token in range(1, len(x) - 1):
            if token != 1 + pairs.first[row]:
                start = x.clone()
                start[token] = x0[token]
                scores[token] = integrated(judge, x, start, labels[row], 3).sum()
        return scores

    options = {"steps": 3, "baseline": baseline}
    found = load_method("sequential_integrated_gradients").attribute(subject_of(judge), pairs, labels, options).values
    check(found, pairs, expected)


def test_enough_steps_of_it_say_what_each_token_alone_changes(judge, sample):
    pairs, labels = sample
    options = {"steps": 40, "baseline": "mask"}
    found = (
        load_method("sequential_integrated_gradients").attribute(subject_of(judge, 2000), pairs, labels, options).values
    )
    x, x0 = ends(judge, pairs, 0, "mask")
    for token in range(1, 1 + pairs.first[0]):
        without = x.clone()
        without[token] = x0[token]
        with torch.no_grad():
            difference = log_p(judge, x, labels[0]) - log_p(judge, without, labels[0])
        assert found[token] == pytest.approx(float(difference), abs=1e-4)


@pytest.mark.parametrize("method", [*SMOOTHED, "sequential_integrated_gradients", "gradient_shap"])
def test_no_pass_is_larger_than_the_budget(judge, sample, method):
    pairs, labels = sample
    options = {"steps": 5, "max_steps": 10, "baseline": "mask", "smooth": SMOOTH} | {"samples": 7, "noise": 0.1}
    sizes = []
    handle = judge[0].bert.encoder.register_forward_pre_hook(lambda module, args: sizes.append(args[0].shape[:2]))
    load_method(method).attribute(subject_of(judge, 120), pairs, labels, options)
    handle.remove()
    assert max(rows * columns for rows, columns in sizes) <= 120


def test_the_last_layer_computes_what_is_read_and_the_model_comes_back_whole(judge, sample):
    model, (pairs, labels) = judge[0], sample
    last, subject, sizes = model.bert.encoder.layer[-1].intermediate, subject_of(judge), []
    whole = log_probabilities(subject, pairs, labels)
    blank = keep_tokens(pairs, np.arange(len(pairs)), np.zeros(len(pairs.ids), dtype=bool), "mask", subject.mask_id)
    model.bert.pooler.dense.bias.requires_grad_(False)
    handle = last.register_forward_pre_hook(lambda module, args: sizes.append(args[0].shape[1]))
    with pytest.raises(KeyboardInterrupt), subject.scorer.evaluating():
        assert not any(weight.requires_grad for weight in model.parameters())
        np.testing.assert_allclose(log_probabilities(subject, pairs, labels), whole, rtol=1e-9)
        assert set(sizes) == {1}
        raise KeyboardInterrupt
    model(**blank.batch(np.arange(len(blank))).inputs())
    handle.remove()
    assert sizes[-1] > 1
    learning = {name: weight.requires_grad for name, weight in model.named_parameters()}
    assert [name for name, learns in learning.items() if not learns] == ["bert.pooler.dense.bias"]
    model.requires_grad_(True)
