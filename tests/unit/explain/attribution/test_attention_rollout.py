"""Attention rollout against plain matrix products of the model's own attention."""

from copy import deepcopy

import numpy as np
import pytest
import torch
import transformers
from ensembles import of_tokens
from toys import PAIRS, classifier
from transformers import (
    AlbertConfig,
    AlbertForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
)

from yiju.explain.attribution import Unsupported, load_method, score_pairs, why_unsupported
from yiju.explain.methods.attention_rollout import rollout
from yiju.explain.subject import Subject
from yiju.models.scorers.classifier import classifier_of
from yiju.models.stock import tell_no_sides
from yiju.models.tokens import encode_pairs

attribute = load_method("attention_rollout").attribute
# Methods that look at BERT's attention.
LOOKING = ["attention_rollout", "value_zeroing"]


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=True)


def test_two_layers_by_hand():
    first = torch.tensor([[[0.5, 0.5], [0.2, 0.8]]])
    second = torch.tensor([[[0.6, 0.4], [1.0, 0.0]]])
    # The row of the first token: (0.8, 0.2) times ((0.75, 0.25), (0.1, 0.9)).
    assert rollout([first, second])[0].tolist() == pytest.approx([0.62, 0.38])


def test_scores_equal_plain_matrix_products(judge):
    model, tokenizer = judge
    q, t, labels = zip(*PAIRS[3:30:4], strict=True)
    pairs = encode_pairs(tokenizer, q, t, 32)
    found = attribute(Subject.of(model, tokenizer, 100), pairs, np.array(labels), {}).values
    telling = deepcopy(model)
    telling.set_attn_implementation("eager")
    for row in range(len(pairs)):
        with torch.no_grad():
            layers = telling(**pairs.batch(np.array([row])).inputs(), output_attentions=True).attentions
        product = np.eye(pairs.lengths[row])
        for layer in layers:
            product = (layer[0].mean(0).double().numpy() + np.eye(len(product))) / 2 @ product
        own = found[pairs.starts[row] : pairs.starts[row + 1]]
        np.testing.assert_allclose(own, product[0], atol=1e-6)
        assert own.sum() == pytest.approx(1, abs=1e-6)


def test_the_models_attention_comes_back_even_after_an_error(judge, monkeypatch):
    model, tokenizer = judge
    pairs = encode_pairs(tokenizer, ["花呗"], ["花呗"], 32)
    before = model.config._attn_implementation
    assert before != "eager"

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(model.bert.pooler, "forward", interrupted)
    with pytest.raises(KeyboardInterrupt):
        attribute(Subject.of(model, tokenizer, 100), pairs, np.array([1]), {})
    assert model.config._attn_implementation == before
    assert not any(module._forward_hooks for module in model.bert.encoder.modules())


SMALL = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
OTHERS = {
    "DistilBert": lambda: DistilBertForSequenceClassification(
        DistilBertConfig(vocab_size=50, n_layers=1, dim=16, n_heads=2)
    ),
    "Albert": lambda: AlbertForSequenceClassification(AlbertConfig(**SMALL, embedding_size=8)),
    "DebertaV2": lambda: DebertaV2ForSequenceClassification(DebertaV2Config(**SMALL)),
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("method", LOOKING)
def test_other_models_are_refused(judge, method, kind):
    other = OTHERS[kind]()
    pairs = encode_pairs(judge[1], ["花呗"], ["花呗"], 32)
    ensemble = of_tokens(Subject.of(other, judge[1], 100), pairs)
    with pytest.raises(Unsupported, match=rf"{kind}.*take another method, such as occlusion") as found:
        score_pairs(ensemble, np.array([1]), {"method": method}, bar=False)
    assert found.value.reason == why_unsupported({"method": method}, classifier_of(other, judge[1]))
    assert why_unsupported({"method": method}, classifier_of(*judge)) is None


@pytest.mark.parametrize("method", LOOKING)
@pytest.mark.parametrize("kind", ["Electra", "Roberta", "Ernie"])
def test_models_with_layers_like_berts_are_explained(judge, method, kind):
    config = getattr(transformers, f"{kind}Config")(**SMALL | {"vocab_size": 100})
    other = getattr(transformers, f"{kind}ForSequenceClassification")(config).eval()
    ensemble = of_tokens(Subject.of(other, judge[1], 100), encode_pairs(judge[1], ["花呗"], ["怎么花"], 32))
    tell_no_sides(other)
    found = score_pairs(ensemble, np.array([1]), {"method": method}, bar=False)
    assert found.values.shape == (1, 5) and (found.values > 0).all()
