"""A classifier's temperature: in its weights where it has a linear head, else left alone and said."""

import logging

import numpy as np
import torch
from toys import PAIRS, classifier

from yiju.predict import predict_logits
from yiju.tokens import encode_pairs
from yiju.training.temper import calibrate_classifier

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
