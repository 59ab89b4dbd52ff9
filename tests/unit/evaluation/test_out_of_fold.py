"""Every training pair once, as the members judge it that have not learnt it."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.members import members, parse_member
from yiju.evaluation.out_of_fold import evaluate_out_of_fold

FOLDS = [0, 1, 1, 0, 0, 1, 0]
GOLD = [1, 0, 1, 1, 0, 0, 1]
PAIRS = [3, 5, 8, 11, 12, 20, 21]


def written(folder, seeds=2):
    """AUGMENTED of seven pairs and a child, and what members say of them: differences [seeds, pairs]."""
    rows = [
        {"q": f"q{pair}", "t": "t", "label": gold, "fold": fold, "operation": "original", "parents": [pair]}
        for pair, gold, fold in zip(PAIRS, GOLD, FOLDS, strict=True)
    ]
    rows.insert(2, rows[0] | {"operation": "transfer_positive", "parents": [3, 11]})
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.AUGMENTED)), folder / "augmented.parquet", tables.AUGMENTED)
    difference = np.random.default_rng(2).normal(0, 1, (seeds, 7))
    paths = []
    for name in members(2, seeds):
        fold, repeat = parse_member(name)
        own = [place for place in range(7) if FOLDS[place] == fold]
        columns = {"pair": [PAIRS[place] for place in own], "difference": difference[repeat, own]}
        columns |= {"fold": fold, "repeat": repeat, "margin": 0.1 * (repeat + fold)}
        table = pl.DataFrame(columns).select(
            pl.col(column).cast(kind) for column, kind in pl.Schema(tables.HELD_OUT_SCORES).items()
        )
        paths.append(str(folder / f"{name}.parquet"))
        tables.write(table, paths[-1], tables.HELD_OUT_SCORES)
    return paths, difference


def evaluated(folder, paths):
    out, metrics = str(folder / "out_of_fold.parquet"), folder / "out_of_fold.json"
    evaluate_out_of_fold(str(folder / "augmented.parquet"), paths, out, str(metrics))
    return tables.read(out, tables.OUT_OF_FOLD), json.loads(metrics.read_text())


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_members_of_all_seeds_judge_every_pair_together(tmp_path, seeds):
    paths, difference = written(tmp_path, seeds)
    table, metrics = evaluated(tmp_path, paths)
    mean, margin = difference.mean(axis=0), np.mean(range(seeds)) * 0.1 + 0.1 * np.array(FOLDS)
    label = (mean > margin).astype(int)
    assert table.select("pair", "fold", "gold", "label").rows() == list(zip(PAIRS, FOLDS, GOLD, label, strict=True))
    likely = 1 / (1 + np.exp(-mean))
    assert table["probability"].to_numpy() == pytest.approx(likely)
    right = label == np.array(GOLD)
    assert (metrics["pairs"], metrics["seeds"], metrics["fold_0.pairs"], metrics["fold_1.pairs"]) == (7, seeds, 4, 3)
    assert metrics["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert metrics["fold_1.accuracy"] == pytest.approx(right[np.array(FOLDS) == 1].mean(), abs=1e-6)
    assert metrics["accuracy.low"] <= metrics["accuracy"] <= metrics["accuracy.high"]
    assert metrics["nll"] == pytest.approx(log_loss(GOLD, likely), abs=1e-6)
    assert 0 < metrics["ece.calibrated"] < metrics["ece.calibrated.high"]
    assert metrics["brier"] == pytest.approx(brier_score_loss(GOLD, likely), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.head(2), "1 judgements of training pairs"),
        (lambda table: pl.concat([table, table.head(1)]), "1 are there twice"),
        (lambda table: table.with_columns(pair=pl.col("pair") + 100), "3 are of other pairs"),
        # A member that judges what it has learnt.
        (lambda table: table.with_columns(fold=pl.lit(0, pl.Int16)), "3 judgements of training pairs"),
    ],
    ids=["missing", "twice", "others", "learnt"],
)
def test_a_pair_that_is_not_judged_once_by_every_seed_is_an_error(tmp_path, change, message):
    paths, _ = written(tmp_path)
    tables.write(change(tables.read(paths[3], tables.HELD_OUT_SCORES)), paths[3], tables.HELD_OUT_SCORES)
    with pytest.raises(YijuError, match=message):
        evaluated(tmp_path, paths)
    assert not (tmp_path / "out_of_fold.parquet").exists()
