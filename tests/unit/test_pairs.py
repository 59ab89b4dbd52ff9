"""Merging: filters known by hand, and a ledger in which every row of every corpus is found again."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiju import tables
from yiju.errors import YijuError
from yiju.pairs import CONFLICT, DUPLICATE, LEAK, merge_corpora, sentence_keys, write_texts

ALL, NONE = (dict.fromkeys(("duplicates", "conflicts", "leaks"), value) for value in (True, False))


def corpus(folder, name, rows, rejected=()):
    """Write a normalised corpus of (split, q, t, label) rows and (reason, bad) rejections; returns both paths."""
    pairs = [(name, split, "file", line, q, t, label) for line, (split, q, t, label) in enumerate(rows, 1)]
    left_out = [(name, "train", "file", 1000, reason, bad, "text") for reason, bad in rejected]
    paths = folder / f"{name}.parquet", folder / f"{name}.rejected.parquet"
    tables.write(pl.DataFrame(pairs, schema=tables.PAIRS, orient="row"), paths[0], tables.PAIRS)
    tables.write(pl.DataFrame(left_out, schema=tables.REJECTED, orient="row"), paths[1], tables.REJECTED)
    return paths


def items(folder, name, rows):
    table = pl.DataFrame([(str(n), *row) for n, row in enumerate(rows)], schema=["item", "q", "t"], orient="row")
    missing = [pl.lit(None, kind).alias(key) for key, kind in tables.ITEMS.items() if key not in table.columns]
    path = folder / f"{name}.parquet"
    tables.write(table.with_columns(missing).select(list(tables.ITEMS)), path, tables.ITEMS)
    return path


def merge(folder, corpora, sets=(), filters=ALL):
    """Merged rows, dropped rows and the ledger."""
    out, dropped, ledger = folder / "pairs.parquet", folder / "dropped.parquet", folder / "ledger.json"
    merge_corpora([pair for pair, _ in corpora], [left for _, left in corpora], sets, out, dropped, ledger, filters)
    merged = tables.read(out, tables.MERGED)
    return merged, tables.read(dropped, tables.DROPPED), json.loads(ledger.read_text())


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


def test_filters_by_hand(tmp_path):
    paths = corpus(tmp_path, "A", ROWS, [("unknown label 'x'; allowed: 0, 1", True), ("empty sentence", False)])
    competition = items(tmp_path, "B", [("H", "g？")])
    merged, dropped, ledger = merge(tmp_path, [paths], [competition])
    assert merged["line"].to_list() == [4, 9, 10, 11]
    assert merged["pair"].to_list() == [0, 1, 2, 3]
    assert dropped.select("line", "reason").rows() == [
        (1, CONFLICT),
        (2, CONFLICT),
        (3, CONFLICT),
        (5, DUPLICATE),
        (6, LEAK),
        (7, LEAK),
        (8, LEAK),
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
    assert ledger["leaks"] == {"A": {"A dev": 1, "B": 2}}


@pytest.mark.parametrize("name", list(ALL))
def test_each_filter_has_its_switch(tmp_path, name):
    paths, competition = corpus(tmp_path, "A", ROWS), items(tmp_path, "B", [("H", "g？")])
    _, dropped, ledger = merge(tmp_path, [paths], [competition], {**NONE, name: True})
    lines = {"duplicates": [2, 5], "conflicts": [1, 2, 3, 7, 8], "leaks": [6, 7, 8]}
    assert dropped["line"].to_list() == lines[name]
    assert ledger["leaks"] == {"A": {"A dev": 1, "B": 2}}  # counted also where they are kept


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


def test_a_test_set_of_another_corpus_is_held_out_too(tmp_path):
    paths = [
        corpus(tmp_path, "A", [("train", "a", "b", 1), ("train", "c", "d", 1)]),
        corpus(tmp_path, "B", [("test", "b", "a", None)]),
    ]
    merged, dropped, ledger = merge(tmp_path, paths)
    assert merged["q"].to_list() == ["c", "b"]
    assert dropped["reason"].to_list() == [LEAK]
    assert ledger["leaks"] == {"A": {"B test": 1}}


SENTENCES = st.sampled_from(["a", "A", "a！", "ａ ", "b", "b c", "bc", "？", "！", "~"])
PAIRS = st.tuples(
    st.sampled_from(["train", "train", "dev", "test"]), SENTENCES, SENTENCES, st.sampled_from([0, 1, None])
)


def plain_key(text):
    return {"A": "a", "a！": "a", "ａ ": "a", "b c": "bc", "！": "!", "？": "?"}.get(text, text)


def plain_reasons(corpora, filters):
    """The filters, said again in plain Python."""

    def key(row):
        return tuple(sorted(map(plain_key, row[1:3])))

    held_out = {key(row) for rows in corpora.values() for row in rows if row[0] != "train"}
    reasons = []
    for rows in corpora.values():
        train, seen = [row for row in rows if row[0] == "train"], set()
        for row in rows:
            labels = {other[3] for other in train if key(other) == key(row)} - {None}
            again = (key(row), row[3]) in seen
            if row[0] != "train":
                reasons.append(None)
            elif filters["leaks"] and key(row) in held_out:
                reasons.append(LEAK)
            elif filters["conflicts"] and len(labels) == 2:
                reasons.append(CONFLICT)
            else:
                reasons.append(DUPLICATE if filters["duplicates"] and again else None)
            if row[0] == "train":
                seen.add((key(row), row[3]))
    return reasons


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.lists(PAIRS, max_size=12), min_size=1, max_size=3).filter(any),
    filters=st.fixed_dictionaries(dict.fromkeys(ALL, st.booleans())),
)
def test_every_row_is_found_again(tmp_path_factory, rows, filters):
    folder = tmp_path_factory.mktemp("merge")
    corpora = {f"C{number}": part for number, part in enumerate(rows)}
    paths = [corpus(folder, name, part, [("placeholder", False)]) for name, part in corpora.items()]
    merged, dropped, ledger = merge(folder, paths, filters=filters)
    where = [(name, line) for name, part in corpora.items() for line in range(1, len(part) + 1)]
    reasons = plain_reasons(corpora, filters)
    assert merged.select("corpus", "line").rows() == [at for at, why in zip(where, reasons, strict=True) if not why]
    assert dropped.select("corpus", "line", "reason").rows() == [
        (*at, why) for at, why in zip(where, reasons, strict=True) if why
    ]
    for name, part in corpora.items():
        entry = ledger["corpora"][name]
        assert entry["read"] == len(part) + 1
        assert entry["read"] == entry["kept"] + sum(entry["dropped"].values()) + sum(entry["rejected"].values())
        assert entry["kept"] == sum(entry["splits"].values()) == sum(entry["labels"].values())
    assert ledger["total"]["read"] == sum(entry["read"] for entry in ledger["corpora"].values())


def test_sentence_keys_are_equal_for_the_same_words_only():
    same = ["你好吗？", "你好吗", " 你 好吗 ～", "你好吗!!", "\ufeff你好\u200b吗"]
    assert sentence_keys(pl.DataFrame({"text": same})).n_unique() == 1
    apart = ["1+1", "11", "C++", "C#", "c", "?", "!", "..", "", "你好", "好你"]
    keys = dict(zip(apart, sentence_keys(pl.DataFrame({"text": apart}))["text"], strict=True))
    assert len(set(keys.values())) == len(apart) - 1
    assert keys["C#"] == keys["c"]  # the number sign is punctuation


def texts(folder, paths, sets=(), corpora="all", transductive=False):
    merge(folder, paths, sets, NONE)
    write_texts(folder / "pairs.parquet", sets, folder / "texts.parquet", corpora, transductive)
    return tables.read(folder / "texts.parquet", tables.TEXTS).rows()


def test_texts_are_distinct_and_held_out_ones_stay_out(tmp_path):
    paths = [
        corpus(tmp_path, "A", [("train", "b", "a", 1), ("train", "a", "c。", 1), ("dev", "Ｄ", "e", 1)]),
        corpus(tmp_path, "B", [("train", "b", "f", None), ("train", "d?", "g", 1), ("test", "h", "c", None)]),
    ]
    competition = items(tmp_path, "set", [("F！", "i")])
    assert texts(tmp_path, paths, [competition]) == [("b", "A"), ("a", "A"), ("g", "B")]
    assert texts(tmp_path, paths, [competition], ["B"]) == [("b", "B"), ("g", "B")]
    assert texts(tmp_path, paths, [competition], ["A"], transductive=True) == [
        *(("b", "A"), ("a", "A"), ("c。", "A"), ("Ｄ", "A"), ("e", "A")),
        *(("F！", "set"), ("i", "set")),
    ]


def test_no_text_is_an_error(tmp_path):
    with pytest.raises(YijuError, match=r"no sentences are left.*posttrain\.corpora"):
        texts(tmp_path, [corpus(tmp_path, "A", [("dev", "a", "b", 1)])])
