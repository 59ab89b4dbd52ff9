"""The files of the sample: the committed bytes, the publishers' formats, and every row accounted for."""

import gzip
import lzma
import tarfile
import zipfile
from collections import Counter
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
import yaml
from sample_items import COMMITTED, ROOT, items_of

from tools.sample import generate, sample_formats
from yiju.base import tables
from yiju.config.load import Settings, load
from yiju.data.corpora.normalise import normalise_corpus
from yiju.data.sentence_keys import normalised


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate.write_sample(folder)
    return folder


def contents(path: Path) -> dict[str, bytes]:
    """What a file holds, by member: compressing the same text makes other bytes in other versions of the libraries."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            return {name: archive.extractfile(name).read() for name in archive.getnames()}
    opened = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opened(path, "rb") as file:
        return {"": file.read()}


@pytest.mark.slow
def test_committed_files_are_what_the_generator_writes(written: Path) -> None:
    names = {path.relative_to(written) for path in written.rglob("*") if path.is_file()}
    assert names == {path.relative_to(COMMITTED) for path in COMMITTED.rglob("*") if path.is_file()}
    stale = sorted(str(name) for name in names if contents(written / name) != contents(COMMITTED / name))
    assert stale == [], "run `python -m tools.sample data/sample`"


def test_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in COMMITTED.rglob("*") if path.is_file()) <= 1_800_000


@pytest.mark.parametrize("packed", [sample_formats.tar_gz, sample_formats.zipped], ids=lambda form: form.__name__)
def test_an_archive_tells_no_time(packed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    members = {"a/短短.txt": "一\n".encode(), "b.tsv": b"2\n"}
    now = packed(members)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert packed(members) == now
    path = tmp_path / ("a.zip" if packed is sample_formats.zipped else "a.tar.gz")
    path.write_bytes(now)
    assert contents(path) == members


def test_a_compressed_file_tells_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = sample_formats.gz(b"1\n")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert sample_formats.gz(b"1\n") == now
    assert gzip.decompress(now) == b"1\n"


# What makes native formats hard to read: how a file begins and ends, and what it holds.
MARK = b"\xef\xbb\xbf"
NATIVE = {
    "ATEC/atec_nlp_sim_train.csv": (MARK + b"1\t" + MARK, b"\r\n", b"\r\n2\t"),
    "BQ/train.csv": (MARK + b"sentence1,sentence2,label\n", b"\n", b'"'),
    "CCKS2018_Task3/task3_dev.txt": (b"0\t", b"\r\n", b"\r\n39\t"),
    "CHIP2019/train.csv": (b"question1,question2,label,category\r\n", b"", b'\r\n"""'),
    "CHIP2019/CHIP-STS_dev.json": (b'{"id": "1", "text1": ', b"}", b"}{"),
    "COVID19/train_20200228.csv": (b"id,category,query1,query2,label\r\n", b"\r\n", b",-1\r\n"),
    "Chinese-SNLI/dev.json": (b'{"sentence1": ', b"}\n", b'"gold_label": "-"'),
    "DIAC2019/train_set.xml": (b"<?xml ", b"</TrainCorpus>\n", b"<question/>"),
    "DIAC2019/dev_set.csv": (b"qid\tquestion1\tquestion2\n", b"\n", b"\n39\t"),
    "THS2021/train.tsv": (b"", b"", "\t[机构]".encode()),
}


@pytest.mark.parametrize("name", NATIVE)
def test_native_forms(name: str) -> None:
    begins, ends, holds = NATIVE[name]
    content = (COMMITTED / name).read_bytes()
    assert content.startswith(begins)
    assert content.endswith(ends)
    assert holds in content


@pytest.mark.parametrize("name", ["CHIP2019/train.csv", "CHIP2019/CHIP-STS_dev.json", "THS2021/train.tsv"])
def test_no_newline_at_the_end(name: str) -> None:
    assert not (COMMITTED / name).read_bytes().endswith(b"\n")


