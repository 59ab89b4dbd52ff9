"""The tables of a run of three pairs, written as the workflow writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from yiju.base import tables
from yiju.data.near_duplicates.near_leaks import NEAR_LEAKS

METHOD = "occlusion"
TEXTS = {"q": ["花呗怎么还款", "怎么开通", "开通花呗"], "t": ["花呗如何还款", "怎么关闭", "花呗开通"]}
ROWS: Mapping[str, Sequence] = {
    "item": ["1", "2", "3"],
    **TEXTS,
    "label": [1, 0, None],
    "pair": [0, 1, 2],
    "corpus": ["LCQMC"] * 3,
    "split": ["train", "train", "dev"],
    "file": ["train.csv"] * 3,
    "line": [2, 3, 4],
    "probability": [0.9, 0.2, 0.6],
    "score": [0.5, -0.1, None],
    "rank": [1, None, None],
    "value": [0.7, 0.1, None],
    "method": [METHOD] * 3,
    "metric": ["comprehensiveness"] * 3,
}
DATA = {
    "pairs": tables.MERGED,
    "dropped": tables.DROPPED,
    "conflicts": tables.CONFLICTS,
    "unused": tables.UNUSED,
    "held_out": tables.HELD_OUT,
    "near_leaks": NEAR_LEAKS,
    "folds": tables.FOLDS,
    "texts": tables.TEXTS,
    "augmented": tables.AUGMENTED,
    "dev": tables.ITEMS,
    "sets/sample": tables.ITEMS,
    "corpora/LCQMC": tables.PAIRS,
    "corpora/LCQMC.rejected": tables.REJECTED,
}
OF_SET = {
    "scores": tables.SCORES,
    f"attributions/{METHOD}": tables.ATTRIBUTIONS,
    f"attributions/{METHOD}.explained": tables.EXPLAINED,
}


def write_run(folder: Path, sets: Sequence[str] = ("dev", "sample")) -> None:
    """Write every kind of table; a set also has `metrics.json` and, of METHOD, figures and rationales."""
    for name, schema in DATA.items():
        _write(folder / f"data/{name}.parquet", schema)
    _write(folder / "out_of_fold.parquet", tables.OUT_OF_FOLD)
    _write(folder / "behaviour.parquet", tables.BEHAVIOUR)
    _write(folder / "folds/0/dynamics.parquet", tables.DYNAMICS)
    _write(folder / "data/suspects.parquet", tables.SUSPECTS, {"rank": [1, 2, 3], "label": [1, 0, 1]})
    _write(folder / f"study/sample/measured/{METHOD}.parquet", tables.STUDIED)
    _write_text(folder / "timings/merge_corpora.json", json.dumps({"rule": "merge_corpora", "seconds": 1.5}))
    for name in sets:
        write_set(folder / "sets" / name)


def write_set(folder: Path) -> None:
    """Write what a run has of a set below `sets/`."""
    for name, schema in OF_SET.items():
        _write(folder / f"{name}.parquet", schema)
    _write_text(folder / "metrics.json", json.dumps({"accuracy": 0.9, "accuracy.low": 0.8, "accuracy.high": 0.95}))
    _write_text(folder / METHOD / "metrics.json", json.dumps({"token_f1": 0.5}))
    lines = [json.dumps({"item": item, "q": [0], "t": [1, 0]}) for item in ROWS["item"]]
    for kind in ("faithful", "submitted", "harmonised"):
        _write_text(folder / METHOD / f"{kind}.jsonl", "".join(f"{line}\n" for line in lines))


def _write(path: Path, schema: pa.Schema, others: Mapping[str, Sequence] = {}) -> None:
    columns = {name: {**ROWS, **others}.get(name, [None] * 3) for name in schema.names}
    tables.write(pl.DataFrame(columns, schema=pl.Schema(schema)), path, schema)


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
