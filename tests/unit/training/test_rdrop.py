"""R-Drop against its formula; the same in micro-batches, in steps, and in two processes."""

import os

import numpy as np
import pytest
import torch
from pair_tasks import Halves, assert_same, expected, gradients, toy_task, train
from safetensors.torch import load_file
from torch.nn import functional
from toys import model_folder

from yiju.job.code_version import SCRIPTS
from yiju.job.launch import launch
from yiju.training.objective import Techniques
from yiju.training.techniques.rdrop import divergence

ROWS = np.arange(3, 20)
ALPHA = 1.7


def by_the_formula(task, rows):
    """(CE1 + CE2) / 2 + alpha (KL(p||q) + KL(q||p)) / 2, each KL the mean over all elements, in one piece."""
    model, inputs, labels = task.model.classifier, task.pairs.batch(rows).inputs(), task.labels[rows]
    pooled = model.bert(**inputs).pooler_output
    first, second = model.classifier(pooled), model.classifier(pooled / 2)
    p, q = first.softmax(-1), second.softmax(-1)
    one = functional.kl_div(q.log(), p, reduction="none").mean()
    other = functional.kl_div(p.log(), q, reduction="none").mean()
    entropies = functional.cross_entropy(first, labels) + functional.cross_entropy(second, labels)
    return entropies / 2 + ALPHA * (one + other) / 2


@pytest.mark.parametrize("budget", [1, 70, 10_000])
def test_loss_and_gradients_are_those_of_the_formula_in_micro_batches_of_any_size(tmp_path, budget):
    task = toy_task(tmp_path, Techniques(rdrop_alpha=ALPHA))
    task.model.classifier.dropout = Halves()
    assert_same(gradients(task, ROWS, budget), expected(task, by_the_formula(task, ROWS)))


def test_the_divergence_is_symmetric_and_zero_between_equals():
    first, second = torch.randn(2, 5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(divergence(first, second), divergence(second, first))
    assert (divergence(first, second) > 0).all()
    assert torch.equal(divergence(first, first), torch.zeros(5, dtype=torch.float64))


def test_both_passes_draw_dropout_of_their_own(tmp_path):
    task = toy_task(tmp_path, Techniques(rdrop_alpha=ALPHA))
    task.model.classifier.dropout = torch.nn.Dropout(0.5)
    seen = []
    task.model.classifier.dropout.register_forward_hook(lambda module, args, output: seen.append(output))
    task.model.train()
    gradients(task, ROWS, 10_000)
    first, second = seen[0].chunk(2)
    assert len(seen) == 1 and len(first) == len(ROWS)
    assert ((first == 0) != (second == 0)).any(1).all()


def test_a_forward_pass_keeps_to_the_budget(tmp_path):
    task = toy_task(tmp_path, Techniques(rdrop_alpha=ALPHA))
    sizes = [micro.inputs["input_ids"].numel() for micro in task.micro_batches(ROWS, 100, 5)]
    assert len(sizes) > 2 and 2 * max(sizes) <= 100


@pytest.mark.slow
def test_steps_and_processes_change_nothing(tmp_path, monkeypatch):
    """R-Drop with edit-distance weights and smoothed labels: one step, three steps, and two processes."""
    path = [str(SCRIPTS.parent / "tests"), str(SCRIPTS.parent / "tests/unit/training")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path), prepend=os.pathsep)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    model = str(model_folder(tmp_path / "model"))
    for name, processes, accumulation in (("plain", 1, 1), ("steps", 1, 3), ("two", 2, 1)):
        (tmp_path / name).mkdir()
        places = {"work": str(tmp_path / name), "out": str(tmp_path / name / "weights")}
        launch(train, {"model": model, **places, "accumulation": accumulation}, [], processes)
    plain, steps, two = (load_file(tmp_path / name / "weights") for name in ("plain", "steps", "two"))
    for name, weight in plain.items():
        torch.testing.assert_close(steps[name], weight, rtol=1e-8, atol=1e-10)
        # A sum over processes passes through float32.
        torch.testing.assert_close(two[name], weight, rtol=1e-6, atol=1e-9)
