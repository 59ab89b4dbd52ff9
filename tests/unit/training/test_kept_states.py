"""States that a training keeps for TracIn: which, with which learning rates, and that no weight depends on it."""

from __future__ import annotations

import json
import shutil
import time
from itertools import count

import numpy as np
import polars as pl
import pytest
import torch
from test_finetune_fold import COMMON, CONFIG, MIXUP, PLAIN, SUM, trained, written
from toys import PAIRS, model_folder

from yiju import Explainer
from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import sha256
from yiju.explain.evidence.index_member import index_member
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.folder_files import FOLDER_FILES, STATES
from yiju.models.tokens import encode_pairs
from yiju.training import finetune
from yiju.training.finetune import finetune_fold
from yiju.training.kept_states import states_before, updates_to_keep, write_states
from yiju.training.plan import Plan

KEEP = {"checkpoints": 2, "evaluate_every": 2, "batch_size": 8, "epochs": 3, "learning_rate": 3e-3}
LEARNT = PAIRS[:48]


@pytest.fixture(autouse=True)
def always_better(monkeypatch):
    """Each evaluation finds better weights than the one before, so that the states come before the best ones."""
    values = count()
    monkeypatch.setattr(finetune, "selection_value", lambda *_: float(next(values)))


def plan_of(**changes):
    own = {"seed": 1, "warmup": 0.2, "learning_rate": 1e-3}
    return Plan.of(CONFIG["finetune"] | CONFIG["training"] | own | changes)


@pytest.mark.parametrize(
    ("number", "every", "end", "kept"),
    [
        (0, 10, 100, []),
        (1, 10, 100, [50]),
        (3, 10, 100, [20, 50, 80]),
        (9, 10, 100, [10, 20, 30, 40, 50, 60, 70, 80, 90]),
        (50, 10, 100, [10, 20, 30, 40, 50, 60, 70, 80, 90]),
        # The last evaluation is never among them, also where it comes early.
        (3, 40, 100, [40, 80]),
        (3, 100, 100, []),
    ],
)
def test_states_are_spread_evenly_over_the_evaluations_before_the_last(number, every, end, kept):
    assert sorted(updates_to_keep(number, every, end)) == kept


def test_each_state_has_the_mean_learning_rate_since_the_one_before():
    # Ten updates, the first two of which are the warm-up.
    rates = np.array([0.5, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8]) * 1e-3
    found = states_before(9, (6, 3), plan_of(), 10)
    assert [one.update for one in found] == [3, 6, 9]
    means = [rates[:3].mean(), rates[3:6].mean(), rates[6:9].mean()]
    assert [one.learning_rate for one in found] == pytest.approx(means)
    # Later states are not part of the final model.
    assert [one.update for one in states_before(3, (3, 6), plan_of(), 10)] == [3]


@pytest.mark.parametrize(
    "changes",
    [
        {"ema": {"enabled": True, "decay": 0.9}},
        {"mixup": MIXUP, "multi_dropout": SUM},
        {"rdrop": {"enabled": True, "alpha": 2.0}, "fgm": {"enabled": True, "epsilon": 0.5}},
    ],
    ids=["ema", "mixup", "rdrop"],
)
def test_training_is_the_same_to_the_bit_with_and_without(tmp_path, changes):
    start = model_folder(tmp_path / "start", dropout=0.1)
    without, *_ = trained(tmp_path, "without", start, changes | KEEP | {"checkpoints": 0})
    kept, *_ = trained(tmp_path, "with", start, changes | KEEP)
    assert [sha256(without / name) for name in FOLDER_FILES] == [sha256(kept / name) for name in FOLDER_FILES]
    ours, theirs = ((folder / "steps.jsonl").read_text(encoding="utf-8").splitlines() for folder in (kept, without))
    assert [_timeless(json.loads(one)) for one in ours] == [_timeless(json.loads(one)) for one in theirs]
    assert not (tmp_path / "without-checkpoints").exists()
    states = told(tmp_path / "with-checkpoints")["states"]
    assert states
    for one in states:
        assert sha256(tmp_path / "with-checkpoints" / str(one["update"]) / "model.safetensors") != sha256(
            kept / "model.safetensors"
        )


def _timeless(row):
    return {key: value for key, value in row.items() if "second" not in key and "accuracy" not in key}


def told(folder):
    return json.loads((folder / STATES).read_text(encoding="utf-8"))


