"""Merging: filters known by hand, and a ledger in which every row of every corpus is found again."""

import json
from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiju.base import tables
from yiju.data.pairs.filters import CONFLICT, DUPLICATE, LEAK, NEAR_LEAK
from yiju.data.pairs.merge import Corpus, Outputs, merge_corpora

ALL = {"duplicates": True, "conflicts": "drop", "leaks": True, "near_leaks": False}
NONE = {"duplicates": False, "conflicts": "keep", "leaks": False, "near_leaks": False}


def corpus(folder, name, rows, rejected=()):
    """Write a normalised corpus of (split, q, t, label) rows and (reason, bad) rejections."""
    pairs = [(name, split, "file", line, q, t, label) for line, (split, q, t, label) in enumerate(rows, 1)]
    left_out = [(name, "train", "file", 1000, reason, bad, "text") for reason, bad in rejected]
    paths = folder / f"{name}.parquet", folder / f"{name}.rejected.parquet"
    tables.write(pl.DataFrame(pairs, schema=pl.Schema(tables.PAIRS), orient="row"), paths[0], tables.PAIRS)
    tables.write(pl.DataFrame(left_out, schema=pl.Schema(tables.REJECTED), orient="row"), paths[1], tables.REJECTED)
    return Corpus(name, *paths)


def items(folder, name, rows):
    table = pl.DataFrame([(str(n), *row) for n, row in enumerate(rows)], schema=["item", "q", "t"], orient="row")
    missing = [
        pl.lit(None, kind).alias(key) for key, kind in pl.Schema(tables.ITEMS).items() if key not in table.columns
    ]
    path = folder / f"{name}.parquet"
    tables.write(table.with_columns(missing).select(tables.ITEMS.names), path, tables.ITEMS)
    return path


def merge(folder, corpora, sets=(), filters=ALL):
    """Merged rows, dropped rows and the ledger."""
    names = ("pairs.parquet", "dropped.parquet", "held_out.parquet", "conflicts.parquet", "ledger.json")
    out = Outputs(*(folder / name for name in names))
    merge_corpora(corpora, sets, out, filters, near_similarity=0.8)
    merged = tables.read(out.pairs, tables.MERGED)
    return merged, tables.read(out.dropped, tables.DROPPED), json.loads(out.ledger.read_text())


def by_filter(dropped):
    return dropped.filter(pl.col("by") == "filter")


ROWS = [
    ("train", "怎么开？", "如何开", 1),
    ("train", "如何开", "怎么开", 1),  # repeats row 1, in the other order and without its question mark
    ("train", "怎么开", "如何开", 0),  # and now with the other label
    ("train", "ＡＢ c", "d", 1),
    ("train", "ab C!", "d", 1),  # repeats row 4
    ("train", "e", "f", 1),  # a dev pair
    ("train", "g", "h", 0),  # an item of the competition set
    ("train", "g", "h", 1),
    ("dev", "f。", "E", 0),
    ("dev", "f", "e", 0),  # repeats in dev stay
    ("test", "x", "y", None),
]


DROPPED = [(1, CONFLICT), (2, CONFLICT), (3, CONFLICT), (5, DUPLICATE), (6, LEAK), (7, LEAK), (8, LEAK)]
LEAKS = {"A": {"A dev": {"exact": 1, "normalised": 1}, "B": {"exact": 0, "normalised": 2}}}


def test_filters_by_hand(tmp_path):
    paths = corpus(tmp_path, "A", ROWS, [("unknown label 'x'; allowed: 0, 1", True), ("empty sentence", False)])
    competition = items(tmp_path, "B", [("H", "g？")])
    merged, dropped, ledger = merge(tmp_path, [paths], [competition])
    assert merged["line"].to_list() == [4, 9, 10, 11]
    assert merged["pair"].to_list() == [0, 1, 2, 3]
    assert dropped.select("line", "by", "reason", "q", "text").rows() == [
        (1000, "reader", "unknown label 'x'; allowed: 0, 1", None, "text"),
        (1000, "reader", "empty sentence", None, "text"),
        *((line, "filter", why, ROWS[line - 1][1], None) for line, why in DROPPED),
    ]
    assert ledger["corpora"] == {
        "A": {
            "read": 13,
            "kept": 4,
            "dropped": {CONFLICT: 3, DUPLICATE: 1, LEAK: 3},
            "rejected": {"empty sentence": 1, "unknown label '…'; allowed: 0, 1": 1},
            "splits": {"dev": 2, "test": 1, "train": 1},
            "labels": {"0": 2, "1": 1, "none": 1},
        }
    }
    assert ledger["total"] == ledger["corpora"]["A"]
    assert ledger["leaks"] == LEAKS
    assert ledger["filters"] == ALL


