"""A fold from tables to the model folder, with the techniques that the configuration switches on."""

import json
from pathlib import Path

import polars as pl
import pytest
import torch
import yaml
from torch.nn.functional import cross_entropy
from toys import PAIRS, model_folder
from transformers import BertForSequenceClassification

from yiju import tables
from yiju.encoder import FOLDER_FILES
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.predict import predict_logits
from yiju.scores import decide
from yiju.tokens import encode_pairs
from yiju.training.finetune import finetune_fold

CONFIG = yaml.safe_load((Path(__file__).resolve().parents[3] / "config.yaml").read_text(encoding="utf-8"))
COMMON = {"weighting": "edit_distance", "label_smoothing": 0.1, "mask_share": 0.1, "epochs": 3, "evaluate_every": 5}
SUM = {"enabled": True, "samples": 3, "combine": "sum"}
HELD_OUT = PAIRS[48:]


def written(folder):
    """Tables of training pairs, none of them held out, and of selection pairs."""
    q, t, labels = (list(column) for column in zip(*PAIRS[:48], strict=True))
    rest = {"fold": 0, "operation": "original"}
    columns = {"q": q, "t": t, "label": labels, "parents": [[]] * len(q)}
    pairs = pl.DataFrame(columns).with_columns(**{name: pl.lit(value) for name, value in rest.items()})
    q, t, labels = (list(column) for column in zip(*HELD_OUT, strict=True))
    items = pl.DataFrame({"item": [str(number) for number in range(len(q))], "q": q, "t": t, "label": labels})
    missing = [pl.lit(None, kind).alias(name) for name, kind in tables.ITEMS.items() if name not in items.columns]
    for table, name, schema in ((pairs, "pairs", tables.AUGMENTED), (items.with_columns(missing), "dev", tables.ITEMS)):
        tables.write(table.select(pl.col(column).cast(kind) for column, kind in schema.items()), folder / name, schema)
    return {"augmented": str(folder / "pairs"), "selection": str(folder / "dev")}


def fold(folder, name, start, changes):
    """Train fold 1, which holds out nothing, and return the model folder and the evaluations."""
    settings = CONFIG["finetune"] | COMMON | changes | CONFIG["training"] | {"seed": 3, "max_length": 32}
    out, work = folder / name, folder / f"{name}-work"
    out.mkdir()
    work.mkdir()
    places = {
        "weights": [str(out / file) for file in FOLDER_FILES],
        "steps": str(out / "steps.jsonl"),
        "work": str(work),
    }
    machine = {"device": "cpu", "threads": 1, "batch_tokens": 200}
    finetune_fold(
        **written(folder), model=str(start), fold=1, settings=settings | {"precision": "fp32"}, **places, **machine
    )
    lines = [json.loads(line) for line in (out / "steps.jsonl").read_text(encoding="utf-8").split("\n") if line]
    return out, [line for line in lines if "accuracy" in line]


@pytest.mark.parametrize(
    "changes",
    [
        {"rdrop": {"enabled": True, "alpha": 2.0}, "multi_dropout": SUM},
        {"mixup": {"enabled": True, "at": "inner", "beta": 1.0}, "multi_dropout": SUM},
    ],
    ids=["rdrop", "mixup"],
)
@pytest.mark.parametrize("marker", [False, True])
def test_the_saved_model_is_the_one_that_was_evaluated_best(tmp_path, changes, marker):
    start = model_folder(tmp_path / "start", marker=marker, dropout=0.1)
    changes = changes | {"fgm": {"enabled": True, "epsilon": 0.5}, "decision_threshold": 0.6, "accumulation": 2}
    out, evaluations = fold(tmp_path, "out", start, changes)
    best = max(evaluations, key=lambda line: line["accuracy"])
    model, tokenizer = load_model(out, "classifier"), load_tokenizer(out)
    q, t, labels = (list(column) for column in zip(*HELD_OUT, strict=True))
    pairs = encode_pairs(tokenizer, q, t, 32)
    logits = predict_logits(model, pairs, 200)
    assert (decide(logits, 0.6) == labels).mean() == pytest.approx(best["accuracy"], abs=1e-6)
    loss = cross_entropy(torch.from_numpy(logits), torch.tensor(labels)).item()
    assert loss == pytest.approx(best["dev_loss"], rel=1e-5)
    if not marker:
        stock = BertForSequenceClassification.from_pretrained(out)
        assert (predict_logits(stock, pairs, 200) == logits).all()


def test_the_same_fold_twice_is_the_same_to_the_bit_and_another_technique_another(tmp_path):
    start = model_folder(tmp_path / "start", dropout=0.1)
    mixup = {"mixup": {"enabled": True, "at": "embedding", "beta": 1.0}}
    one, again, plain = (
        (fold(tmp_path, name, start, changes)[0] / "model.safetensors").read_bytes()
        for name, changes in (("one", mixup), ("again", mixup), ("plain", {}))
    )
    assert one == again != plain