def test_an_interrupted_training_keeps_the_same_states(tmp_path):
    start = model_folder(tmp_path / "start", dropout=0.1)
    whole, *_ = trained(tmp_path, "whole", start, KEEP)
    settings = CONFIG["finetune"] | COMMON | KEEP | CONFIG["training"]
    settings |= {"seed": 3, "max_length": 32, "precision": "fp32"}
    out, work = tmp_path / "parts", tmp_path / "work"
    work.mkdir()
    calls = 0
    while True:
        machine = {"device": "cpu", "threads": 1, "batch_tokens": 200, "deadline": time.monotonic() - 1}
        calls += 1
        try:
            finetune_fold(
                **written(tmp_path),
                model=str(start),
                member="1",
                settings=settings,
                weights=[str(out / name) for name in FOLDER_FILES],
                steps=str(tmp_path / "steps"),
                calibration=str(tmp_path / "calibration"),
                work=str(work),
                machine=machine,
                checkpoints=str(tmp_path / "parts-checkpoints"),
            )
            break
        except SystemExit:
            continue
    assert calls > 5
    ours, theirs = tmp_path / "parts-checkpoints", tmp_path / "whole-checkpoints"
    assert told(ours) == told(theirs)
    assert sha256(out / "model.safetensors") == sha256(whole / "model.safetensors")
    for one in told(ours)["states"]:
        name = f"{one['update']}/model.safetensors"
        assert sha256(ours / name) == sha256(theirs / name)


def test_a_state_that_is_gone_is_named(tmp_path):
    plan = plan_of(checkpoints=1, evaluate_every=2, batch_size=4, epochs=1)
    with pytest.raises(YijuError, match=r"kept-00000002.safetensors: the state after update 2 is missing"):
        write_states(tmp_path / "states", tmp_path, plan, 16, 4, lambda *_: None)


def by_autograd(folder, pair, label):
    """Gradients of the cross-entropy, and of log p(similar), with respect to head and the layer before it."""
    model, tokenizer = load_model(folder, "classifier", whole=True).eval(), load_tokenizer(folder)
    batch = encode_pairs(tokenizer, [pair[0]], [pair[1]], 32).batch(np.array([0]))
    weights = [weight for name, weight in model.named_parameters() if name.startswith(("classifier", "bert.pooler"))]
    assert len(weights) == 4
    chances = torch.log_softmax(model(**batch.inputs()).logits[0].double(), 0)
    each = [torch.autograd.grad(one, weights, retain_graph=True) for one in (-chances[label], chances[1])]
    return [torch.cat([part.flatten() for part in one]) for one in each]


def test_tracin_is_the_sum_over_the_states_by_their_learning_rates(tmp_path):
    """The index of a run's member against gradients that torch computes of every state."""
    start = model_folder(tmp_path / "start")
    out, *_ = trained(tmp_path, "out", start, PLAIN | KEEP)
    states = told(tmp_path / "out-checkpoints")
    assert states["states"], "the best weights came before all states"
    numbers = list(range(48))
    merged = {name: [None] * 48 for name in tables.MERGED.names} | {"pair": numbers, "corpus": ["LCQMC"] * 48}
    merged |= {"file": ["train.tsv"] * 48, "line": [1 + number for number in numbers]}
    merged |= {name: [row[place] for row in LEARNT] for place, name in enumerate(("q", "t", "label"))}
    table = pl.DataFrame(merged, schema=pl.Schema(tables.MERGED))
    tables.write(table, tmp_path / "merged.parquet", tables.MERGED)
    where = (str(tmp_path / "pairs"), str(tmp_path / "merged.parquet"), out, "1", "cpu")
    index_member(*where, threads=1, batch_tokens=256, checkpoints=str(tmp_path / "out-checkpoints"))
    judged = PAIRS[50][:2]
    found = Explainer.from_pretrained(out, device="cpu").explain(judged, evidence=48, measure="tracin", target=1)
    scores = {one.line: one.score for one in (*found.evidence.proponents, *found.evidence.opponents)}
    folders = [tmp_path / "out-checkpoints" / str(one["update"]) for one in states["states"]] + [out]
    rates = np.array([one["learning_rate"] for one in (*states["states"], states["model"])])
    assert len(set(rates)) == len(rates) > 1
    expected = np.zeros(48)
    for folder, share in zip(folders, rates / rates.mean(), strict=True):
        _, score = by_autograd(folder, judged, 1)
        for row, (q, t, label) in enumerate(LEARNT):
            expected[row] -= share * float(score @ by_autograd(folder, (q, t), label)[0])
    assert len(scores) > 40
    assert list(scores.values()) == pytest.approx([expected[line - 1] for line in scores], rel=1e-3, abs=1e-6)
    # Without the states, or with each alike, the figures are others.
    shutil.rmtree(out / "evidence")
    index_member(*where, threads=1, batch_tokens=256)
    plain = Explainer.from_pretrained(out, device="cpu").explain(judged, evidence=48, measure="tracin", target=1)
    alone = {one.line: one.score for one in (*plain.evidence.proponents, *plain.evidence.opponents)}
    assert not np.allclose([scores[line] for line in scores], [alone.get(line, 0) for line in scores], rtol=0.1)