SWITCHES = [
    ("duplicates", True, [2, 5]),
    ("conflicts", "drop", [1, 2, 3, 7, 8]),
    ("conflicts", "first", [3, 8]),
    ("conflicts", "majority", [3, 7, 8]),
    ("leaks", True, [6, 7, 8]),
]


@pytest.mark.parametrize(("name", "value", "lines"), SWITCHES)
def test_each_filter_has_its_switch(tmp_path, name, value, lines):
    paths, competition = corpus(tmp_path, "A", ROWS), items(tmp_path, "B", [("H", "g？")])
    _, dropped, ledger = merge(tmp_path, [paths], [competition], {**NONE, name: value})
    assert dropped["line"].to_list() == lines
    assert ledger["leaks"] == LEAKS  # counted also where they are kept


def test_without_filters_everything_stays_in_order(tmp_path):
    paths = corpus(tmp_path, "B", ROWS), corpus(tmp_path, "A", ROWS)
    merged, dropped, _ = merge(tmp_path, paths, filters=NONE)
    assert merged["corpus"].to_list() == ["B"] * len(ROWS) + ["A"] * len(ROWS)
    assert merged["line"].to_list() == [*range(1, len(ROWS) + 1)] * 2
    assert dropped.is_empty()


def test_a_pair_of_two_corpora_stays_in_both(tmp_path):
    paths = [corpus(tmp_path, name, [("train", "a", "b", label)]) for name, label in (("A", 1), ("B", 1), ("C", 0))]
    merged, dropped, _ = merge(tmp_path, paths)
    assert merged["corpus"].to_list() == ["A", "B", "C"]
    assert dropped.is_empty()


@pytest.mark.parametrize(("rule", "expected"), [("drop", [(0, 1)]), ("majority", [(0, 1)]), ("first", [])])
def test_torn_pairs_are_those_of_which_no_row_is_left(tmp_path, rule, expected):
    conflicts = [("train", "b", "a", 1), ("train", "a", "b", 0)]
    kept_by_another = [("train", "c", "d", 1), ("train", "c", "d", 0)]
    paths = [corpus(tmp_path, "A", [*conflicts, *kept_by_another]), corpus(tmp_path, "B", [("train", "D", "c", 1)])]
    merge(tmp_path, paths, filters={**ALL, "conflicts": rule})
    assert tables.read(tmp_path / "conflicts.parquet", tables.CONFLICTS).rows() == expected


def test_a_test_set_of_another_corpus_is_held_out_too(tmp_path):
    paths = [
        corpus(tmp_path, "A", [("train", "a", "b", 1), ("train", "c", "d", 1)]),
        corpus(tmp_path, "B", [("test", "b", "a", None)]),
    ]
    merged, dropped, ledger = merge(tmp_path, paths)
    assert merged["q"].to_list() == ["c", "b"]
    assert dropped["reason"].to_list() == [LEAK]
    assert ledger["leaks"] == {"A": {"B test": {"exact": 1, "normalised": 1}}}


def test_sets_that_share_pairs_are_told(tmp_path):
    rows = [("dev", "a", "b", 1), ("dev", "c", "d", 1), ("test", "B", "a", None)]
    _, dropped, ledger = merge(tmp_path, [corpus(tmp_path, "A", rows)], [items(tmp_path, "set", [("d", "c！")])])
    assert ledger["held_out_overlap"] == {"A dev": {"A test": 1, "set": 1}}
    assert dropped.is_empty()
    held_out = tables.read(tmp_path / "held_out.parquet", tables.HELD_OUT)
    assert held_out.rows() == [("A dev", 0, 1), ("A dev", 2, 3), ("A test", 0, 1), ("set", 2, 3)]


SENTENCES = st.sampled_from(["a", "A", "a！", "ａ ", "b", "b c", "bc", "？", "！", "~"])
PAIRS = st.tuples(
    st.sampled_from(["train", "train", "dev", "test"]), SENTENCES, SENTENCES, st.sampled_from([0, 1, None])
)


def plain_key(text):
    return {"A": "a", "a！": "a", "ａ ": "a", "b c": "bc", "！": "!", "？": "?"}.get(text, text)


