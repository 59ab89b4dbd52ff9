"""A classifier's temperature: in its weights where it has a linear head, else left alone and said."""

import logging

import numpy as np
import pytest
import torch
import transformers
from toys import PAIRS, classifier

from yiju.models.calibration.apply import difference
from yiju.models.calibration.fit import fit
from yiju.models.inference import predict_logits
from yiju.models.tokens import encode_pairs
from yiju.training.temperature import calibrate_classifier

SETTINGS = {"calibrate": True, "decision_threshold": 0.5}


def toy(folder):
    model, tokenizer = classifier(folder)
    q, t, _ = (list(column) for column in zip(*PAIRS, strict=True))
    random = np.random.default_rng(1)
    return model, encode_pairs(tokenizer, q, t, 32), random.integers(0, 2, len(PAIRS))


def test_logits_are_divided_for_good(tmp_path):
    model, pairs, labels = toy(tmp_path)
    before = predict_logits(model, pairs, 200)
    facts = calibrate_classifier(model, [pairs], labels, SETTINGS, 200)
    assert facts["temperature"] > 1
    np.testing.assert_allclose(predict_logits(model, pairs, 200), before / facts["temperature"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["Electra", "Roberta", "XLMRoberta", "Qwen3"])
def test_heads_of_other_families_take_the_temperature_too(tmp_path, kind):
    ours, pairs, labels = toy(tmp_path)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    shape |= {"num_key_value_heads": 2, "head_dim": 8} if kind == "Qwen3" else {"max_position_embeddings": 40}
    config = getattr(transformers, f"{kind}Config")(vocab_size=ours.config.vocab_size, pad_token_id=0, **shape)
    config.type_vocab_size = 2
    torch.manual_seed(1)
    model = getattr(transformers, f"{kind}ForSequenceClassification")(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(3)
    before = predict_logits(model, pairs, 200)
    facts = calibrate_classifier(model, [pairs], labels, SETTINGS, 200)
    assert facts["temperature"] != 1
    np.testing.assert_allclose(predict_logits(model, pairs, 200), before / facts["temperature"], rtol=1e-4, atol=1e-5)


def test_a_head_that_is_not_linear_keeps_temperature_1_but_has_a_margin(tmp_path, caplog):
    model, pairs, labels = toy(tmp_path)
    before = predict_logits(model, pairs, 200)
    model.classifier = torch.nn.Sequential(model.classifier)
    with caplog.at_level(logging.WARNING, "yiju"):
        facts = calibrate_classifier(model, [pairs], labels, SETTINGS, 200)
    assert "has no linear classifier that could take a temperature over: it stays 1" in caplog.text
    assert facts["temperature"] == 1 and facts["margin"] != 0
    assert facts["after.nll"] == facts["before.nll"] and facts["after.accuracy"] > facts["before.accuracy"]
    assert (predict_logits(model, pairs, 200) == before).all()


def test_two_orders_are_fitted_by_the_mean_of_their_logits(tmp_path):
    model, tokenizer = classifier(tmp_path)
    q, t, _ = (list(column) for column in zip(*PAIRS, strict=True))
    orders = [encode_pairs(tokenizer, q, t, 32), encode_pairs(tokenizer, t, q, 32)]
    each = [difference(predict_logits(model, pairs, 200)) for pairs in orders]
    mean = np.mean(each, axis=0)
    # What the mean says, but for a fifth: so there is a temperature that is right for it.
    labels = ((mean > np.median(mean)) ^ (np.arange(len(mean)) % 5 == 0)).astype(int)
    facts = calibrate_classifier(model, orders, labels, SETTINGS, 200)
    wanted = fit(mean, labels)
    assert (facts["temperature"], facts["margin"]) == (wanted.temperature, wanted.margin)
    assert fit(each[0], labels) != wanted
