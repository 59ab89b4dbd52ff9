"""Pairs that are named matter: models that learn without them judge otherwise, more than without random ones."""

from __future__ import annotations

import sys

import numpy as np
import polars as pl
import pytest
from accelerate.state import AcceleratorState
from projects import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import retraining

SHAPE = {"layers": 2, "width": 64, "heads": 2, "feed_forward": 256, "dropout": 0.0}
SETTINGS = {"epochs": 4.0, "learning_rate": 3e-4, "batch_size": 32, "warmup": 0.1}
PAIRS, FIRST, JUDGED, SUBSETS, ROWS = 400, 1500, 60, 12, 3


@pytest.fixture(autouse=True)
def other_precision():
    """A process has one precision."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


def sample(split: str, count: int) -> pl.DataFrame:
    lines = (ROOT / f"data/sample/LCQMC/{split}.tsv").read_text(encoding="utf-8").split("\n")
    rows = dict.fromkeys(tuple(line.split("\t")) for line in lines if line.endswith(("\t0", "\t1")))
    table = pl.DataFrame(list(rows)[:count], schema=["q", "t", "label"], orient="row")
    return table.with_columns(pl.col("label").cast(pl.Int8)).sample(fraction=1, shuffle=True, seed=111)


@pytest.mark.slow
def test_what_is_left_out_moves_judgements_as_the_scores_say(tmp_path):
    pairs = sample("train", PAIRS + FIRST)
    experiment = retraining.Experiment(
        pairs[PAIRS:], pairs[:PAIRS], sample("dev", 800)[:JUDGED], tmp_path, SHAPE, SETTINGS
    )
    experiment.start()
    whole = experiment.trained("whole", np.arange(PAIRS))
    margins, values = experiment.margins(whole), experiment.values(whole)
    # How well the sum of the scores of what was learnt tells which way a judgement goes.
    scores = retraining.datamodelling(experiment, values, SUBSETS, 0.5, 111)
    assert scores["similarity"].mean() > 0.1 > scores["random"].mean()
    rows = np.argsort(np.abs(margins))[JUDGED // 2 :][:ROWS].tolist()
    chosen = {name: values[name] for name in ("similarity",)}
    fallen = retraining.falls(experiment, chosen, margins, rows, PAIRS // 10, 1, 111)
    assert np.mean(fallen["similarity"]) > max(np.mean(fallen["random"]), np.mean(fallen["random, same label"]))
