"""200 updates: the loop's curve beside that of a plain float32 loop, and bfloat16's beside float32's."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from pair_tasks import MACHINE, PLAN, toy_task
from torch.nn import functional

from yiju.training.batches import epoch_updates
from yiju.training.loop import fit
from yiju.training.optimizer import rate_at

# 31 pairs in updates of 10: four an epoch.
EPOCHS, UPDATES = 50, 200
LONG = replace(PLAN, epochs=float(EPOCHS), evaluate_every=UPDATES)
PADDED = 32


def toy(folder):
    task = toy_task(folder)
    task.model.float()
    return task


def curve(task, folder, precision):
    """The losses that `fit` writes down."""
    folder.mkdir()
    fit(task, replace(LONG, precision=precision), MACHINE, folder)
    lines = [json.loads(line) for line in (folder / "steps.jsonl").read_text(encoding="utf-8").split("\n") if line]
    return np.array([line["loss"] for line in lines if "loss" in line])


def plain_curve(task):
    """The same of whole updates padded to one width, torch's own mean loss, plain AdamW and clipping."""
    model = task.model.classifier.train()
    decay, rest = ([weight for weight in model.parameters() if (weight.ndim > 1) == matrix] for matrix in (True, False))
    groups = [{"params": decay, "weight_decay": LONG.weight_decay}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=LONG.learning_rate, foreach=False)
    rows = [
        part
        for epoch in range(EPOCHS)
        for part in epoch_updates(task.lengths, LONG.batch_size, LONG.seed, epoch, LONG.batches)
    ]
    losses = []
    for update, part in enumerate(rows):
        inputs = task.pairs.batch(part).inputs()
        wide = {key: functional.pad(value, (0, PADDED - value.shape[1])) for key, value in inputs.items()}
        loss = functional.cross_entropy(model(**wide).logits, task.labels[part])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), LONG.clip)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(update, UPDATES, LONG.warmup, LONG.learning_rate)
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def smooth(losses):
    """Means of 20 updates: five epochs."""
    return losses.reshape(-1, 20).mean(1)


@pytest.fixture(scope="module")
def fp32(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fp32")
    return curve(toy(folder / "model"), folder / "work", "fp32")


@pytest.mark.slow
def test_200_updates_follow_a_plain_loop(tmp_path, fp32):
    assert len(fp32) == UPDATES
    np.testing.assert_allclose(fp32, plain_curve(toy(tmp_path)), rtol=0, atol=1e-4)
    # It learns: a curve that stands still would say nothing.
    assert smooth(fp32)[-1] < 0.7 * smooth(fp32)[0]


@pytest.mark.slow
def test_200_updates_in_bfloat16_stay_within_noise(tmp_path, fp32):
    bf16 = curve(toy(tmp_path / "model"), tmp_path / "work", "bf16")
    assert not np.array_equal(bf16, fp32)
    np.testing.assert_allclose(smooth(bf16), smooth(fp32), rtol=0.02)
