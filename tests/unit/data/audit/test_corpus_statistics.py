"""Statistics of hand-made pairs, counted by hand."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from toys import SENTENCES, model_folder
from unit.data.audit.planted import merged, no_shortcut, rows

from yiju.data.audit.characters import shared_characters
from yiju.data.overlap import features
from yiju.models.build import build_tokenizer
from yiju.models.corpus_statistics import describe_corpora
from yiju.models.coverage import measure_coverage
from yiju.models.folder import load_tokenizer
from yiju.models.vocabulary import SPECIALS

PAIRS = {
    ("A", "train"): [
        ("春天", "春天", 1),  # 1
        ("春天", "天春花", 1),  # 4 of 5
        ("春春春", "春山", 0),  # 2 of 5
        ("山水", "花鸟", 0),  # 0
        ("山", "水" * 70, 0),  # 0
    ],
    ("A", "test"): [("风花", "风花雪", None)],  # 4 of 5
    ("B", "train"): [("云", "云", 1)],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return model_folder(tmp_path_factory.mktemp("model"))


def describe(path, folder, pairs, sample=100, max_length=32, seed=1):
    table, out = merged(path / "pairs.parquet", pairs), path / "statistics.json"
    describe_corpora(table, folder / "tokenizer.json", out, max_length, sample, seed)
    return json.loads((path / "statistics.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def described(tmp_path_factory, folder):
    return describe(tmp_path_factory.mktemp("pairs"), folder, PAIRS)


def filled(histogram, bins):
    return {bins[place]: count for place, count in enumerate(histogram) if count}


def test_counts_are_exact(described):
    train, test, other = described["splits"]
    assert [(one["corpus"], one["split"]) for one in described["splits"]] == list(PAIRS)
    assert (train["pairs"], train["sentences"]) == (5, 8)
    assert train["labels"] == {"1": 2, "0": 3, "none": 0}
    assert test["labels"] == {"1": 0, "0": 0, "none": 1}
    assert other["sentences"] == 1


def test_lengths_are_exact(described):
    # 1 2 2 2 2 2 2 3 3 70
    length = described["splits"][0]["length"]
    figures = {name: length[name] for name in ("mean", "median", "p95", "max")}
    assert figures == {"mean": 8.9, "median": 2.0, "p95": 70, "max": 70}
    bins = described["length_bins"]
    assert (bins[0], bins[-1], len(bins)) == (0, 64, len(length["histogram"]))
    assert filled(length["histogram"], bins) == {0: 1, 2: 8, 64: 1}


def test_overlap_is_exact_by_label(described):
    train, test, _ = described["splits"]
    bins = described["overlap_bins"]
    assert (bins[0], bins[-1], len(bins)) == (0.0, 0.95, 20)
    assert filled(train["overlap"]["1"]["histogram"], bins) == {0.8: 1, 0.95: 1}
    assert filled(train["overlap"]["0"]["histogram"], bins) == {0.0: 2, 0.4: 1}
    assert (train["overlap"]["1"]["median"], train["overlap"]["0"]["median"]) == (0.9, 0.0)
    assert train["overlap"]["none"] == {"median": None, "histogram": [0] * 20}
    assert test["overlap"]["none"]["median"] == 0.8


def test_every_edge_belongs_to_the_bin_that_it_begins(tmp_path, folder):
    # 0.0, 0.1, 0.2, … of the characters are shared: edges that binary fractions miss.
    pairs = [("春" * n + "山" * (10 - n), "春" * n + "水" * (10 - n), 1) for n in range(11)]
    (one,) = describe(tmp_path, folder, {("A", "train"): pairs})["splits"]
    assert one["overlap"]["1"]["histogram"] == [1, 0] * 9 + [1, 1]


texts = st.lists(
    st.tuples(st.text("春天ab\U00020bb7", min_size=1), st.text("春天ab\U00020bb7", min_size=1)), min_size=1
)


@given(texts)
def test_shared_characters_are_those_of_the_overlap_baseline(pairs):
    q, t = (pl.Series(side) for side in zip(*pairs, strict=True))
    total = (q.str.len_chars() + t.str.len_chars()).to_numpy()
    dice = features(q.to_list(), t.to_list(), {})[:, 0]
    assert (2 * shared_characters(q, t) / total).tolist() == dice.tolist()


def test_shared_characters_do_not_depend_on_blocks(monkeypatch):
    table = pl.DataFrame(rows(no_shortcut, 50, 1), schema=["q", "t", "label"], orient="row")
    whole = shared_characters(table["q"], table["t"])
    monkeypatch.setattr("yiju.data.audit.characters.BLOCK", 7)
    assert shared_characters(table["q"], table["t"]).tolist() == whole.tolist()
    assert shared_characters(table["q"][:0], table["t"][:0]).tolist() == []


def test_coverage_of_a_vocabulary():
    tokenizer = build_tokenizer([*SPECIALS, "花", "呗", "怎", "么", "vip", "a", "b", "##b"], 32).backend_tokenizer
    pairs = pl.DataFrame({"q": ["怎么 花呗", "VIP"], "t": ["如何花呗", "ba"]})
    found = measure_coverage(tokenizer, pairs, max_length=11)
    # Ten tokens: 怎 么 花 呗, vip, ? ? 花 呗, ?. The unknown ones stand for 如, 何 and ba, for there is no ##a.
    assert found["unknown"] == 0.3
    # White space aside there are 4 + 3 + 4 + 2 characters.
    assert found["characters"] == round(9 / 13, 6)
    assert found["tokens_per_character"] == round(10 / 13, 6)
    # 4 + 4 + 3 and 1 + 1 + 3
    assert (found["too_long"], found["pairs"]) == (0.0, 2)
    assert measure_coverage(tokenizer, pairs, max_length=10)["too_long"] == 0.5


def test_a_tokeniser_without_an_unknown_token_knows_everything():
    alphabet = {symbol: place for place, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    byte_level = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found = measure_coverage(byte_level, pl.DataFrame({"q": ["花"], "t": ["呗b"]}), max_length=10)
    assert (found["characters"], found["unknown"], found["tokens_per_character"]) == (1.0, 0.0, round(7 / 3, 6))


def test_coverage_comes_from_the_folder_and_a_seeded_sample(tmp_path, folder):
    known = [(q, t, 1) for q in SENTENCES for t in SENTENCES]
    unknown = [("鑫淼", "焱垚", 0)]
    pairs = {("A", "train"): known, ("A", "dev"): unknown}
    one = describe(tmp_path, folder, pairs, sample=10)["splits"]
    assert [split["coverage"]["pairs"] for split in one] == [10, 1]
    assert [split["coverage"]["characters"] for split in one] == [1.0, 0.0]
    assert [split["pairs"] for split in one] == [64, 1]
    tokenizer = load_tokenizer(folder)
    longest = max(len(tokenizer(q, t).input_ids) for q, t, _ in known)
    fits = describe(tmp_path, folder, pairs, max_length=longest)["splits"][0]["coverage"]
    cut = describe(tmp_path, folder, pairs, max_length=longest - 1)["splits"][0]["coverage"]
    assert fits["too_long"] == 0 < cut["too_long"]


def test_the_same_seed_gives_the_same_bytes(tmp_path, folder):
    pairs = {("A", "train"): [*rows(no_shortcut, 80, 1), ("鑫淼", "焱垚", 0)]}
    texts = []
    for _ in range(2):
        describe(tmp_path, folder, pairs, sample=20)
        texts.append((tmp_path / "statistics.json").read_bytes())
    assert texts[0] == texts[1]
