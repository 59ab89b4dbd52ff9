"""What chooses the best weights: each figure as scikit-learn has it, and what a member does with it."""

import json

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, roc_auc_score
from toys import model_folder
from unit.training.test_finetune_fold import HELD_OUT, judged, trained

from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.config.rules import finetune_fold
from yiju.models.calibration.apply import difference, probability
from yiju.report.curves import read_curve
from yiju.training.weight_choice import figure_of, selection_value


def test_f1_of_nothing_is_0():
    nothing = np.zeros(3, dtype=np.int64)
    assert selection_value("f1", np.tile([1.0, 0.0], (3, 1)), nothing, 0.0, 0.5) == 0.0


def test_each_figure_is_that_of_its_name():
    logits, labels = np.array([[0.0, 2.0], [0.0, 1.0], [0.0, -1.0], [0.0, -2.0]]), np.array([1, 0, 1, 0])
    found = {name: selection_value(name, logits, labels, 0.0, 0.5) for name in ("accuracy", "f1", "roc_auc")}
    assert found == {"accuracy": 0.5, "f1": 0.5, "roc_auc": 0.75}
    assert selection_value("f1", logits, labels, 1.5, 0.5) == pytest.approx(2 / 3)
    assert selection_value("log_likelihood", logits, labels, 0.0, 0.5) == -0.5


@pytest.mark.parametrize(
    ("select", "labels", "said"),
    [
        ("auc", [1, 1], "auc needs selection pairs of both labels"),
        ("auc", [0.5, 1.0], "auc needs selection pairs of both labels"),
        ("f1", [0, 1, 2], "f1 needs labels 0 and 1"),
    ],
)
def test_a_figure_that_is_not_defined_is_refused(select, labels, said):
    with pytest.raises(YijuError, match=said):
        figure_of(select, np.array(labels))


def test_grades_are_chosen_by_their_rank_correlation():
    assert figure_of("accuracy", np.array([0.5, 1.0])) == "spearman"
    assert figure_of("loss", np.array([0.5, 1.0])) == "log_likelihood"


@pytest.mark.parametrize("select", ["loss", "f1", "auc"])
def test_the_saved_weights_are_those_that_the_figure_chose(tmp_path, select):
    name = {"loss": "log_likelihood", "f1": "f1", "auc": "roc_auc"}[select]
    changes = {"select": select, "calibrate": False, "masking": {"enabled": False}}

    out, evaluations, _ = trained(tmp_path, "out", model_folder(tmp_path / "start", dropout=0.1), changes)

    best = max(evaluations, key=lambda line: line[name])
    logits, labels = judged(out)
    scores = difference(logits)
    found = {
        "loss": -log_loss(labels, probability(scores)),
        "f1": f1_score(labels, scores > 0),
        "auc": roc_auc_score(labels, scores),
    }
    assert found[select] == pytest.approx(best[name], abs=1e-5)
    assert ((scores > 0) == labels).mean() == pytest.approx(best["accuracy"], abs=1e-6)
    assert len(labels) == len(HELD_OUT)
    # The report tells the accuracy of the weights that were chosen, and not the best one.
    curve = read_curve("fold 0", out / "steps.jsonl")
    assert curve.best("accuracy", largest=True) == (best["update"], best["accuracy"])


def test_a_training_without_them_reads_the_same_as_before():
    plain = finetune_fold(load({}, []))
    assert not {"select", "patience"} & plain.keys()
    assert finetune_fold(load({"finetune": {"select": "auc", "patience": 3}}, [])) == plain | {
        "select": "auc",
        "patience": 3,
    }
    assert json.dumps(plain)
