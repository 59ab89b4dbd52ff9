"""Dev and test pairs of `yiju finetune`: what is set aside, and what they have in common with what is learnt."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from yiju.app.finetuning.given_tables import Learnt
from yiju.app.finetuning.setting_aside import overlaps, split_pairs
from yiju.app.finetuning.targets import Target
from yiju.models.scorer import SINGLE


def test_distinct_pairs_are_set_aside_where_few_repeat_and_share_a_sentence():
    # One group of connected sentences, and each pair five times.
    rows = [("怎么开通", f"怎么开通{number}", number % 2) for number in range(20)] * 5
    table = pl.DataFrame(rows, schema=["q", "t", "label"], orient="row").with_columns(pl.col("label").cast(pl.Float64))
    said: list[str] = []
    found = split_pairs({"train": Learnt(table)}, Target(SINGLE), Path("few.csv"), 7, said.append)
    assert [len(found[split]) % 5 for split in ("train", "dev", "test")] == [0, 0, 0]
    assert all(len(found[split]) >= 5 for split in ("dev", "test")) and sum(map(len, found.values())) == 100
    told = [set(found[split].table.select("t").to_series()) for split in ("train", "dev", "test")]
    assert not told[0] & told[1] and not told[0] & told[2] and not told[1] & told[2]
    assert said[0].endswith("are set aside as dev: one by one, as too many pairs share sentences")
    # The sentence that all have in common is learnt, so nothing is said of figures that are not too good.
    *shared, last = overlaps(found)
    assert [line.partition(" of ")[2] for line in shared] == [
        "dev have a sentence that is in train too",
        "test have a sentence that is in train or dev too",
    ]
    assert last.endswith("test has sentences of train or dev, so the figures of both are too good")


def rare(counts: dict[int, int]) -> Learnt:
    """Pairs without a common sentence, so many of each label."""
    labels = [float(label) for label, count in counts.items() for _ in range(count)]
    columns = {"q": [f"第{row}句" for row in range(len(labels))], "t": [f"第{row}问" for row in range(len(labels))]}
    return Learnt(pl.DataFrame(columns | {"label": labels}))


def test_every_class_of_three_pairs_is_in_all_splits():
    said: list[str] = []
    for seed in range(10):
        table = rare({0: 200, 1: 94, 2: 3, 3: 3})
        found = split_pairs({"train": table}, Target(("甲", "乙", "丙", "丁")), Path("rare.csv"), seed, said.append)
        assert [len(found[split]) for split in ("train", "dev", "test")] == [243, 30, 27]
        assert {tuple(sorted(set(one.labels))) for one in found.values()} == {(0, 1, 2, 3)}
    assert not any("has no pair" in line for line in said)


def test_a_class_that_a_split_lacks_is_said_by_name():
    said: list[str] = []
    pairs = {"train": rare({0: 30, 1: 30, 2: 1, 3: 2})}
    found = split_pairs(pairs, Target(("甲", "乙", "丙", "丁")), Path("rare.csv"), 1, said.append)
    assert set(found["train"].labels) == {0, 1, 2, 3} and set(found["test"].labels) == {0, 1, 3}
    assert [line for line in said if "has no pair" in line] == [
        f"{split} has no pair with these labels: {names}; such pairs are too few, or hang together by shared "
        f"sentences, and the figures of {split} say nothing of them"
        for split, names in (("dev", "丙, 丁"), ("test", "丙"))
    ]


def test_grades_are_no_classes():
    said: list[str] = []
    columns = rare({0: 40}).table.with_columns(label=pl.Series([row / 40 for row in range(40)]))
    split_pairs({"train": Learnt(columns)}, Target(SINGLE, 1.0), Path("graded.csv"), 1, said.append)
    assert not any("has no pair" in line for line in said)


def test_what_test_has_in_common_with_train_or_dev_is_said():
    def one(*rows):
        columns = {"q": [q for q, _ in rows], "t": [t for _, t in rows], "label": [1.0] * len(rows)}
        return Learnt(pl.DataFrame(columns))

    train, dev, apart = one(("a", "b"), ("c", "d")), one(("e", "f")), one(("x", "y"), ("z", "x"))
    last = "dev chose the weights, so its figures are too good; those of test are not"
    assert list(overlaps({"train": train, "dev": dev, "test": apart})) == [last]
    # The same pair the other way round, a sentence of it on the other side, and a pair of dev.
    test = one(("b", "a"), ("d", "n"), ("e", "f"), ("x", "y"))
    assert list(overlaps({"train": train, "dev": dev, "test": test})) == [
        "2 pairs of test are in train or dev too",
        "1 pair of test has a sentence that is in train or dev too",
        "dev chose the weights, and test has sentences of train or dev, so the figures of both are too good",
    ]
