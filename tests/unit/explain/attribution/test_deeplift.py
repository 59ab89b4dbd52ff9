"""DeepLIFT through a small BERT."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from closed import sharpened
from ensembles import log_probabilities, of_tokens
from toys import PAIRS, classifier
from transformers import RobertaConfig, RobertaForSequenceClassification

from yiju.explain.attribution import Unsupported, load_method, score_pairs, why_unsupported
from yiju.explain.embeddings import embedding_output, score_gradient
from yiju.explain.rescale import lift
from yiju.explain.subject import Subject, total
from yiju.models.removal import keep_tokens
from yiju.models.scorers.classifier import classifier_of
from yiju.models.tokens import encode_pairs

attribute = load_method("deeplift").attribute


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    model, tokenizer = classifier(tmp_path_factory.mktemp("model"), marker=request.param)
    return sharpened(model), tokenizer


@pytest.fixture(scope="module")
def sample(judge):
    q, t, labels = zip(*PAIRS[::3], strict=True)
    return encode_pairs(judge[1], q, t, 32), np.array(labels)


@pytest.mark.parametrize("baseline", ["zero", "pad", "mask"])
@pytest.mark.parametrize("activation", [torch.nn.GELU(), torch.nn.ReLU()], ids=["gelu", "relu"])
def test_scores_sum_to_the_difference_of_log_probabilities(judge, sample, baseline, activation):
    model, tokenizer, (pairs, labels) = deepcopy(judge[0]), judge[1], sample
    for layer in model.bert.encoder.layer:
        layer.intermediate.intermediate_act_fn = activation
    subject = Subject.of(model, tokenizer, 400)
    found = attribute(subject, pairs, labels, {"baseline": baseline})
    assert np.abs(found.gap).max() < 1e-4
    if baseline == "zero":
        return
    fill = tokenizer.mask_token_id if baseline == "mask" else tokenizer.pad_token_id
    blank = keep_tokens(pairs, np.arange(len(pairs)), np.zeros(len(pairs.ids), dtype=bool), "mask", fill)
    difference = log_probabilities(subject, pairs, labels) - log_probabilities(subject, blank, labels)
    np.testing.assert_allclose(total(pairs, found.values), difference, atol=1e-4)
    assert np.abs(difference).max() > 1


def test_multipliers_are_gradients_where_input_and_baseline_meet(judge, sample):
    subject, (pairs, labels) = Subject.of(deepcopy(judge[0]).double(), judge[1], 200), sample
    batch, chosen = pairs.batch(np.arange(5)), torch.from_numpy(labels[:5])
    output = embedding_output(subject, batch)
    step = 1e-6 * torch.randn(output.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    scores, _ = lift(subject, batch.attention_mask, chosen, output, output - step)
    gradient = score_gradient(subject, batch, chosen, output)
    np.testing.assert_allclose(scores * 1e6, (gradient * step).sum(-1) * 1e6, atol=1e-4)
    assert float((gradient * step).sum(-1).abs().max()) > 1e-7


def test_other_models_are_refused(judge):
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    other = RobertaForSequenceClassification(RobertaConfig(vocab_size=50, **shape))
    pairs = encode_pairs(judge[1], ["花呗"], ["花呗"], 32)
    ensemble = of_tokens(Subject.of(other, judge[1], 100), pairs)
    with pytest.raises(Unsupported, match=r"Roberta.*occlusion"):
        score_pairs(ensemble, np.array([1]), {"method": "deeplift", "baseline": "mask"}, bar=False)
    decoder = deepcopy(judge[0])
    decoder.config.is_decoder = True
    deeplift = {"method": "deeplift", "baseline": "mask"}
    assert "needs an encoder" in why_unsupported(deeplift, classifier_of(decoder, judge[1]))
    assert why_unsupported(deeplift, classifier_of(*judge)) is None
