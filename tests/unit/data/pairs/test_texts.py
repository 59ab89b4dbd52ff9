"""Texts for post-training, sentences or pairs: each once, none of a held-out set."""

import pytest
from test_merge import ALL, NONE, corpus, items, merge

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.pairs.texts import write_texts


def texts(folder, paths, sets=(), corpora="all", transductive=False, unit="sentences", filters=NONE):
    merge(folder, paths, sets, filters)
    pairs, held_out = folder / "pairs.parquet", folder / "held_out.parquet"
    write_texts(pairs, held_out, folder / "ledger.json", sets, folder / "texts.parquet", corpora, transductive, unit)
    return tables.read(folder / "texts.parquet", tables.TEXTS).rows()


def alone(*rows):
    return [(text, None, name) for text, name in rows]


def test_texts_are_distinct_and_held_out_ones_stay_out(tmp_path):
    paths = [
        corpus(tmp_path, "A", [("train", "b", "a", 1), ("train", "a", "c。", 1), ("dev", "Ｄ", "e", 1)]),
        corpus(tmp_path, "B", [("train", "b", "f", None), ("train", "d?", "g", 1), ("test", "h", "c", None)]),
    ]
    competition = items(tmp_path, "set", [("F！", "i")])
    assert texts(tmp_path, paths, [competition]) == alone(("b", "A"), ("a", "A"), ("g", "B"))
    assert texts(tmp_path, paths, [competition], ["B"]) == alone(("b", "B"), ("g", "B"))
    assert texts(tmp_path, paths, [competition], ["A"], transductive=True) == alone(
        *(("b", "A"), ("a", "A"), ("c。", "A"), ("Ｄ", "A"), ("e", "A")),
        *(("F！", "set"), ("i", "set")),
    )


PAIRS = [
    ("train", "b", "a", 1),
    ("train", "a", "b", 0),  # the first again, in the other order
    ("train", "b", "a。", 1),  # another text
    ("train", "b", "c", 1),  # c is in a test set
    ("train", "c", "b", 1),
    ("train", "ab", "c2", 1),
    ("train", "a", "bc2", 1),  # the same characters, cut elsewhere
    ("train", "b", "b", 1),
    ("dev", "x", "y", 1),
]


def test_pairs_are_distinct_in_either_order_and_stay_out_with_one_banned_sentence(tmp_path):
    paths = [
        corpus(tmp_path, "A", PAIRS),
        corpus(tmp_path, "B", [("train", "a", "b", None), ("train", "Y", "n", 1), ("train", "m", "n", None)]),
    ]
    competition = items(tmp_path, "set", [("Ｃ", "i")])
    kept = [("b", "a", "A"), ("b", "a。", "A"), ("ab", "c2", "A"), ("a", "bc2", "A"), ("b", "b", "A"), ("m", "n", "B")]
    assert texts(tmp_path, paths, [competition], unit="pairs") == kept
    assert texts(tmp_path, paths, [competition], ["B"], unit="pairs") == [("a", "b", "B"), ("m", "n", "B")]
    assert texts(tmp_path, paths, [competition], ["A"], transductive=True, unit="pairs") == [
        *(("b", "a", "A"), ("b", "a。", "A"), ("b", "c", "A"), ("ab", "c2", "A"), ("a", "bc2", "A"), ("b", "b", "A")),
        *(("x", "y", "A"), ("Ｃ", "i", "set")),
    ]


@pytest.mark.parametrize("unit", ["sentences", "pairs"])
def test_texts_do_not_depend_on_the_parts_they_are_read_in(tmp_path, monkeypatch, unit):
    rows = [("train", f"q{number % 7}", f"t{number % 11}", 1) for number in range(60)]
    paths = [corpus(tmp_path, "A", rows), corpus(tmp_path, "B", [("dev", "t3", "q9", 1)])]
    whole = texts(tmp_path, paths, unit=unit)
    assert len(whole) == (7 + 10 if unit == "sentences" else len({row for row in rows[:60] if row[2] != "t3"}))
    monkeypatch.setattr(tables, "PART", 13)
    assert texts(tmp_path, paths, unit=unit) == whole


@pytest.mark.parametrize("unit", ["sentences", "pairs"])
def test_no_text_is_an_error(tmp_path, unit):
    with pytest.raises(YijuError, match=rf"posttrain\.corpora: no {unit} are left to read"):
        texts(tmp_path, [corpus(tmp_path, "A", [("dev", "a", "b", 1)])], unit=unit)


def test_why_no_text_is_left_is_told_with_the_counts(tmp_path):
    same = [("train", "a", "b", 1), ("dev", "b", "a", 1)]
    with pytest.raises(YijuError, match=r"1 train rows are pairs of A dev.*corpora\.filters\.leaks: false"):
        texts(tmp_path, [corpus(tmp_path, "A", same)], filters=ALL)
    other = [("train", "a", "b", 1), ("dev", "b", "c", 1), ("dev", "d", "a", 1)]
    with pytest.raises(YijuError, match=r"All of them occur in dev.*posttrain\.transductive: true"):
        texts(tmp_path, [corpus(tmp_path, "A", other)])
