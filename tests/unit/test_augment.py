"""The published augmentation: as its rule says, row by row, and the published count on the real corpus."""

import os
from itertools import combinations, product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiju import tables
from yiju.augment import augment_pairs, transfer
from yiju.corpora.normalise import normalise_corpus
from yiju.errors import YijuError
from yiju.folds import assign_folds
from yiju.pairs import merge_corpora

REAL = Path(os.environ.get("YIJU_CORPORA", Path(__file__).parents[2] / "../shared/corpora"))


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


def rows_table(rows):
    schema = {"pair": pl.Int64, "q": pl.String, "t": pl.String, "label": pl.Int8, "fold": pl.Int16}
    return pl.DataFrame(rows, schema=schema, orient="row")


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.text("xyz", max_size=2), st.integers(0, 1), st.sampled_from([-1, 0, 0])),
    max_size=60,
)


@settings(deadline=None)
@given(ROWS)
def test_transfer_is_the_published_rule(rows):
    rows = [(10 * number, *row) for number, row in enumerate(rows)]
    children = transfer(rows_table(rows))
    assert dict(children.schema) == tables.AUGMENTED
    assert children.drop("operation").rows() == published(rows)


@pytest.mark.parametrize(("similar", "different"), [(n, m) for n in range(1, 31) for m in (1, 2, 3, 7, 29)])
def test_counts_truncate_like_the_published_ones(similar, different):
    rows = [(n, "q", f"t{n}", int(n < similar), -1) for n in range(similar + different)]
    assert transfer(rows_table(rows)).drop("operation").rows() == published(rows)


def write_inputs(folder, rows):
    """MERGED pairs and FOLDS of (split, q, t, label, fold) rows."""
    pairs = [(n, "A", split, "f", n, q, t, label) for n, (split, q, t, label, _) in enumerate(rows)]
    folds = [(n, 0, row[4]) for n, row in enumerate(rows) if row[0] == "train"]
    tables.write(pl.DataFrame(pairs, schema=tables.MERGED, orient="row"), folder / "pairs.parquet", tables.MERGED)
    tables.write(pl.DataFrame(folds, schema=tables.FOLDS, orient="row"), folder / "folds.parquet", tables.FOLDS)


def augment(folder, method, leaks=False):
    out = folder / "augmented.parquet"
    augment_pairs(folder / "pairs.parquet", folder / "folds.parquet", [], out, method, leaks)
    return tables.read(out, tables.AUGMENTED).rows()


def test_originals_come_first_and_children_know_their_parents(tmp_path):
    rows = [
        ("dev", "b？", "A", 1, None),
        ("train", "q", "a", 1, 2),
        ("train", "q", "b", 1, 2),
        ("train", "q", "c", 0, 2),
        ("train", "r", "d", 1, 0),
    ]
    write_inputs(tmp_path, rows)
    originals = [
        ("q", "a", 1, 2, "original", [1]),
        ("q", "b", 1, 2, "original", [2]),
        ("q", "c", 0, 2, "original", [3]),
        ("r", "d", 1, 0, "original", [4]),
    ]
    assert augment(tmp_path, "none") == originals
    # |P| / rate is half a negative: none.
    assert augment(tmp_path, "published") == [*originals, ("a", "b", 1, 2, "transfer_positive", [1, 2])]
    # The child is a dev pair, in the other order.
    assert augment(tmp_path, "published", leaks=True) == originals


def test_an_unknown_method_is_named(tmp_path):
    with pytest.raises(YijuError, match="no method 'more'; there are none, published"):
        augment(tmp_path, "more")


def test_the_published_count_on_lcqmc(tmp_path):
    train = REAL / "LCQMC" / "train.tsv.xz"
    if not train.is_file():
        pytest.skip("the real corpora are not at hand (YIJU_CORPORA)")
    kept, rejected, pairs, folds = (tmp_path / name for name in ("kept", "rejected", "pairs.parquet", "folds.parquet"))
    settings = {"reader": "lcqmc", "options": {}, "nli_labels": {}, "sts_scores": {}, "max_rejected": 0.0}
    normalise_corpus("LCQMC", [{"split": "train", "path": str(train)}], settings, kept, rejected)
    filters = {"duplicates": False, "conflicts": False, "leaks": False}
    merge_corpora([kept], [rejected], [], pairs, tmp_path / "dropped", tmp_path / "ledger", filters)
    assign_folds(pairs, folds, ["LCQMC"], 1, 111)
    rows = augment(tmp_path, "published")
    assert len(rows) == 250_490
    assert sum(row[2] for row in rows) == 146_703
    merged = tables.read(pairs, tables.MERGED)
    plain = published(merged.select("pair", "q", "t", "label", fold=pl.lit(-1)).rows())
    assert [(*row[:4], row[5]) for row in rows[merged.height :]] == plain
    # Folds of connected sentences cut no group of one first sentence, so they change nothing.
    assign_folds(pairs, folds, ["LCQMC"], 5, 111)
    assert len(augment(tmp_path, "published")) == 250_490
