"""A classifier's temperature: in its weights where it has a linear head, else left alone and said."""

import logging

import numpy as np
import torch
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
