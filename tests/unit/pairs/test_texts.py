"""Sentences for post-training: each once, none of a held-out set."""

import pytest
from test_merge import NONE, corpus, items, merge

from yiju import tables
from yiju.errors import YijuError
from yiju.pairs import write_texts


def texts(folder, paths, sets=(), corpora="all", transductive=False):
    merge(folder, paths, sets, NONE)
    pairs, held_out = folder / "pairs.parquet", folder / "held_out.parquet"
    write_texts(pairs, held_out, sets, folder / "texts.parquet", corpora, transductive)
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
