"""The index of a run's member: the very rows that it learnt, with file and line, and a model that stays as it was."""

from __future__ import annotations

import shutil

import polars as pl
import pytest
from toys import PAIRS

from yiju import Explainer
from yiju.base import tables
from yiju.base.files import sha256
from yiju.explain.evidence.index_member import index_member, learnt_pairs
from yiju.explain.evidence.training_index import open_index
from yiju.models.folder_files import FOLDER_FILES


@pytest.fixture
def run(tmp_path):
    """Pairs 100 to 107 of a corpus, every other one held out by fold 0, and one that augmentation made of two."""
    rows = PAIRS[:8]
    numbers = [100 + row for row in range(8)]
    q, t, labels = (list(column) for column in zip(*rows, strict=True))
    merged = {name: [None] * 8 for name in tables.MERGED.names} | {"pair": numbers, "corpus": ["LCQMC"] * 8}
    merged |= {"file": ["train.tsv"] * 8, "line": [10 * row for row in range(8)], "q": q, "t": t, "label": labels}
    tables.write(pl.DataFrame(merged, schema=pl.Schema(tables.MERGED)), tmp_path / "pairs.parquet", tables.MERGED)
    augmented = {
        "q": [*q, "花呗"],
        "t": [*t, "开通"],
        "label": [*labels, 1],
        "fold": [row % 2 for row in range(8)] + [1],
        "operation": ["original"] * 8 + ["closure_positive"],
        "parents": [[one] for one in numbers] + [[103, 105]],
    }
    table = pl.DataFrame(augmented, schema=pl.Schema(tables.AUGMENTED))
    tables.write(table, tmp_path / "augmented.parquet", tables.AUGMENTED)
    return tmp_path


def test_rows_that_the_fold_holds_out_are_not_among_them(run):
    found = learnt_pairs(run / "augmented.parquet", run / "pairs.parquet", "0")
    assert found["pair"].to_list() == [101, 103, 105, 107, 103]
    assert found["line"].to_list() == [10, 30, 50, 70, 30]
    assert found["operation"].to_list() == ["original"] * 4 + ["closure_positive"]
    assert set(found["corpus"]) == {"LCQMC"}
    # Where nothing is held out, all are learnt.
    assert len(learnt_pairs(run / "augmented.parquet", run / "pairs.parquet", "3")) == 9


def test_the_index_is_beside_the_model_which_stays_as_it_was(run, plain_model):
    model = shutil.copytree(plain_model, run / "model")
    before = {name: sha256(model / name) for name in FOLDER_FILES}
    index_member(
        str(run / "augmented.parquet"), str(run / "pairs.parquet"), model, "0", "cpu", threads=1, batch_tokens=256
    )
    assert {name: sha256(model / name) for name in FOLDER_FILES} == before
    index = open_index(model)
    assert len(index) == 5
    found = Explainer.from_pretrained(model, device="cpu").explain(PAIRS[0][:2], evidence=5).evidence
    named = [*found.proponents, *found.opponents]
    assert {one.line for one in named} <= {10, 30, 50, 70}
    (made,) = (one for one in named if one.q == "花呗")
    assert made.source == "train.tsv line 30 of LCQMC, made of it by closure_positive"
