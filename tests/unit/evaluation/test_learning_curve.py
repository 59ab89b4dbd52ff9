"""The learning curve: accuracies counted by hand, in the order of sizes, and the gain from half of the pairs."""

import json

import polars as pl
import pytest
from unit.evaluation.test_compare_variants import GOLD, SETTINGS, items, scores

from yiju.base import tables
from yiju.evaluation.learning_curve import compare_sizes, nearest_half


def learnt(path, pairs, children=0):
    """An AUGMENTED table of so many pairs and children, and of one pair that fold 0 holds out."""
    rows = [("句", "对", 1, -1, "original", [1])] * pairs + [("句", "对", 1, -1, "closure_positive", [1])] * children
    rows.append(("句", "对", 1, 0, "original", [1]))
    table = pl.DataFrame(rows, schema=tables.AUGMENTED.names, orient="row").cast(pl.Schema(tables.AUGMENTED))
    tables.write(table, path, tables.AUGMENTED)
    return str(path)


def curve(folder, said, sizes, pairs, gold=GOLD, members=("0",)):
    """said: labels by size, the whole last, and member; pairs: of each size."""
    files = [
        scores(folder / f"{place}.{member}.parquet", labels)
        for place, trained in enumerate(said)
        for member, labels in zip(members, trained, strict=True)
    ]
    learning = [learnt(folder / f"{place}.pairs.parquet", count, children=3) for place, count in enumerate(pairs)]
    settings = SETTINGS | {"sets": ["dev"], "sizes": sizes, "members": list(members)}
    compare_sizes([items(folder / "dev.parquet", gold)], files, learning, settings, str(folder / "curve.json"))
    return json.loads((folder / "curve.json").read_text(encoding="utf-8"))


def test_sizes_stand_in_rising_order_whatever_the_configuration_s_and_the_whole_is_last(tmp_path):
    half, quarter, whole = [[1, 0, 0, 1]], [[0, 1, 0, 0]], [[1, 0, 1, 0]]

    found = curve(tmp_path, [half, quarter, whole], [0.5, 0.25], [20, 10, 40])

    assert found["sizes"] == [
        {"share": share, "pairs": count, "with_augmented": count + 3}
        for share, count in ((0.25, 10), (0.5, 20), (1.0, 40))
    ]
    dev = found["sets"][0]
    assert [one["mean"] for one in dev["accuracy"]] == [0.25, 0.5, 1.0]
    assert dev["gain"]["from"] == 1 and dev["gain"]["times"] == 2
    assert dev["gain"]["difference"]["mean"] == 0.5


def test_every_seed_is_compared_with_itself(tmp_path):
    half, whole = [[1, 0, 0, 0], [0, 0, 0, 0]], [[1, 0, 1, 0], [1, 0, 1, 0]]

    found = curve(tmp_path, [half, whole], [0.5], [20, 40], members=("0", "0.1"))

    assert found["seeds"] == 2
    assert found["sets"][0]["gain"]["difference"]["by_seed"] == [0.25, 0.5]


def test_a_set_without_labels_is_left_out(tmp_path):
    assert curve(tmp_path, [[GOLD], [GOLD]], [0.5], [20, 40], gold=[None] * 4)["sets"] == []


@pytest.mark.parametrize(
    ("counts", "place"), [([10, 20, 40], 1), ([10, 40], 0), ([10, 36, 40], 1), ([24, 39, 40], 0), ([5, 15, 25, 40], 2)]
)
def test_the_size_that_is_compared_with_the_whole_is_the_nearest_to_half_of_it(counts, place):
    assert nearest_half(counts) == place
