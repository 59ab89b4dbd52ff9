"""Edit-distance weights and label smoothing against their formulas."""

import numpy as np
import pytest
import torch
from pair_tasks import TRUTH, WEIGHTS, Q, T, assert_same, expected, gradients, logits_of, toy_task
from torch.nn import functional

from yiju.base.errors import YijuError
from yiju.training.objective import Techniques
from yiju.training.weighting import contradictions, edit_distance_weights

ROWS = np.arange(2, 21)


def levenshtein(a, b):
    """Distance by the textbook's table."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1]


def test_weights_are_those_of_the_formula():
    ratios = np.array([1 - levenshtein(q, t) / max(len(q), len(t)) for q, t in zip(Q, T, strict=True)])
    raw = TRUTH * (1 - ratios) + (1 - TRUTH) * ratios
    assert (raw == 0).any()
    raw[raw == 0] = raw[raw > 0].min()
    np.testing.assert_allclose(edit_distance_weights(contradictions(Q, T, TRUTH)), raw / raw.mean(), rtol=1e-12)
    assert contradictions(Q, T, TRUTH, threads=2).tolist() == contradictions(Q, T, TRUTH).tolist()


def test_a_known_case():
    # abcd / abcx: ratio 3/4; equal: 1. Similar pairs weigh 1/4 and 0, raised to 1/4, the unlike pair 3/4.
    belied = contradictions(["abcd", "same", "abcd"], ["abcx", "same", "abcx"], np.array([1, 1, 0]))
    assert belied.tolist() == [0.25, 0, 0.75]
    assert edit_distance_weights(belied) == pytest.approx(np.array([1, 1, 3]) / (5 / 3))


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(YijuError, match=r"finetune\.weighting.*set none"):
        edit_distance_weights(contradictions(["甲", "甲"], ["甲", "乙"], np.array([1, 0])))


@pytest.mark.parametrize("budget", [1, 70, 10_000])
def test_the_loss_is_the_mean_of_weight_times_cross_entropy(tmp_path, budget):
    task = toy_task(tmp_path, weights=WEIGHTS)
    each = -logits_of(task, ROWS).log_softmax(-1)[torch.arange(len(ROWS)), task.labels[ROWS]]
    wanted = (torch.from_numpy(WEIGHTS)[ROWS] * each).mean()
    assert_same(gradients(task, ROWS, budget), expected(task, wanted))


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("budget", [1, 70])
def test_smoothed_labels_are_one_minus_s_and_s_over_two(tmp_path, budget, weights):
    task = toy_task(tmp_path, Techniques(label_smoothing=0.3), weights)
    labels = 0.7 * functional.one_hot(task.labels[ROWS], 2).double() + 0.15
    each = -(labels * logits_of(task, ROWS).log_softmax(-1)).sum(-1)
    wanted = (each if weights is None else torch.from_numpy(weights)[ROWS] * each).mean()
    assert_same(gradients(task, ROWS, budget), expected(task, wanted))


def test_without_techniques_the_loss_is_to_the_bit_the_plain_sum(tmp_path):
    task = toy_task(tmp_path)
    task.model.float()
    for micro in task.micro_batches(ROWS, 100, 5):
        inputs = {name: value for name, value in micro.inputs.items() if name != "labels"}
        logits = task.model.classifier(**inputs).logits
        plain = functional.cross_entropy(logits, micro.inputs["labels"], reduction="sum")
        loss, right = task.model(**micro.inputs)
        assert torch.equal(loss, plain)
        assert right == (logits.argmax(1) == micro.inputs["labels"]).sum()
        assert set(inputs) == {"input_ids", "attention_mask", "token_type_ids"}
