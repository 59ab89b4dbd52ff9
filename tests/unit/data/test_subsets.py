"""Parts of the training pairs: nested, stable, of whole groups, and with all that was made of their pairs alone."""

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.subsets import draw_subset, nested_order

# Forty groups of five pairs.
GROUPS = np.repeat(np.arange(40), 5)


def written(folder, fold=None, labels=(0, 1)):
    """AUGMENTED and FOLDS of 200 pairs, and a child of every two that follow one another."""
    count = len(GROUPS)
    fold = np.full(count, -1) if fold is None else fold
    label = [labels[place % len(labels)] for place in range(count)]
    pairs = [(f"句{place}", "对", label[place], fold[place], "original", [place]) for place in range(count)]
    children = [("新", "对", 1, fold[place], "closure_positive", [place, place + 1]) for place in range(count - 1)]
    names = tables.AUGMENTED.names
    table = pl.DataFrame([*pairs, *children], schema=names, orient="row").cast(pl.Schema(tables.AUGMENTED))
    augmented, folds = str(folder / "augmented.parquet"), str(folder / "folds.parquet")
    tables.write(table, augmented, tables.AUGMENTED)
    own = pl.DataFrame({"pair": np.arange(count), "group": GROUPS, "fold": fold}).cast(pl.Schema(tables.FOLDS))
    tables.write(own, folds, tables.FOLDS)
    return augmented, folds


def drawn(folder, share, seed=1, sizes=(), **changes):
    augmented, folds = written(folder, **changes)
    out = str(folder / f"{share}.parquet")
    draw_subset(augmented, folds, {"share": share, "seed": seed}, out, sizes)
    return tables.read(out, tables.AUGMENTED)


def originals(table):
    return set(table.filter(pl.col("operation") == "original")["parents"].list.first().to_list())


def test_a_smaller_part_lies_in_a_larger_one_and_each_has_its_share(tmp_path):
    tenth, quarter, half = (originals(drawn(tmp_path, share)) for share in (0.1, 0.25, 0.5))

    assert tenth < quarter < half
    assert [len(one) for one in (tenth, quarter, half)] == [20, 50, 100]


def test_the_same_seed_draws_the_same_pairs_and_another_one_others(tmp_path):
    assert drawn(tmp_path, 0.25).equals(drawn(tmp_path, 0.25))
    assert originals(drawn(tmp_path, 0.25)) != originals(drawn(tmp_path, 0.25, seed=2))


def test_parts_hold_whole_groups_but_for_the_last_one(tmp_path):
    found = originals(drawn(tmp_path, 0.26))

    sizes = np.bincount(GROUPS[sorted(found)])
    assert sorted(sizes[sizes > 0]) == [2] + [5] * 10
    # At random, and not the first groups of the file.
    assert np.flatnonzero(sizes).max() > 12


def test_a_group_of_half_of_all_pairs_is_drawn_pair_by_pair():
    groups = np.concatenate([np.zeros(100, dtype=int), np.arange(1, 101)])

    first = nested_order(groups, 1)[:50]

    assert 15 <= (groups[first] == 0).sum() <= 35


def test_what_augmentation_made_goes_with_all_of_its_pairs(tmp_path):
    part = drawn(tmp_path, 0.5)

    kept = originals(part)
    expected = {(one, one + 1) for one in range(len(GROUPS) - 1) if {one, one + 1} <= kept}
    children = part.filter(pl.col("operation") != "original")["parents"].to_list()
    assert {tuple(one) for one in children} == expected != set()


def test_what_the_fold_holds_out_is_left_as_it_is(tmp_path):
    part = drawn(tmp_path, 0.5, fold=GROUPS % 2)

    held_out = {place for place, group in enumerate(GROUPS) if group % 2 == 0}
    assert originals(part.filter(pl.col("fold") == 0)) == held_out
    # Half of the other fold.
    assert len(originals(part.filter(pl.col("fold") == 1))) == 50


@pytest.mark.parametrize(("share", "what"), [(0.001, "holds no pair"), (0.005, "holds only pairs with label")])
def test_a_part_of_one_label_or_none_is_refused_by_its_key(tmp_path, share, what):
    with pytest.raises(YijuError, match=rf"^learning_curve\.sizes: {share} of 200 training pairs {what}"):
        drawn(tmp_path, share)
    assert not (tmp_path / f"{share}.parquet").exists()


@pytest.mark.parametrize(
    ("share", "sizes", "told"),
    [
        (0.999, [0.5, 0.999], "0.999 of 200 training pairs is all of them"),
        (0.501, [0.501, 0.5], "0.501 and 0.5 of 200 training pairs are both 100"),
        (0.5, [0.501, 0.5], "0.5 and 0.501 of 200 training pairs are both 100"),
    ],
)
def test_a_part_that_is_the_whole_or_another_part_is_refused_before_it_is_trained(tmp_path, share, sizes, told):
    with pytest.raises(YijuError, match=rf"^learning_curve\.sizes: {told}"):
        drawn(tmp_path, share, sizes=sizes)
    assert not (tmp_path / f"{share}.parquet").exists()
