"""A student: its loss worked out by hand, both orders, resuming to the bit, and that it follows its teacher."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
import yaml
from toys import PAIRS, model_folder
from unit.training.test_finetune_fold import HELD_OUT, judged, written

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.config.rules import train_student as settings_of
from yiju.models.calibration.apply import difference
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.teacher import TEACHER_SCORES
from yiju.training.distillation import DistilledLoss, distances, train_student
from yiju.training.objective import Techniques
from yiju.training.soup import average_weights

# What a teacher says, which is not what the labels say: whether q is longer than t.
TOLD = {(q, t): float(np.sign(len(q) - len(t)) * 2.0 + 0.5) for q, t, _ in PAIRS}


def teacher_scores(folder, labelled=True):
    """TEACHER_SCORES pairs, one in three without a label."""
    q, t, labels = (list(column) for column in zip(*PAIRS[:48], strict=True))
    columns = {
        "q": q,
        "t": t,
        "label": [label if labelled and number % 3 else None for number, label in enumerate(labels)],
        "source": ["original"] * 48,
        "difference": [TOLD[pair] for pair in zip(q, t, strict=True)],
        "swapped": [TOLD[pair] for pair in zip(t, q, strict=True)],
    }
    tables.write(pl.DataFrame(columns, schema=pl.Schema(TEACHER_SCORES)), folder / "teacher_scores", TEACHER_SCORES)
    return str(folder / "teacher_scores")


def settings(learner="student", epochs=4, **distill):
    given = {"distill": {"teacher": "run", "epochs": epochs} | distill, "finetune": {"learning_rate": 3e-3}}
    own = settings_of(load(given | {"training": {"precision": "fp32"}}, []), learner)
    return own | {"max_length": 32, "batch_size": 16, "evaluate_every": 3, "calibrate": False}


def trained(folder, name, start, own, learner="student", members=(), table=None, **machine):
    out, work = folder / name, folder / f"{name}-work"
    out.mkdir(exist_ok=True)
    work.mkdir(exist_ok=True)
    train_student(
        teacher_scores=table or teacher_scores(folder),
        dev=written(folder)["selection"],
        model=str(start),
        members=list(members),
        learner=learner,
        settings=own,
        weights=[str(out / file) for file in FOLDER_FILES],
        steps=str(out / "steps.jsonl"),
        calibration=str(out / "calibration.json"),
        work=str(work),
        machine={"device": "cpu", "threads": 1, "batch_tokens": 200} | machine,
    )
    return out


def test_the_divergence_is_that_of_two_classes_at_the_temperature_and_nothing_where_both_agree():
    student, teacher = torch.tensor([0.3, -2.0, 4.0]).double(), torch.tensor([1.1, 0.7, 4.0]).double()
    temperature = 2.5

    p, q = torch.sigmoid(teacher / temperature), torch.sigmoid(student / temperature)
    expected = temperature**2 * (p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log())
    assert torch.allclose(distances(student, teacher, "kl", temperature), expected)
    assert distances(teacher, teacher, "kl", temperature).abs().max() < 1e-12
    assert torch.allclose(distances(student, teacher, "mse", temperature), (student - teacher) ** 2)


def test_a_pair_without_a_label_is_learnt_from_the_teacher_alone():
    class Constant(torch.nn.Module):
        def forward(self, logits):
            return type("Output", (), {"logits": logits})()

    loss = DistilledLoss(Constant(), Techniques(label_smoothing=0.0), "mse", 1.0, 0.75)
    logits = torch.tensor([[0.0, 1.0], [0.5, 0.0]])
    total, right = loss(labels=torch.tensor([0, -1]), teacher=torch.tensor([2.0, -3.0]).double(), logits=logits)

    hard = torch.log1p(torch.exp(torch.tensor(1.0)))
    assert total.item() == pytest.approx(0.75 * (1.0 + 2.5**2) + 0.25 * hard.item())
    # Of the second pair the teacher's decision counts.
    assert right.item() == 1


@pytest.mark.parametrize("kind", ["kl", "mse"])
def test_a_student_follows_its_teacher_and_one_without_a_teacher_does_not(tmp_path, kind):
    start, last = model_folder(tmp_path / "start"), {"evaluate_every": 1000}
    student = trained(tmp_path, "student", start, settings(epochs=25, loss=kind, weight=1.0) | last)
    control = trained(tmp_path, "control", start, settings("control", epochs=25) | last, learner="control")

    told = np.array([TOLD[q, t] for q, t, _ in PAIRS[:48]])
    near = {out.name: np.mean((difference(judged(out, PAIRS[:48])[0]) > 0) == (told > 0)) for out in (student, control)}
    assert near["student"] > 0.9 > near["control"]


def test_both_orders_are_rows_of_their_own_with_scores_of_their_own(tmp_path, monkeypatch):
    seen = {}

    def instead(task, *_):
        seen["pairs"], seen["labels"], seen["teacher"] = task.pairs, task.labels.numpy(), task.teacher.numpy()
        raise InterruptedError

    monkeypatch.setattr("yiju.training.distillation.fit", instead)
    for both in (True, False):
        with pytest.raises(InterruptedError):
            trained(tmp_path, f"out{both}", model_folder(tmp_path / f"start{both}"), settings(both_orders=both))
        assert len(seen["pairs"]) == len(seen["labels"]) == len(seen["teacher"]) == (96 if both else 48)
        q, t, labels = zip(*PAIRS[:48], strict=True)
        assert seen["teacher"][:48].tolist() == [TOLD[pair] for pair in zip(q, t, strict=True)]
        assert seen["labels"][:4].tolist() == [-1, labels[1], labels[2], -1]
        if both:
            assert seen["teacher"][48:].tolist() == [TOLD[pair] for pair in zip(t, q, strict=True)]
            assert seen["labels"][48:].tolist() == seen["labels"][:48].tolist()


def test_the_control_learns_labelled_pairs_alone(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("yiju.training.distillation.fit", lambda task, *_: seen.append(task.labels) or 1 / 0)

    with pytest.raises(ZeroDivisionError):
        trained(tmp_path, "out", model_folder(tmp_path / "start"), settings("control"), learner="control")
    assert len(seen[0]) == 64 and set(seen[0].tolist()) == {0, 1}
    with pytest.raises(YijuError, match="no pairs for the student to learn"):
        trained(
            *(tmp_path, "none", tmp_path / "start", settings("control")),
            learner="control",
            table=teacher_scores(tmp_path, labelled=False),
        )


def test_a_killed_training_ends_with_the_weights_of_one_that_was_not(tmp_path):
    start = model_folder(tmp_path / "start", dropout=0.1)
    own = settings(epochs=3)
    whole = trained(tmp_path, "whole", start, own)
    for _ in range(4):
        with pytest.raises(SystemExit):
            trained(tmp_path, "parts", start, own, deadline=0.0)
    parts = trained(tmp_path, "parts", start, own)

    assert (parts / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_a_soup_is_the_mean_of_all_weights_and_refuses_another_shape(tmp_path):
    folders = []
    for seed in (1, 2):
        model, folder = load_model(model_folder(tmp_path / f"start{seed}"), "classifier", seed), tmp_path / f"m{seed}"
        save_folder(model, load_tokenizer(tmp_path / f"start{seed}"), [folder / name for name in FOLDER_FILES])
        folders.append(folder)
    mixed = load_model(folders[0], "classifier")

    average_weights(mixed, folders)

    first, second = (dict(load_model(folder, "classifier").named_parameters()) for folder in folders)
    for name, weight in mixed.named_parameters():
        assert torch.equal(weight, ((first[name].double() + second[name].double()) / 2).float()), name
    other = model_folder(tmp_path / "other", marker=True)
    save_folder(
        load_model(other, "classifier"), load_tokenizer(other), [tmp_path / "big" / name for name in FOLDER_FILES]
    )
    with pytest.raises(YijuError, match=r"distill.start: .*other weights.*set start: encoder"):
        average_weights(mixed, [tmp_path / "big"])


def test_what_a_student_reads_of_the_configuration_is_its_own():
    def read(learner="student", **sections):
        return settings_of(load({"distill": {"teacher": "run"}} | sections, []), learner)

    plain = read()
    # Folds, seeds, and techniques that a teacher's scores do not go with are none of the student's.
    assert read(finetune={"folds": 3, "seeds": 2, "rdrop": {"enabled": True}, "weighting": "edit_distance"}) == plain
    assert read(distill={"teacher": "run", "temperature": 4.0}) != plain
    assert read("control", distill={"teacher": "run", "temperature": 4.0, "weight": 0.1}) == read("control")
    assert read(distill={"teacher": "run", "loss": "mse", "temperature": 4.0}) == read(
        distill={"teacher": "run", "loss": "mse"}
    )
    small = {"teacher": "run", "encoder": {"source": "folder", "name": "small"}, "learning_rate": "auto"}
    assert (plain["learning_rate"], read(distill=small)["learning_rate"]) == (1e-3, 2e-5)


@pytest.mark.parametrize(
    ("distill", "expected"),
    [
        ({}, 3e-5),
        ({"learning_rate": "auto"}, 2e-5),
        # The rate of a checkpoint's fine-tuning would hardly move a model from scratch.
        ({"encoder": {"source": "scratch"}}, 1e-3),
        ({"encoder": {"source": "folder", "name": "small"}}, 2e-5),
        ({"encoder": {"source": "scratch"}, "learning_rate": 4e-4}, 4e-4),
    ],
)
def test_a_student_with_an_encoder_of_its_own_has_a_rate_that_suits_it(distill, expected):
    members = {"encoder": {"source": "folder", "name": "large"}, "finetune": {"learning_rate": 3e-5}}

    own = settings_of(load(members | {"distill": {"teacher": "run"} | distill}, []), "student")

    assert own["learning_rate"] == expected


@pytest.mark.parametrize(
    ("distill", "said"),
    [
        ({"revision": "a" * 40}, "revision is of a teacher of the hub"),
        ({"teacher": "run", "revision": "a" * 40}, "run has no revision"),
        ({"teacher": "run", "start": "members", "encoder": {}}, "leave encoder out"),
        ({"teacher": "run", "corpora": ["Nowhere"]}, "distill.corpora"),
        ({"teacher": "run", "encoder": {"scratch": {"vocabulary_size": 100}}}, "one vocabulary"),
        ({"teacher": "run", "weight": 0.0}, "distill.weight"),
    ],
)
def test_a_wrong_key_is_named(distill, said):
    with pytest.raises(YijuError, match=said):
        load({"distill": distill}, [])


def test_the_steps_and_the_calibration_are_written(tmp_path):
    out = trained(tmp_path, "out", model_folder(tmp_path / "start"), settings(epochs=1) | {"calibrate": True})

    lines = [json.loads(line) for line in (out / "steps.jsonl").read_text(encoding="utf-8").splitlines()]
    assert any("accuracy" in line for line in lines)
    calibration = json.loads((out / "calibration.json").read_text(encoding="utf-8"))
    assert calibration["pairs"] == len(HELD_OUT)
    config = yaml.safe_load(Path(out / "config.json").read_text(encoding="utf-8"))
    assert config["decision_margin"] == calibration["margin"]
