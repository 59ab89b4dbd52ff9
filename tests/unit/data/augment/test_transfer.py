"""The published augmentation: as its rule says, row by row, and the published count on the real corpus."""

from itertools import combinations, product

import numpy as np
import polars as pl
import pytest
from at_hand import real
from hypothesis import given
from hypothesis import strategies as st
from test_pipeline import augment

from yiju.base import tables
from yiju.data.augment.published_augmentation import transfer
from yiju.data.corpora.normalise import normalise_corpus
from yiju.data.folds import assign_folds
from yiju.data.pairs.merge import Corpus, Outputs, merge_corpora

NO_FILTERS = {"duplicates": False, "conflicts": "keep", "leaks": False, "near_leaks": False}


def published(rows):
    """The rule in plain Python: children (q, t, label, fold, parents) of (pair, q, t, label, fold) rows."""
    groups = {}
    for row in rows:
        groups.setdefault((row[1], row[4]), []).append(row)
    children = []
    for (_, fold), group in groups.items():
        similar, different = ([row for row in group if row[3] == label] for label in (1, 0))
        if not similar or not different:
            continue
        rate = len(similar) / len(different)
        positive, negative = list(combinations(similar, 2)), list(product(similar, different))
        if rate < len(positive) / len(negative):
            positive = positive[: int(len(negative) * rate)]
        else:
            negative = negative[: int(len(positive) / rate)]
        for label, made in ((1, positive), (0, negative)):
            children += [(first[2], second[2], label, fold, [first[0], second[0]]) for first, second in made]
    return children


def transferred(rows):
    """Ours, in the shape of the plain rule."""
    q, label, fold = (
        np.array([row[place] for row in rows], dtype=kind) for place, kind in ((1, str), (3, int), (4, int))
    )
    _, key = np.unique(q, return_inverse=True)
    first, second, made = transfer(key.reshape(-1), label, fold)
    return [
        (rows[i][2], rows[j][2], one, rows[i][4], [rows[i][0], rows[j][0]])
        for i, j, one in zip(first.tolist(), second.tolist(), made.tolist(), strict=True)
    ]


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.text("xyz", max_size=2), st.integers(0, 1), st.sampled_from([-1, 0, 0])),
    max_size=60,
)


@given(ROWS)
def test_transfer_is_the_published_rule(rows):
    rows = [(10 * number, *row) for number, row in enumerate(rows)]
    assert transferred(rows) == published(rows)


@pytest.mark.parametrize(("similar", "different"), [(n, m) for n in range(1, 31) for m in (1, 2, 3, 7, 29)])
def test_counts_truncate_like_the_published_ones(similar, different):
    rows = [(n, "q", f"t{n}", int(n < similar), -1) for n in range(similar + different)]
    assert transferred(rows) == published(rows)


def test_no_rows_have_no_children():
    assert transferred([]) == []


@pytest.mark.slow
def test_the_published_count_on_lcqmc(tmp_path):
    train = real("LCQMC/train.tsv.xz")
    kept, rejected, pairs, folds = (tmp_path / name for name in ("kept", "rejected", "pairs.parquet", "folds.parquet"))
    settings = {"reader": "lcqmc", "options": {}, "nli_labels": {}, "sts_scores": {}, "max_rejected": 0.0}
    normalise_corpus("LCQMC", [{"split": "train", "path": str(train)}], settings, kept, rejected)
    out = Outputs(
        pairs, tmp_path / "dropped", tmp_path / "held_out.parquet", tmp_path / "conflicts.parquet", tmp_path / "ledger"
    )
    merge_corpora([Corpus("LCQMC", kept, rejected)], [], out, NO_FILTERS, 0.8)
    assign_folds(pairs, out.ledger, folds, tmp_path / "unused.parquet", ["LCQMC"], 1, 111)
    rows = augment(tmp_path, "published")
    assert len(rows) == 250_490
    assert sum(row[2] for row in rows) == 146_703
    merged = tables.read(pairs, tables.MERGED)
    plain = published(merged.select("pair", "q", "t", "label", fold=pl.lit(-1)).rows())
    assert [(*row[:4], row[5]) for row in rows[merged.height :]] == plain
    # Folds of connected sentences cut no group of one first sentence, so they change nothing.
    assign_folds(pairs, out.ledger, folds, tmp_path / "unused.parquet", ["LCQMC"], 5, 111)
    assert len(augment(tmp_path, "published")) == 250_490
