"""Leaks among the real corpora, beside the counts that are known of them."""

import json

import pytest
from at_hand import real

from yiju.base import tables
from yiju.data.corpora.normalise import normalise_corpus
from yiju.data.pairs.merge import Corpus, Outputs, merge_corpora
from yiju.data.sets import prepare_test_set

FILES = {
    "LCQMC": ("lcqmc", {"train": "LCQMC/train.tsv.xz", "dev": "LCQMC/dev.tsv", "test": "LCQMC/test.tsv.xz"}),
    "XF2021": ("xf2021", {"train": "XF2021/train.csv", "test": "XF2021/test.csv"}),
}
FILTERS = {"duplicates": True, "conflicts": "drop", "leaks": True, "near_leaks": False}


def normalised(folder, name):
    reader, files = FILES[name]
    settings = {"reader": reader, "options": {}, "nli_labels": {}, "sts_scores": {}, "max_rejected": 0.0}
    described = [{"split": split, "path": str(real(path))} for split, path in files.items()]
    paths = folder / f"{name}.parquet", folder / f"{name}.rejected.parquet"
    normalise_corpus(name, described, settings, *paths)
    return Corpus(name, *paths)


@pytest.mark.slow
def test_known_leaks_are_found(tmp_path):
    sets = []
    for name in "AB":
        sets.append(tmp_path / f"{name}.parquet")
        prepare_test_set(str(real(f"test_sets/sim_interpretation_{name}.txt")), None, str(sets[-1]))
    out = Outputs(
        *(
            tmp_path / name
            for name in ("pairs.parquet", "dropped.parquet", "held_out.parquet", "conflicts.parquet", "ledger.json")
        )
    )
    merge_corpora([normalised(tmp_path, name) for name in FILES], sets, out, FILTERS, 0.8)
    ledger = json.loads(out.ledger.read_text(encoding="utf-8"))
    leaks, shared = ledger["leaks"]["LCQMC"], ledger["held_out_overlap"]
    # The 323 dev pairs stand in 327 rows of train, the 84 test pairs in as many; readers take a byte-order mark out of
    # one more test pair.
    assert (leaks["LCQMC dev"]["exact"], leaks["LCQMC test"]["exact"]) == (327, 84 + 1)
    # All of XF2021's 5,000 test pairs are rows of LCQMC train; the known count of it is by pair.
    assert leaks["XF2021 test"]["exact"] >= 5000
    assert all(counts["normalised"] >= counts["exact"] for counts in leaks.values())
    assert shared["LCQMC dev"]["LCQMC test"] >= 7
    assert shared["LCQMC test"]["A"] >= 799
    held_out = tables.read(out.held_out, tables.HELD_OUT)
    pairs = tables.read(out.pairs, tables.MERGED)
    train = pairs.filter(split="train").select("q_sentence", "t_sentence").rows()
    known = set(held_out.select("low", "high").rows())
    assert not any((min(pair), max(pair)) in known for pair in train)
