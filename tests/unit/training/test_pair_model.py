"""Heads of one logit and of several classes: their losses, what is learnt, and the folder that comes of it."""

import numpy as np
import pytest
import torch
from families import Row
from pair_tasks import TRUTH, Q, T, assert_same, expected, gradients, logits_of, pair_task
from scipy.stats import spearmanr
from torch.nn import functional
from toys import model_folder
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.folder import load_model, load_tokenizer
from yiju.training.graded import rank_correlation, scaled, selection_figure
from yiju.training.loop import Machine
from yiju.training.objective import Techniques
from yiju.training.pair_model import GivenPairs, finetune_pairs

ROWS = np.arange(len(Q))
GRADES = np.round(np.random.default_rng(1).random(len(Q)), 2)
CLASSES = ("entailment", "neutral", "contradiction")
FAST = {"epochs": 2, "learning_rate": 1e-3, "batch_size": 16, "warmup": 0.0}
MACHINE = Machine("cpu", 1, 400)


def one_logit(folder, techniques, labels=GRADES, weights=None):
    model_folder(folder)
    model = load_model(folder, "classifier", seed=2, outputs=1).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(3)) * 0.2)
    return pair_task(model, load_tokenizer(folder), techniques, weights, labels)


def pairs_of(labels):
    return GivenPairs(Q, T, labels)


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 1.5, len(Q))], ids=["alike", "weighted"])
@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_the_loss_of_one_logit_is_torchs_own(tmp_path, loss, weights):
    task = one_logit(tmp_path, Techniques(loss=loss), weights=weights)
    numbers, truth = logits_of(task, ROWS)[:, 0], torch.from_numpy(GRADES)
    each = (
        functional.binary_cross_entropy_with_logits(numbers, truth, reduction="none")
        if loss == "bce"
        else functional.mse_loss(torch.sigmoid(numbers), truth, reduction="none")
    )
    wanted = each.mean() if weights is None else (each * torch.from_numpy(weights)).mean()
    assert_same(gradients(task, ROWS, 60), expected(task, wanted))


def test_label_smoothing_of_one_logit_draws_targets_to_a_half(tmp_path):
    task = one_logit(tmp_path, Techniques(0.2, loss="bce"))
    truth = torch.from_numpy(GRADES) * 0.8 + 0.1
    wanted = functional.binary_cross_entropy_with_logits(logits_of(task, ROWS)[:, 0], truth)
    assert_same(gradients(task, ROWS, 60), expected(task, wanted))


def test_grades_are_scaled_and_those_outside_are_refused():
    assert scaled(np.array([0, 2.5, 5]), 5.0).tolist() == [0.0, 0.5, 1.0]
    with pytest.raises(YijuError, match="label 6 of row 1 is not between 0 and 5"):
        scaled(np.array([1, 6]), 5.0)


def test_the_rank_correlation_is_scipys():
    random = np.random.default_rng(2)
    numbers, labels = random.random(50), random.integers(0, 6, 50) / 5
    assert rank_correlation(numbers, labels) == pytest.approx(spearmanr(numbers, labels).statistic, abs=1e-12)
    assert rank_correlation(np.zeros(5), labels[:5]) == 0
    assert (selection_figure(labels), selection_figure(TRUTH)) == ("spearman", "accuracy")


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_grades_train_a_cross_encoder_that_an_explainer_opens(tmp_path, loss):
    start = model_folder(tmp_path / "start")
    grades = 5 * TRUTH * 0.8 + 0.5
    best = finetune_pairs(
        *(start, pairs_of(grades), pairs_of(grades), tmp_path / "out", tmp_path / "work"),
        # In fp32, as the explainer judges: bfloat16 ties scores, and a tie changes a correlation of ranks.
        {
            "finetune": {"loss": loss, "epochs": 30, "learning_rate": 1e-2, "batch_size": 8},
            "training": {"precision": "fp32"},
        },
        highest=5,
        machine=MACHINE,
    )
    assert best.value > 0.5
    explainer = Explainer.from_pretrained(tmp_path / "out", device="cpu")
    judged = explainer.predict(list(zip(Q, T, strict=True)))
    assert explainer.scorer.family == "cross-encoder" and judged[0].label is None
    scores = np.array([one.score for one in judged])
    assert rank_correlation(scores, grades) == pytest.approx(best.value, abs=0.02)
    # Others take the sigmoid of the one logit.
    model, tokenizer = (
        kind.from_pretrained(tmp_path / "out") for kind in (AutoModelForSequenceClassification, AutoTokenizer)
    )
    said = pipeline("text-classification", model=model, tokenizer=tokenizer)({"text": Q[0], "text_pair": T[0]})
    assert said["label"] == "similar" and said["score"] == pytest.approx(1 / (1 + np.exp(-scores[0])), abs=1e-5)


