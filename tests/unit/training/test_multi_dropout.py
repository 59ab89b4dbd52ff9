"""Multi-sample dropout: several masks while learning, a stock model when saved."""

from pathlib import Path

import numpy as np
import pytest
import torch
from pair_tasks import assert_same, expected, gradients, named_gradients, pair_task, toy_task
from torch.nn import functional
from toys import classifier
from transformers import BertForSequenceClassification

from yiju.models.folder import load_model, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.training.objective import Techniques
from yiju.training.techniques.multi_dropout import several_masks

ROWS = np.arange(12)


@pytest.mark.parametrize("combine", ["sum", "mean"])
def test_logits_are_those_of_every_mask_combined(tmp_path, combine):
    """Loss and gradients in training mode, the same masks drawn again and each given to the classifier."""
    task = toy_task(tmp_path)
    model = task.model.classifier
    model.dropout = torch.nn.Dropout(0.4)
    (micro,) = task.micro_batches(ROWS, 10_000, 5)
    inputs = {name: value for name, value in micro.inputs.items() if name != "labels"}

    task.model.train()
    torch.manual_seed(9)
    pooled = model.bert(**inputs).pooler_output
    all_logits = torch.stack([model.classifier(functional.dropout(pooled, 0.4)) for _ in range(3)])
    logits = all_logits.sum(0) if combine == "sum" else all_logits.mean(0)
    wanted = expected(task, functional.cross_entropy(logits, micro.inputs["labels"]))
    task.model.zero_grad()
    with several_masks(model, 3, combine):
        torch.manual_seed(9)
        loss = task.model(**micro.inputs)[0] / len(ROWS)
        loss.backward()
    assert_same((loss.detach(), named_gradients(model)), wanted)


@pytest.mark.parametrize("combine", ["sum", "mean"])
def test_what_is_saved_is_stock_and_judges_as_what_was_evaluated(tmp_path, combine):
    model, tokenizer = classifier(tmp_path / "start")
    task = pair_task(model, tokenizer)
    model.float()
    plain = predict_logits(model, task.pairs, 60)
    names = [name for name, _ in model.named_parameters()]
    with several_masks(model, 5, combine):
        assert [name for name, _ in model.named_parameters()] == names
        evaluated = predict_logits(model, task.pairs, 60)
    np.testing.assert_allclose(evaluated, plain * (5 if combine == "sum" else 1), rtol=1e-5, atol=1e-6)
    assert type(model.dropout) is torch.nn.Dropout and not model.classifier._forward_hooks

    folder = tmp_path / "saved"
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    stock = BertForSequenceClassification.from_pretrained(folder)
    assert np.array_equal(predict_logits(stock, task.pairs, 60), evaluated)
    assert np.array_equal(predict_logits(load_model(folder, "classifier"), task.pairs, 60), evaluated)


def test_a_training_that_breaks_off_leaves_the_weights_unfolded(tmp_path):
    model, _ = classifier(tmp_path)
    before = model.classifier.weight.detach().clone()
    with pytest.raises(SystemExit), several_masks(model, 5, "sum"):
        raise SystemExit(143)
    assert torch.equal(model.classifier.weight, before) and not model.classifier._forward_hooks


@pytest.mark.parametrize("budget", [1, 70])
def test_without_dropout_a_sum_learns_from_n_times_the_logits_in_any_micro_batch(tmp_path: Path, budget):
    task = toy_task(tmp_path, Techniques(rdrop_alpha=1.0))
    model = task.model.classifier
    batch = task.pairs.batch(ROWS)
    wanted = expected(task, functional.cross_entropy(4 * model(**batch.inputs()).logits, task.labels[ROWS]))
    with several_masks(model, 4, "sum"):
        task.model.train()
        got = gradients(task, ROWS, budget)
    assert_same(got, wanted)
