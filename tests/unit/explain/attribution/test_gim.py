"""GIM against the same modifications made to the model's own modules and functions."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from closed import sharpened
from ensembles import of_tokens
from toys import PAIRS, classifier
from transformers import RobertaConfig, RobertaForSequenceClassification

from yiju.explain.attribution import Unsupported, load_method, score_pairs
from yiju.explain.embeddings import embedding_output, score_gradient
from yiju.explain.methods.gim import modified_logits
from yiju.explain.paths import baseline_output, blanked
from yiju.explain.subject import Subject
from yiju.models.tokens import encode_pairs

attribute = load_method("gim").attribute


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    model, tokenizer = classifier(tmp_path_factory.mktemp("model"), marker=request.param)
    return sharpened(model).double(), tokenizer


@pytest.fixture(scope="module")
def sample(judge):
    q, t, labels = zip(*PAIRS[::6], strict=True)
    return encode_pairs(judge[1], q, t, 32), np.array(labels)


class Softer(torch.autograd.Function):
    """Softmax with the Jacobian diag(p) - pp' of the softmax p of half the scores."""

    @staticmethod
    def forward(context, scores):
        context.save_for_backward((scores / 2).softmax(-1))
        return scores.softmax(-1)

    @staticmethod
    def backward(context, gradient):
        (p,) = context.saved_tensors
        jacobian = torch.diag_embed(p) - p[..., :, None] * p[..., None, :]
        return (jacobian @ gradient[..., None])[..., 0]


class Constant(torch.nn.Module):
    """Layer normalisation by a deviation that no gradient goes through."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x):
        deviation = (x.var(-1, keepdim=True, correction=0) + self.norm.eps).sqrt().detach()
        return (x - x.mean(-1, keepdim=True)) / deviation * self.norm.weight + self.norm.bias


def modified(model, monkeypatch):
    """The model, its gradient modified by its own parts: not the layer of embeddings, above which x is taken."""
    model = deepcopy(model)
    model.set_attn_implementation("eager")
    monkeypatch.setattr(torch.nn.functional, "softmax", lambda scores, dim, **_: Softer.apply(scores))
    for layer in model.bert.encoder.layer:
        for part in (layer.attention.output, layer.output):
            part.LayerNorm = Constant(part.LayerNorm)
        for name, share in (("query", 0.25), ("key", 0.25), ("value", 0.5)):
            getattr(layer.attention.self, name).register_full_backward_pre_hook(
                lambda module, gradients, share=share: (gradients[0] * share,)
            )
    return model


@pytest.mark.parametrize("baseline", ["zero", "mask"])
def test_scores_are_the_modified_gradient_times_the_way_from_the_baseline(judge, sample, monkeypatch, baseline):
    (pairs, labels), subject = sample, Subject.of(*judge, 200)
    found = attribute(subject, pairs, labels, {"baseline": baseline}).values
    blank, other = blanked(subject, pairs, baseline), modified(judge[0], monkeypatch)
    plain = []
    for row, label in enumerate(labels):
        batch, chosen = pairs.batch(np.array([row])), torch.tensor([label])
        x = embedding_output(subject, batch)
        way = x - baseline_output(subject, blank, batch)
        expected, usual = (
            (score_gradient(one, batch, chosen, x) * way).sum(-1)[0].numpy()
            for one in (Subject.of(other, judge[1], 200), subject)
        )
        own = found[pairs.starts[row] : pairs.starts[row + 1]]
        np.testing.assert_allclose(own, expected, atol=1e-9 * np.abs(expected).max())
        plain.append(np.abs(own - usual).max() / np.abs(usual).max())
    assert min(plain) > 0.05, "the modification changes the scores"


def test_the_model_judges_as_it_does(judge, sample):
    pairs, _ = sample
    batch = pairs.batch(np.arange(len(pairs)))
    scorer = Subject.of(*judge, 200).scorer
    output = scorer.embedding_output(batch)
    with torch.no_grad():
        found, own = modified_logits(judge[0], batch.attention_mask, output), scorer.outputs_at(batch, output)
    np.testing.assert_allclose(found, own, atol=1e-9)


def test_other_models_are_refused(judge, sample):
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    other = RobertaForSequenceClassification(RobertaConfig(vocab_size=50, **shape))
    pairs, labels = sample
    with pytest.raises(Unsupported, match=r"gim .*Roberta.*occlusion"):
        score_pairs(
            of_tokens(Subject.of(other, judge[1], 100), pairs), labels, {"method": "gim", "baseline": "mask"}, bar=False
        )