def test_three_classes_are_learnt_by_name(tmp_path):
    start = model_folder(tmp_path / "start")
    labels = [number // 11 for number in range(len(Q))]
    finetune_pairs(
        *(start, pairs_of(labels), pairs_of(labels), tmp_path / "out", tmp_path / "work"),
        {"finetune": {"epochs": 30, "learning_rate": 1e-2, "batch_size": 8}},
        CLASSES,
        machine=MACHINE,
    )
    explainer = Explainer.from_pretrained(tmp_path / "out", device="cpu")
    assert explainer.scorer.classes == CLASSES
    judged = explainer.predict(list(zip(Q, T, strict=True)))
    right = [one.label == label for one, label in zip(judged, labels, strict=True)]
    assert np.mean(right) > 0.6


@pytest.mark.parametrize(
    ("row", "options", "classes", "labels"),
    [
        (Row("cross-encoder", "xlm-roberta"), {"loss": "bce", "rdrop": {"enabled": True}}, None, GRADES),
        (Row("cross-encoder", "modernbert"), {"loss": "mse", "fgm": {"enabled": True}}, None, GRADES),
        (Row("three labels", "roberta"), {"ema": {"enabled": True}}, CLASSES, ROWS % 3),
        (Row("three labels", "bert"), {"mixup": {"enabled": True}, "label_smoothing": 0.1}, CLASSES, ROWS % 3),
        (
            Row("three labels", "electra"),
            {name: {"enabled": True} for name in ("pgd", "layer_rates")},
            CLASSES,
            ROWS % 3,
        ),
        (Row("cross-encoder", "bert"), {"loss": "bce", "masking": {"enabled": True}}, None, GRADES),
    ],
    ids=lambda value: str(value) if isinstance(value, Row) else None,
)
def test_a_model_that_has_the_head_goes_on_learning(tmp_path, family_folder, row, options, classes, labels):
    named = {"classes": classes} if classes else {}
    folder, pairs = family_folder(row), pairs_of(labels)
    finetune_pairs(
        *(folder, pairs, pairs, tmp_path / "out", tmp_path / "work", {"finetune": FAST | options}),
        **named,
        machine=MACHINE,
    )
    before, after = (load_model(place, "classifier", whole=True).state_dict() for place in (folder, tmp_path / "out"))
    assert before.keys() == after.keys()
    # From where they were: Adam moves no weight by more than about its rate in an update.
    moves = [float((after[name] - weight).abs().max()) for name, weight in before.items()]
    assert 0 < max(moves) < 0.02


@pytest.mark.parametrize(
    ("options", "labels", "classes", "message"),
    [
        ({"weighting": "edit_distance"}, TRUTH, None, r"finetune\.weighting is read in a run of the workflow only"),
        ({"los": "bce"}, TRUTH, None, r"finetune\.los .*no such key"),
        ({"loss": "bce"}, TRUTH, CLASSES, r"finetune\.loss: bce trains one logit, and 3 classes are named"),
        ({}, TRUTH + 2, None, r"label 2 of row 0 is no class|label 3 of row \d+ is no class"),
        ({"loss": "mse", "label_smoothing": 0.1}, TRUTH, None, r"label_smoothing goes with loss: cross_entropy or bce"),
        ({}, TRUTH[:3], None, r"31 q, 31 t and 3 labels"),
    ],
)
def test_what_cannot_be_learnt_is_refused_before_anything_is_trained(tmp_path, options, labels, classes, message):
    start, named = model_folder(tmp_path / "start"), {"classes": classes} if classes else {}
    with pytest.raises(YijuError, match=message):
        finetune_pairs(
            *(start, pairs_of(labels), pairs_of(labels), tmp_path / "out", tmp_path / "work", {"finetune": options}),
            **named,
        )
    assert not (tmp_path / "out").exists() and not (tmp_path / "work").exists()
