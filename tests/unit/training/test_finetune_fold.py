"""A member from tables to the model folder, with the techniques that the configuration switches on."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
import yaml
from families import Row
from toys import PAIRS, model_folder
from transformers import BertForSequenceClassification

from yiju import Explainer
from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.members import member_seed
from yiju.models.calibration.apply import decide, difference
from yiju.models.calibration.measure import nll
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.models.start_encoder import start_encoder
from yiju.models.tokens import encode_pairs
from yiju.training import finetune
from yiju.training.finetune import finetune_fold
from yiju.training.resume import Best
from yiju.training.temperature import calibrate_classifier

CONFIG = yaml.safe_load((Path(__file__).resolve().parents[3] / "config.yaml").read_text(encoding="utf-8"))
COMMON = {"weighting": "edit_distance", "label_smoothing": 0.1, "epochs": 3, "evaluate_every": 5}
COMMON |= {"learning_rate": 1e-3, "masking": {"enabled": True, "operator": "both"}}
SUM = {"enabled": True, "samples": 3, "combine": "sum"}
MIXUP = {"enabled": True, "at": "inner", "beta": 1.0}
PLAIN = {"calibrate": False}
# Ten pairs of a label at least, of fewer nothing is fitted.
HELD_OUT = PAIRS[48:] * 2


def written(folder, fold=-1):
    """Tables of training pairs, of which one in three is in `fold`, and of dev items."""
    q, t, labels = (list(column) for column in zip(*PAIRS[:48], strict=True))
    columns = {"q": q, "t": t, "label": labels, "operation": "original", "parents": [[number] for number in range(48)]}
    columns["fold"] = [fold if number % 3 == 0 else -1 for number in range(48)]
    pairs = pl.DataFrame(columns)
    q, t, labels = (list(column) for column in zip(*HELD_OUT, strict=True))
    items = pl.DataFrame({"item": [str(number) for number in range(len(q))], "q": q, "t": t, "label": labels})
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in pl.Schema(tables.ITEMS).items() if name not in items.columns
    ]
    for table, name, schema in ((pairs, "pairs", tables.AUGMENTED), (items.with_columns(missing), "dev", tables.ITEMS)):
        tables.write(
            table.select(pl.col(column).cast(kind) for column, kind in pl.Schema(schema).items()), folder / name, schema
        )
    return {"augmented": str(folder / "pairs"), "selection": str(folder / "dev")}


def trained(folder, name, start, changes, member="1", fold=-1):
    """Train a member and return its model folder, its evaluations and its calibration."""
    settings = CONFIG["finetune"] | COMMON | changes | CONFIG["training"] | {"seed": 3, "max_length": 32}
    out, work = folder / name, folder / f"{name}-work"
    out.mkdir()
    work.mkdir()
    places = {
        "weights": [str(out / file) for file in FOLDER_FILES],
        "steps": str(out / "steps.jsonl"),
        "calibration": str(out / "calibration.json"),
        "dynamics": str(folder / f"{name}-dynamics"),
        "checkpoints": str(folder / f"{name}-checkpoints") if changes.get("checkpoints") else None,
        "work": str(work),
        "machine": {"device": "cpu", "threads": 1, "batch_tokens": 200},
    }
    finetune_fold(
        **written(folder, fold), model=str(start), member=member, settings=settings | {"precision": "fp32"}, **places
    )
    lines = [json.loads(line) for line in (out / "steps.jsonl").read_text(encoding="utf-8").split("\n") if line]
    calibration = json.loads((out / "calibration.json").read_text(encoding="utf-8"))
    return out, [line for line in lines if "accuracy" in line], calibration


def judged(out, pairs=HELD_OUT):
    """Logits that a saved model gives, and the labels."""
    q, t, labels = (list(column) for column in zip(*pairs, strict=True))
    model, tokenizer = load_model(out, "classifier"), load_tokenizer(out)
    return predict_logits(model, encode_pairs(tokenizer, q, t, 32), 200), np.array(labels)


@pytest.mark.parametrize(
    "changes",
    [
        {"rdrop": {"enabled": True, "alpha": 2.0}, "multi_dropout": SUM},
        {"mixup": MIXUP, "multi_dropout": SUM},
        {"ema": {"enabled": True, "decay": 0.9}},
    ],
    ids=["rdrop", "mixup", "ema"],
)
@pytest.mark.parametrize("marker", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_saved_model_is_the_one_that_was_evaluated_best(tmp_path, changes, marker):
    start = model_folder(tmp_path / "start", marker=marker, dropout=0.1)
    changes = changes | {"fgm": {"enabled": True, "epsilon": 0.5}, "decision_threshold": 0.6, "accumulation": 2}
    out, evaluations, calibration = trained(tmp_path, "out", start, changes | PLAIN)
    best = max(evaluations, key=lambda line: line["mean_accuracy"])
    assert (calibration["temperature"], calibration["margin"]) == (1.0, 2 * 0.6 - 1)
    logits, labels = judged(out)
    right = (decide(logits, calibration["margin"]) == labels).mean()
    assert right == pytest.approx(best["accuracy"], abs=1e-6)
    assert right == pytest.approx(calibration["after.accuracy"], abs=1e-6)
    assert nll(difference(logits), labels) == pytest.approx(best["dev_loss"], rel=1e-5)
    if not marker:
        stock = BertForSequenceClassification.from_pretrained(out)
        q, t, _ = (list(column) for column in zip(*HELD_OUT, strict=True))
        assert (predict_logits(stock, encode_pairs(load_tokenizer(out), q, t, 32), 200) == logits).all()


@pytest.mark.parametrize(
    "changes", [{"multi_dropout": SUM}, {"ema": {"enabled": True, "decay": 0.9}}], ids=["sum", "ema"]
)
def test_the_temperature_is_in_the_saved_weights_after_all_else_that_is(tmp_path, changes):
    start = model_folder(tmp_path / "start", dropout=0.1)
    plain, _, before = trained(tmp_path, "plain", start, changes | PLAIN)
    out, _, after = trained(tmp_path, "out", start, changes)
    (raw, labels), (tempered, _) = judged(plain), judged(out)
    assert after["temperature"] != 1
    np.testing.assert_allclose(tempered, raw / after["temperature"], rtol=1e-5, atol=1e-6)
    assert nll(difference(tempered), labels) == pytest.approx(after["after.nll"], abs=2e-6)
    assert after["after.nll"] < after["before.nll"] == before["before.nll"]
    assert (decide(tempered, after["margin"]) == labels).mean() == pytest.approx(after["after.accuracy"], abs=1e-6)
    assert after["after.accuracy"] >= after["before.accuracy"]
    assert after["pairs"] == len(HELD_OUT)


@pytest.mark.parametrize("average", [False, True])
def test_a_member_is_calibrated_on_what_decides_and_says_so(tmp_path, average, monkeypatch):
    orders = []

    def calibrate(classifier, dev, *others):
        orders.extend(dev)
        return calibrate_classifier(classifier, dev, *others)

    monkeypatch.setattr("yiju.training.finetune.calibrate_classifier", calibrate)
    out, _, fitted = trained(tmp_path, "out", model_folder(tmp_path / "start"), {"average_orders": average})
    q, t, _ = (list(column) for column in zip(*HELD_OUT, strict=True))
    wanted = [encode_pairs(load_tokenizer(out), *sides, 32).ids.tolist() for sides in ((q, t), (t, q))]
    assert [one.ids.tolist() for one in orders] == wanted[: 1 + average]
    explainer = Explainer.from_pretrained(out)
    assert (explainer.average_orders, explainer.margin) == (average, fitted["margin"])


@pytest.mark.slow
def test_the_same_member_twice_is_the_same_to_the_bit_and_another_technique_another(tmp_path):
    start = model_folder(tmp_path / "start", dropout=0.1)
    mixup = {"mixup": MIXUP | {"at": "embedding"}}
    one, again, plain = (
        (trained(tmp_path, name, start, changes)[0] / "model.safetensors").read_bytes()
        for name, changes in (("one", mixup), ("again", mixup), ("plain", {}))
    )
    assert one == again != plain


def test_all_that_is_random_follows_the_seed_of_the_member(tmp_path, monkeypatch):
    seeds, heads = [], []
    start = model_folder(tmp_path / "start", dropout=0.1)

    def noted(task, plan, _machine, work):
        seeds.append(plan.seed)
        heads.append(task.model.classifier.classifier.weight.detach().clone())
        (work / "steps.jsonl").write_text("")
        return Best(0, 0.5)

    monkeypatch.setattr(finetune, "fit", noted)
    for name, member in (("a", "0"), ("b", "1"), ("c", "0.1")):
        trained(tmp_path, name, start, {}, member)
    assert seeds == [3, 4, member_seed(3, 0, 1)]
    drawn = [load_model(start, "classifier", seed).classifier.weight for seed in seeds]
    assert all(torch.equal(got, wanted) for got, wanted in zip(heads, drawn, strict=True))
    assert not torch.equal(heads[0], heads[2])


def test_a_fold_selects_on_what_it_holds_out_and_calibrates_on_dev(tmp_path):
    start = model_folder(tmp_path / "start")
    out, evaluations, calibration = trained(tmp_path, "out", start, PLAIN, member="0.1", fold=0)
    logits, labels = judged(out, PAIRS[:48:3])
    best = max(evaluations, key=lambda line: line["mean_accuracy"])
    assert (decide(logits, 0.0) == labels).mean() == pytest.approx(best["accuracy"], abs=1e-6)
    assert calibration["pairs"] == len(HELD_OUT)


@pytest.mark.slow
def test_a_second_training_starts_from_the_head_of_the_first(tmp_path):
    start = model_folder(tmp_path / "start")
    first, _, _ = trained(tmp_path, "first", start, PLAIN, member="0")
    again = load_model(first, "classifier", seed=99)
    saved = load_model(first, "classifier", seed=1)
    assert torch.equal(again.classifier.weight, saved.classifier.weight)
    still, _, _ = trained(tmp_path, "still", first, PLAIN | {"learning_rate": 1e-12, "epochs": 0.1}, member="0")
    np.testing.assert_allclose(judged(still)[0], judged(first)[0], atol=1e-5)


def test_without_dev_pairs_there_is_a_message(tmp_path):
    places = written(tmp_path)
    items = tables.read(places["selection"], tables.ITEMS)
    tables.write(items.clear(), places["selection"], tables.ITEMS)
    start = model_folder(tmp_path / "start")
    settings = CONFIG["finetune"] | COMMON | {"seed": 3, "max_length": 32} | CONFIG["training"]
    rest = {"weights": [], "steps": "", "calibration": "", "work": str(tmp_path)}
    machine = {"device": "cpu", "threads": 1, "batch_tokens": 200}
    with pytest.raises(YijuError, match=r"finetune\.corpora: no labelled pairs to choose weights and threshold by"):
        finetune_fold(**places, model=str(start), member="0", settings=settings, machine=machine, **rest)


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_a_cross_encoder_of_one_logit_is_trained_calibrated_and_opened(tmp_path, loss):
    smoothing = {"label_smoothing": 0.0} if loss == "mse" else {}
    out, _, calibration = trained(tmp_path, "out", model_folder(tmp_path / "start"), {"loss": loss} | smoothing)
    model, tokenizer = load_model(out, "classifier", whole=True), load_tokenizer(out)
    q, t, labels = (list(column) for column in zip(*HELD_OUT, strict=True))
    numbers = predict_logits(model, encode_pairs(tokenizer, q, t, 32), 200)
    assert model.config.num_labels == 1 and calibration["temperature"] != 1
    said = numbers[:, 0] > calibration["margin"]
    assert (said == labels).mean() == pytest.approx(calibration["after.accuracy"], abs=1e-6)
    judged = Explainer.from_pretrained(out, device="cpu").predict(list(zip(q, t, strict=True)))
    assert [one.label for one in judged] == said.tolist()
    np.testing.assert_allclose([one.score for one in judged], numbers[:, 0], atol=1e-5)


def test_a_reranker_keeps_its_head_where_one_logit_is_learnt_and_gets_a_new_one_where_two_are(tmp_path, family_folder):
    folder = family_folder(Row("cross-encoder", "roberta"))
    settings = {"source": "folder", "name": str(folder), "marks_matches": False, "max_length": 32, "seed": 1}
    for name, own in (("one", {"outputs": 1}), ("two", {})):
        files = [tmp_path / name / file for file in FOLDER_FILES]
        start_encoder(settings | {"head": "classifier"} | own, None, files)
    wanted = load_model(folder, "classifier", whole=True).state_dict()
    kept = load_model(tmp_path / "one", "classifier", seed=5, outputs=1).state_dict()
    assert all(torch.equal(kept[name], weight) for name, weight in wanted.items())
    assert load_model(tmp_path / "two", "classifier", seed=5).config.num_labels == 2