def loses(label, labels, rule):
    """Whether a row of a pair with these labels, in file order, goes by a rule of conflicts."""
    if len(set(labels)) < 2 or rule == "keep":
        return False
    counts = Counter(labels).most_common()
    tie = counts[0][1] == counts[1][1]
    winner = {"drop": None, "first": labels[0], "majority": None if tie else counts[0][0]}[rule]
    return rule == "drop" or (label is not None and label != winner)


def plain_reasons(corpora, filters):
    """The filters, said again in plain Python."""

    def key(row):
        return tuple(sorted(map(plain_key, row[1:3])))

    held_out = {key(row) for rows in corpora.values() for row in rows if row[0] != "train"}
    reasons = []
    for rows in corpora.values():
        train, seen = [row for row in rows if row[0] == "train"], set()
        for row in rows:
            labels = [other[3] for other in train if key(other) == key(row) and other[3] is not None]
            again = (key(row), row[3]) in seen
            if row[0] != "train":
                reasons.append(None)
            elif filters["leaks"] and key(row) in held_out:
                reasons.append(LEAK)
            elif loses(row[3], labels, filters["conflicts"]):
                reasons.append(CONFLICT)
            else:
                reasons.append(DUPLICATE if filters["duplicates"] and again else None)
            if row[0] == "train":
                seen.add((key(row), row[3]))
    return reasons


@settings(max_examples=60)
@given(
    rows=st.lists(st.lists(PAIRS, max_size=12), min_size=1, max_size=3).filter(any),
    filters=st.fixed_dictionaries(
        {
            "duplicates": st.booleans(),
            "conflicts": st.sampled_from(["drop", "first", "majority", "keep"]),
            "leaks": st.booleans(),
            "near_leaks": st.just(False),
        }
    ),
)
def test_every_row_is_found_again(tmp_path_factory, rows, filters):
    folder = tmp_path_factory.mktemp("merge")
    corpora = {f"C{number}": part for number, part in enumerate(rows)}
    paths = [corpus(folder, name, part, [("placeholder", False)]) for name, part in corpora.items()]
    merged, dropped, ledger = merge(folder, paths, filters=filters)
    where = [(name, line) for name, part in corpora.items() for line in range(1, len(part) + 1)]
    reasons = plain_reasons(corpora, filters)
    assert merged.select("corpus", "line").rows() == [at for at, why in zip(where, reasons, strict=True) if not why]
    assert by_filter(dropped).select("corpus", "line", "reason").rows() == [
        (*at, why) for at, why in zip(where, reasons, strict=True) if why
    ]
    for name, part in corpora.items():
        entry = ledger["corpora"][name]
        assert entry["read"] == len(part) + 1
        assert entry["read"] == entry["kept"] + sum(entry["dropped"].values()) + sum(entry["rejected"].values())
        assert entry["kept"] == sum(entry["splits"].values()) == sum(entry["labels"].values())
    assert ledger["total"]["read"] == sum(entry["read"] for entry in ledger["corpora"].values())


def test_near_leaks_go_on_request(tmp_path):
    rows = [
        (
            "train",
            "请问花呗怎么还款呢",
            "花呗的还款方法",
            1,
        ),  # one character more than the dev pair, the other way round
        ("train", "请问花呗怎么还款", "借呗的还款方法有", 1),  # near on one side only
        ("train", "花呗的还款方法", "请问花呗怎么还款", 1),  # the dev pair itself
        ("dev", "花呗的还款方法", "请问花呗怎么还款", 1),
        ("train", "请问借呗怎么还款", "借呗还款步骤", 1),  # an item, but for one character
    ]
    paths, competition = (
        [corpus(tmp_path, "A", rows)],
        [items(tmp_path, "B", [("请问借呗怎么还款？", "借呗还款步骤呢")])],
    )
    _, dropped, ledger = merge(tmp_path, paths, competition, {**NONE, "near_leaks": True})
    assert dropped.select("line", "reason").rows() == [(1, NEAR_LEAK), (5, NEAR_LEAK)]
    assert ledger["total"]["dropped"] == {NEAR_LEAK: 2}
    _, dropped, _ = merge(tmp_path, paths, competition, {**NONE, "near_leaks": True, "leaks": True})
    assert dropped.select("line", "reason").rows() == [(1, NEAR_LEAK), (3, LEAK), (5, NEAR_LEAK)]
