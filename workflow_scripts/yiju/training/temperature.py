"""A trained classifier's temperature and margin, fitted on dev pairs; what is saved is a stock model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from yiju.models.calibration.apply import Calibration, difference, margin_of
from yiju.models.calibration.fit import describe, fit
from yiju.models.inference import predict_logits
from yiju.models.outputs import two_outputs
from yiju.models.tokens import TokenizedPairs

log = logging.getLogger(__name__)


def calibrate_classifier(
    classifier: PreTrainedModel, dev: Sequence[TokenizedPairs], labels: np.ndarray, settings: dict, batch_tokens: int
) -> dict[str, float]:
    """Fit temperature and margin on the dev pairs, and divide the classifier's logits by the temperature for good.

    dev: the pairs in each order that decides: as given, and exchanged too where the mean of the logits of both orders
    does. settings: calibrate (else temperature 1 and the margin of decision_threshold), decision_threshold. The logits
    are those of float32, as judging takes them. Weight and bias of the last linear layer take the temperature over; a
    model without one keeps temperature 1. Returns temperature, margin, and figures of the dev pairs before and after.
    """
    logits = np.mean([predict_logits(classifier, pairs, batch_tokens) for pairs in dev], axis=0)
    raw = difference(two_outputs(logits))
    plain = Calibration(1.0, margin_of(settings["decision_threshold"]))
    fitted = _fit(classifier, raw, labels) if settings["calibrate"] else plain
    last = _last_layer(classifier)
    if fitted.temperature != 1 and last is not None:
        _divide_logits(last, fitted.temperature)
    log.info("temperature %.3f, margin %.3f", fitted.temperature, fitted.margin)
    before = describe(raw, labels, plain.margin)
    after = describe(raw / fitted.temperature, labels, fitted.margin)
    told = {f"{when}.{key}": value for when, of in (("before", before), ("after", after)) for key, value in of.items()}
    return asdict(fitted) | {"pairs": len(labels)} | told


def _fit(classifier: PreTrainedModel, raw: np.ndarray, labels: np.ndarray) -> Calibration:
    linear = _last_layer(classifier) is not None
    if not linear:
        log.warning(
            "%s has no linear classifier that could take a temperature over: it stays 1, only the margin is fitted",
            type(classifier).__name__,
        )
    fitted = fit(raw, labels, divisible=linear)
    if fitted.note:
        log.warning(fitted.note)
    return fitted


def _last_layer(classifier: PreTrainedModel) -> nn.Linear | None:
    """The linear layer that gives the logits; None where the model has another kind of head.

    It is called classifier; score in decoders; out_proj inside the heads of RoBERTa and ELECTRA.
    """
    heads = [getattr(classifier, name, None) for name in ("classifier", "score")]
    layers = [layer for head in heads for layer in (head, getattr(head, "out_proj", None))]
    return next((layer for layer in layers if isinstance(layer, nn.Linear)), None)


@torch.no_grad()
def _divide_logits(last: nn.Linear, temperature: float) -> None:
    last.weight.div_(temperature)
    if last.bias is not None:
        last.bias.div_(temperature)
