"""The same scores as Captum's, where it has the method."""

import numpy as np
import pytest
import torch
from at_hand import package
from torch import nn
from toys import PAIRS, classifier

from yiju.explain.attribution import load_method
from yiju.explain.methods.gradient_shap import drawn
from yiju.explain.multipliers import Both, affine, rescale
from yiju.explain.subject import Subject
from yiju.models.tokens import encode_pairs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def attr():
    return package("captum.attr")


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


@pytest.fixture(scope="module")
def sample(judge):
    q, t, labels = zip(*PAIRS[::6], strict=True)
    return encode_pairs(judge[1], q, t, 32), np.array(labels)


def scores(judge, sample, method, **options):
    return (
        load_method(method)
        .attribute(Subject.of(*judge, 300), *sample, {"smooth": None, "max_steps": 1} | options)
        .values
    )


def compare(judge, sample, found, attribution):
    """attribution: Captum's, [1, tokens], of one pair's arguments and its label."""
    pairs, labels = sample

    def log_p(input_ids, attention_mask, token_type_ids):
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        return judge[0](**inputs).logits.log_softmax(-1)

    for row, label in enumerate(labels):
        batch = pairs.batch(np.array([row]))
        theirs = attribution(log_p, batch, int(label)).detach()[0].numpy()
        own = found[pairs.starts[row] : pairs.starts[row + 1]]
        np.testing.assert_allclose(own, theirs, atol=1e-5 * max(1, np.abs(theirs).max()))


@pytest.mark.parametrize(
    ("method", "reduce"), [("gradient_input", lambda a: a.sum(-1)), ("gradient_input_l2", lambda a: a.norm(dim=-1))]
)
def test_gradient_times_input(attr, judge, sample, method, reduce):
    def theirs(log_p, batch, label):
        layer = attr.LayerGradientXActivation(log_p, judge[0].bert.embeddings)
        rest = (batch.attention_mask, batch.token_type_ids)
        return reduce(layer.attribute(batch.input_ids, target=label, additional_forward_args=rest))

    compare(judge, sample, scores(judge, sample, method, steps=1), theirs)


@pytest.mark.parametrize("baseline", ["pad", "mask"])
@pytest.mark.parametrize("steps", [1, 6])
def test_integrated_gradients(attr, judge, sample, baseline, steps):
    def theirs(log_p, batch, label):
        special = torch.isin(batch.input_ids, torch.tensor([judge[1].cls_token_id, judge[1].sep_token_id]))
        fill = judge[1].mask_token_id if baseline == "mask" else judge[1].pad_token_id
        return (
            attr.LayerIntegratedGradients(log_p, judge[0].bert.embeddings)
            .attribute(
                batch.input_ids,
                torch.where(special, batch.input_ids, fill),
                target=label,
                additional_forward_args=(batch.attention_mask, batch.token_type_ids),
                n_steps=steps,
                method="gausslegendre",
            )
            .sum(-1)
        )

    found = scores(judge, sample, "integrated_gradients", baseline=baseline, steps=steps)
    compare(judge, sample, found, theirs)


def rest_of(judge, batch):
    """log p of both labels from the embedding output, by the model's own parts."""
    bert = judge[0].bert

    def log_p(x):
        states = bert.encoder(x, attention_mask=None).last_hidden_state
        return judge[0].classifier(bert.pooler(states)).log_softmax(-1)

    with torch.no_grad():
        return log_p, bert.embeddings(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids)


def test_integrated_gradients_from_zero_vectors(attr, judge, sample):
    def theirs(_, batch, label):
        log_p, x = rest_of(judge, batch)
        return attr.IntegratedGradients(log_p).attribute(x, target=label, n_steps=6, method="gausslegendre").sum(-1)

    compare(judge, sample, scores(judge, sample, "integrated_gradients", baseline="zero", steps=6), theirs)


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_gradient_shap(attr, judge, sample, noise, monkeypatch):
    """With the same draws: Captum's own, of noise and of points on the way, are replaced by ours."""
    subject, (pairs, _), samples, rows = Subject.of(*judge, 300), sample, 4, iter(range(len(sample[0])))

    def theirs(_, batch, label):
        log_p, x = rest_of(judge, batch)
        blank = torch.where(torch.isin(batch.input_ids, torch.tensor([CLS, SEP])), batch.input_ids, MASK)
        with torch.no_grad():
            x0 = judge[0].bert.embeddings(input_ids=blank, token_type_ids=batch.token_type_ids)
        row = next(rows)
        normal = subject.generator(pairs, row).standard_normal((samples, *x.shape[1:]), dtype=np.float32)
        monkeypatch.setattr(torch, "normal", lambda mean, deviation: mean + deviation * torch.from_numpy(normal))
        monkeypatch.setattr(np.random, "uniform", lambda *_: drawn(subject, pairs, row, samples))
        deviation = noise * float(x.max() - x.min())
        return attr.GradientShap(log_p).attribute(x, x0, n_samples=samples, stdevs=deviation, target=label).sum(-1)

    CLS, SEP, MASK = (getattr(judge[1], f"{name}_token_id") for name in ("cls", "sep", "mask"))
    found = scores(judge, sample, "gradient_shap", samples=samples, noise=noise, baseline="mask")
    compare(judge, sample, found, theirs)


def test_gradient(attr, judge, sample):
    def theirs(_, batch, label):
        log_p, x = rest_of(judge, batch)
        return attr.Saliency(log_p).attribute(x, target=label, abs=False).norm(dim=-1)

    compare(judge, sample, scores(judge, sample, "gradient_l2"), theirs)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_the_rescale_rule(attr, activation):
    torch.manual_seed(4)
    model = nn.Sequential(nn.Linear(5, 7), activation(), nn.Linear(7, 4), activation(), nn.Linear(4, 1))
    x, x0 = torch.randn(2, 3, 5)
    theirs = attr.DeepLift(model).attribute(x, x0)
    leaf = x.clone().requires_grad_(True)
    value = Both(leaf, x0)
    for layer in model:
        value = affine(layer, value) if isinstance(layer, nn.Linear) else rescale(activation(), value)
    (multipliers,) = torch.autograd.grad(value.input.sum(), leaf)
    np.testing.assert_allclose((multipliers * (x - x0)).detach(), theirs.detach(), atol=1e-5)
