"""Teacher, student and control side by side: figures worked out apart, on small models."""

import json

import numpy as np
import pytest
import torch
from toys import classifier
from unit.training.test_finetune_fold import HELD_OUT, written

from yiju.base import tables
from yiju.config.load import load
from yiju.config.rules import compare_student as settings_of
from yiju.evaluation.compare_student import compare_student
from yiju.models.calibration.measure import nll
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.models.scores import score_table
from yiju.models.tokens import encode_pairs


def model(folder, noise):
    """The same classifier with a little noise on its weights."""
    classified, tokenizer = classifier(folder)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in classified.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * noise)
    save_folder(classified, tokenizer, [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    items = written(folder)["selection"]
    q, t, _ = (list(column) for column in zip(*HELD_OUT, strict=True))
    scores, logits = [], {}
    models = {"teacher": 0.0, "student": 0.0, "control": 0.3}
    for name, noise in models.items():
        place = model(folder / name, noise)
        pairs = encode_pairs(load_tokenizer(place), q, t, 32)
        logits[name] = predict_logits(load_model(place, "classifier"), pairs, 256)
        ids = tables.read(items, tables.ITEMS)["item"].to_list()
        tables.write(score_table(ids, logits[name], 0.0, pairs.truncated), folder / f"{name}.scores", tables.SCORES)
        scores.append(str(folder / f"{name}.scores"))
    given = {"distill": {"teacher": "run", "control": True}, "explain": {"candidates": ["occlusion"]}}
    settings = settings_of(load(given | {"evaluate": {"bootstrap": 100, "splits": []}, "test_sets": {"use": []}}, []))
    compare_student(
        items=[items],
        scores=scores,
        members=[str(folder / "teacher")],
        calibration=None,
        students=[str(folder / "student"), str(folder / "control")],
        settings=settings | {"max_length": 32},
        out=str(folder / "out.json"),
        device="cpu",
        threads=1,
        batch_tokens=256,
    )
    return json.loads((folder / "out.json").read_text(encoding="utf-8")), logits


def test_figures_of_a_set_are_those_of_its_scores(compared):
    found, logits = compared
    gold = np.array([label for *_, label in HELD_OUT])
    judges = {one["name"]: one for one in found["sets"][0]["judges"]}
    said = {name: own[:, 1] > own[:, 0] for name, own in logits.items()}

    assert list(judges) == ["teacher", "student", "control"]
    for name, one in judges.items():
        assert one["accuracy"] == pytest.approx((said[name] == gold).mean(), abs=1e-6)
        assert one["nll"] == pytest.approx(nll(logits[name][:, 1] - logits[name][:, 0], gold), abs=1e-5)
    assert judges["student"]["label_agreement"] == 1.0 and judges["student"]["probability_difference"] == 0.0
    assert judges["control"]["label_agreement"] == pytest.approx((said["control"] == said["teacher"]).mean(), abs=1e-6)
    apart = judges["student"]["accuracy"] - judges["control"]["accuracy"]
    assert judges["student"]["minus_control"] == pytest.approx(apart, abs=1e-6)
    assert "label_agreement" not in judges["teacher"]


def test_explanations_of_equal_models_are_equal_and_those_of_others_less_so(compared):
    found, _ = compared
    teacher, student, control = found["explanations"]["judges"]

    assert found["explanations"]["method"] == "occlusion" and found["explanations"]["pairs"] > 0
    assert (student["spearman"], student["jaccard"]) == (1.0, 1.0)
    assert control["spearman"] < 1.0
    assert student["aopc_comprehensiveness"] == teacher["aopc_comprehensiveness"]


def test_sizes_are_told_and_speeds_are_numbers(compared):
    found, _ = compared

    weights = {one["name"]: one["weights"] for one in found["judges"]}
    assert weights["teacher"] == weights["student"] > 1000
    assert all(one["models"] == 1 and one["pairs_per_second"] > 0 for one in found["judges"])