AGREED, SCORED, KNOWN = "no agreement", "score in the middle", "placeholder"
FOUND = {
    "LCQMC": {"train.tsv": {"labelled": 6042}, "dev.tsv": {"labelled": 800}, "test.tsv": {"labelled": 800}},
    "AFQMC": {"train.json": {"labelled": 400}, "dev.json": {"labelled": 100}, "test.txt": {"labelled": 100}},
    "OCNLI": {"train.json": {"labelled": 288, AGREED: 12}, "dev.json": {"labelled": 96, AGREED: 4}},
    "Chinese-STS-B": {
        "train.txt": {"labelled": 246, SCORED: 54},
        "dev.txt": {"labelled": 78, SCORED: 22},
        "test.txt": {"labelled": 85, SCORED: 15},
    },
    "ATEC": {"atec_nlp_sim_train.csv": {"labelled": 120}},
    "BQ": {"train.csv": {"labelled": 100}, "dev.csv": {"labelled": 40}, "test.csv": {"labelled": 40}},
    "CCKS2018_Task3": {"task3_train.txt": {"labelled": 120}, "task3_dev.txt": {"unlabelled": 40}},
    "CHIP2019": {"train.csv": {"labelled": 120}, "CHIP-STS_dev.json": {"labelled": 30}},
    "CINLID": {"Idiom_NLI.txt": {"labelled": 100}},
    "COVID19": {"train_20200228.csv": {"labelled": 115, KNOWN: 1}, "dev_20200228.csv": {"labelled": 40}},
    "Chinese-MNLI": {
        "train.json.xz": {"labelled": 117, AGREED: 3},
        "dev.json": {"labelled": 39, AGREED: 1},
        "test.json": {"unlabelled": 40},
    },
    "Chinese-SNLI": {
        "train.json.gz": {"labelled": 117, AGREED: 3},
        "dev.json": {"labelled": 39, AGREED: 1},
        "test.txt": {"labelled": 39, AGREED: 1},
    },
    "DIAC2019": {"train_set.xml": {"labelled": 126, "empty sentence": 1}, "dev_set.csv": {"unlabelled": 40}},
    "GAIIC2021_Task3": {
        "oppo_train.tsv": {"labelled": 100},
        "gaiic_track3_round1_train_20210228.tsv": {"anonymised": 60},
        "oppo_dev.tsv": {"labelled": 40},
        "gaiic_track3_round1_testA_20210228.tsv": {"anonymised": 30},
    },
    "PAWSX": {
        "x-final/zh/translated_train.tsv": {"labelled": 120},
        "x-final/zh/dev_2k.tsv": {"labelled": 39, KNOWN: 1},
        "x-final/zh/test_2k.tsv": {"labelled": 39, KNOWN: 1},
    },
    "PKU_Paraphrase_Bank": {"paraphrase_unorder.txt": {"labelled": 122}},
    # The label of kind A is not the chosen one.
    "SOHU_2021": {
        "短短匹配A类/train.txt": {"unlabelled": 60},
        "短短匹配B类/train.txt": {"labelled": 60},
        "短短匹配A类/valid.txt": {"unlabelled": 30},
        "短短匹配B类/valid.txt": {"labelled": 30},
        "短短匹配A类/test_with_id.txt": {"unlabelled": 30},
        "短短匹配B类/test_with_id.txt": {"unlabelled": 30},
    },
    "THS2021": {"train.tsv": {"labelled": 100}, "test.tsv": {"unlabelled": 40}},
    "XF2021": {"train.csv": {"labelled": 100}, "test.csv": {"unlabelled": 40}},
}
# Pairs that two corpora (or splits of one) share, either way round and but for width, case and punctuation.
TEST_SET = "test set"
SHARED = {
    ("LCQMC train", "LCQMC dev"): 10,
    ("LCQMC train", "LCQMC test"): 10,
    ("LCQMC train", TEST_SET): 3,
    ("LCQMC test", TEST_SET): 150,
    ("OCNLI train", "OCNLI dev"): 2,
    ("OCNLI train", "Chinese-STS-B train"): 1,
    ("OCNLI train", "Chinese-STS-B test"): 1,
    ("Chinese-STS-B train", "Chinese-STS-B dev"): 1,
    # Planted with the later corpora, all of which are free of other shared pairs.
    ("LCQMC train", "XF2021 train"): 30,
    ("LCQMC dev", "XF2021 train"): 5,
    ("LCQMC test", "XF2021 train"): 1,
    ("AFQMC train", "ATEC train"): 8,
    ("AFQMC dev", "CCKS2018_Task3 train"): 4,
    ("AFQMC test", "ATEC train"): 2,
    ("BQ train", "BQ test"): 4,
    ("BQ train", "CCKS2018_Task3 train"): 10,
    ("BQ dev", "CCKS2018_Task3 test"): 40,
    ("CHIP2019 train", "CHIP2019 dev"): 30,
    ("CHIP2019 train", "COVID19 train"): 3,
}
# Rows beyond the first of a pair in one train split, whatever their labels.
REPEATED = {
    "LCQMC": 22,
    "OCNLI": 2,
    "Chinese-STS-B": 1,
    "BQ": 2,
    "CCKS2018_Task3": 3,
    "COVID19": 4,
    "PKU_Paraphrase_Bank": 2,
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    config = ROOT / "config.yaml"
    return load(yaml.safe_load(config.read_text(encoding="utf-8")), [config])


@pytest.fixture(scope="module")
def read(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[pl.DataFrame, pl.DataFrame]]:
    """PAIRS and REJECTED of every corpus of the default configuration."""
    folder = tmp_path_factory.mktemp("read")
    found = {}
    for name in settings.corpora.use:
        chosen = settings.corpora.catalogue[name].model_dump()
        files = [file | {"path": str(COMMITTED / file["source"])} for file in chosen["files"]]
        outputs = folder / f"{name}.parquet", folder / f"{name}.rejected.parquet"
        normalise_corpus(name, files, settings.corpora.model_dump() | chosen, *outputs)
        found[name] = tables.read(outputs[0], tables.PAIRS), tables.read(outputs[1], tables.REJECTED)
    return found


def test_every_corpus_is_read_and_every_row_accounted_for(read) -> None:
    found: dict[str, dict[str, Counter]] = {}
    for name, (pairs, rejected) in read.items():
        labelled = pl.when(pl.col("label").is_null()).then(pl.lit("unlabelled")).otherwise(pl.lit("labelled"))
        for rows in (pairs.select("file", labelled), rejected.select("file", "reason")):
            for file, kind in rows.iter_rows():
                found.setdefault(name, {}).setdefault(file, Counter())[kind] += 1
    assert found == FOUND


def test_corpora_share_the_pairs_that_were_planted_and_no_others(read) -> None:
    shared = {frozenset(names): count for names, count in SHARED.items()}
    sets = {name: set(keys) for name, keys in pair_keys(read).items()}
    found = {frozenset((one, other)): len(sets[one] & sets[other]) for one, other in combinations(sets, 2)}
    assert {names: count for names, count in found.items() if count} == shared


def test_train_splits_repeat_the_pairs_that_were_planted_and_no_others(read) -> None:
    train = {name.removesuffix(" train"): keys for name, keys in pair_keys(read).items() if name.endswith(" train")}
    repeats = {name: len(keys) - len(set(keys)) for name, keys in train.items()}
    assert {name: count for name, count in repeats.items() if count} == REPEATED


def pair_keys(read) -> dict[str, list[frozenset[str]]]:
    """The pairs of every split as the filters see them."""
    items = items_of("test_sets/sim_interpretation_sample.txt")
    texts = {"q": [item["query"] for item in items], "t": [item["title"] for item in items]}
    keys = {TEST_SET: normalised_pairs(pl.DataFrame(texts))}
    for name, (pairs, _) in read.items():
        for (split,), rows in pairs.group_by("split", maintain_order=True):
            keys[f"{name} {split}"] = normalised_pairs(rows)
    return keys


def normalised_pairs(rows: pl.DataFrame) -> list[frozenset[str]]:
    return [frozenset(pair) for pair in zip(normalised(rows["q"]), normalised(rows["t"]), strict=True)]


@pytest.mark.parametrize(("corpus", "count"), [("XF2021", 6), ("GAIIC2021_Task3", 4)])
def test_some_train_pairs_are_held_out_ones_but_for_a_particle(read, corpus: str, count: int) -> None:
    held_out = {*normalised_pairs(read["LCQMC"][0].filter(pl.col("split") != "train"))}
    train = read[corpus][0].filter(pl.col("split") == "train")
    asked = train.filter(pl.col("q").str.ends_with("呢？")).with_columns(pl.col("q").str.strip_suffix("呢？"))
    assert sum(keys in held_out for keys in normalised_pairs(asked)) == count


def test_no_row_is_badly_formed(read) -> None:
    assert {name: rejected["bad"].sum() for name, (_, rejected) in read.items()} == dict.fromkeys(read, 0)
