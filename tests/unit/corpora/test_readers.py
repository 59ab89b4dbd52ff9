"""Every reader on rows in its publishers' format, and on the real files where they are at hand."""

import lzma
import os
from pathlib import Path

import polars as pl
import pytest

from yiju.corpora import READERS, complete_options, load_reader
from yiju.corpora.rows import READ, ReadOptions

REAL = Path(os.environ.get("YIJU_CORPORA", Path(__file__).parents[3] / "../shared/corpora"))
NLI = {"entailment": 1, "neutral": 0, "contradiction": 0}
SCORES = {"positive": 4.0, "negative": 2.0}


def read(reader, path, split="train", **own):
    options = ReadOptions(split == "test", NLI, SCORES, complete_options(reader, own))
    table = pl.concat(load_reader(reader)(Path(path), options))
    assert dict(table.schema) == READ
    return table


def read_text(tmp_path, reader, text, split="train", **own):
    path = tmp_path / "file"
    path.write_bytes(text.encode())
    table = read(reader, path, split, **own)
    return table.select("line", "q", "t", "label", "reason").rows()


CASES = [
    ("lcqmc", "a\tb\t1\nc\td\t0\n", "train", {}, [(1, "a", "b", 1, None), (2, "c", "d", 0, None)]),
    ("lcqmc", "text_a\ttext_b\tlabel\na\tb\t1", "dev", {}, [(2, "a", "b", 1, None)]),
    ("lcqmc", "a\tb\n\ufeffc\td\n", "test", {}, [(1, "a", "b", None, None), (2, "c", "d", None, None)]),
    ("afqmc", '{"sentence1": "a", "sentence2": "b", "label": "0"}', "dev", {}, [(1, "a", "b", 0, None)]),
    ("afqmc", "a\tb\t1\n", "dev", {}, [(1, "a", "b", 1, None)]),
    ("afqmc", '{"id": 0, "sentence1": "a", "sentence2": "b"}', "test", {}, [(1, "a", "b", None, None)]),
    ("ocnli", '{"sentence1":"a","sentence2":"b","label":"-"}', "dev", {}, [(1, "a", "b", None, "no agreement")]),
    ("cmnli", '{"sentence1":"a","sentence2":"b","gold_label":"neutral"}', "dev", {}, [(1, "a", "b", 0, None)]),
    ("csnli", "a\tb\tentailment\n", "dev", {}, [(1, "a", "b", 1, None)]),
    ("cinlid", "a\tb\tcontradiction\n", "train", {}, [(1, "a", "b", 0, None)]),
    (
        "sts_b",
        "x||a||b||5\nx||a||b||4\nx||a||b||3\nx||a||b||2.0\n",
        "train",
        {},
        [
            (1, "a", "b", 1, None),
            (2, "a", "b", 1, None),
            (3, "a", "b", None, "score in the middle"),
            (4, "a", "b", 0, None),
        ],
    ),
    ("sts_b", "x||a||b||6\n", "train", {}, [(1, "a", "b", None, "unknown label '6'; allowed: scores from 0 to 5")]),
    ("sts_b", "x||a||b||nan\n", "train", {}, [(1, "a", "b", None, "unknown label 'nan'; allowed: scores from 0 to 5")]),
    ("ccks2018", "7\tb\t1\r\n", "train", {}, [(1, "7", "b", 1, None)]),
    ("ccks2018", "0\ta\tb\r\n1\tc\td\r\n", "test", {}, [(1, "a", "b", None, None), (2, "c", "d", None, None)]),
    ("ccks2018", "a\tb\t0\r\n", "test", {}, [(1, "a", "b", 0, None)]),
    ("gaiic2021", "12 5\t7\t1\n你\t好\t0", "train", {}, [(1, "12 5", "7", 1, "anonymised"), (2, "你", "好", 0, None)]),
    ("gaiic2021", "12 5\t7\t1\n", "train", {"anonymised": True}, [(1, "12 5", "7", 1, None)]),
    ("ths2021", "1\ta\tb", "train", {}, [(1, "a", "b", 1, None)]),
    ("xf2021", "a\tb", "test", {}, [(1, "a", "b", None, None)]),
    ("pku", "a\tb\n", "train", {}, [(1, "a", "b", 1, None)]),
    (
        "pawsx",
        "id\tsentence1\tsentence2\tlabel\n1\ta\tb\t1\n2\ta\tNS\t0\n",
        "dev",
        {},
        [(2, "a", "b", 1, None), (3, "a", "NS", 0, "placeholder")],
    ),
    (
        "covid19",
        'id,category,query1,query2,label\r\n0,x,"a,""b""",c,1\r\n1,x,d,e,-1\r\n',
        "train",
        {},
        [(2, 'a,"b"', "c", 1, None), (3, "d", "e", None, "placeholder")],
    ),
    ("chip2019", "question1,question2,label,category\r\na,b,1,x", "train", {}, [(2, "a", "b", 1, None)]),
    (
        "chip2019",
        '{"id": "1", "text1": "a", "text2": "b", "label": 1}{"id": "2", "text1": "c", "text2": "d", "label": 0}',
        "train",
        {},
        [(1, "a", "b", 1, None), (2, "c", "d", 0, None)],
    ),
    (
        "sohu2021",
        '{"source": " a", "target": "b", "labelA": "1"}\n{"source": "a", "target": "b", "labelB": "1"}',
        "train",
        {},
        [(1, "a", "b", None, None), (2, "a", "b", 1, None)],
    ),
    ("sohu2021", '{"source": "a", "target": "b", "labelA": "1"}', "train", {"label": "A"}, [(1, "a", "b", 1, None)]),
    (
        "delimited",
        "label,x,s1,s2\nyes,0,a,b\nno,0,c,d\n",
        "train",
        {"separator": ",", "header": True, "q": "s1", "t": "s2", "label": "label", "positive": "yes", "negative": "no"},
        [(2, "a", "b", 1, None), (3, "c", "d", 0, None)],
    ),
    (
        "delimited",
        '1;"a\nb";c\n',
        "train",
        {"separator": ";", "quoted": True, "q": 2, "t": 3, "label": 1},
        [(1, "a\nb", "c", 1, None)],
    ),
    ("delimited", "a\tb\n", "test", {}, [(1, "a", "b", None, None)]),
]


@pytest.mark.parametrize(("reader", "text", "split", "own", "rows"), CASES)
def test_native_rows(tmp_path, reader, text, split, own, rows):
    assert read_text(tmp_path, reader, text, split, **own) == rows


def test_every_reader_has_a_case():
    assert {case[0] for case in CASES} | {"diac2019"} == set(READERS)


DIAC = """<?xml version="1.0" encoding="utf-8"?>
<TrainCorpus>
<Questions number="0">
<EquivalenceQuestions>
<question>a</question>
<question>b &amp; b</question>
<question/>
</EquivalenceQuestions>
<NotEquivalenceQuestions>
<question>c</question>
<question>d</question>
</NotEquivalenceQuestions>
</Questions>
</TrainCorpus>
"""


def test_diac_pairs_within_a_group(tmp_path):
    assert read_text(tmp_path, "diac2019", DIAC) == [
        (7, "", "", 1, "empty sentence"),
        (6, "a", "b & b", 1, None),
        (10, "a", "c", 0, None),
        (11, "a", "d", 0, None),
        (10, "b & b", "c", 0, None),
        (11, "b & b", "d", 0, None),
    ]
    rows = read_text(tmp_path, "diac2019", "qid\tquestion1\tquestion2\n0\ta b\tc\n", "test")
    assert rows == [(2, "a b", "c", None, None)]


# Rows read and kept labels (1, 0, none); the counts of the files' MANIFEST, less what the readers leave out.
FILES = [
    ("lcqmc", "LCQMC/train.tsv.xz", "train", 238766, (138574, 100192, 0)),
    ("lcqmc", "LCQMC/dev.tsv", "dev", 8802, (4402, 4400, 0)),
    ("lcqmc", "LCQMC/test.tsv.xz", "test", 12500, (0, 0, 12500)),
    ("afqmc", "AFQMC/dev.json", "dev", 4316, (1338, 2978, 0)),
    ("afqmc", "AFQMC/dev.txt", "dev", 4316, (1338, 2978, 0)),
    ("afqmc", "AFQMC/test.json.xz", "test", 3861, (0, 0, 3861)),
    ("afqmc", "AFQMC/train.txt.xz", "train", 34334, (10573, 23761, 0)),
    ("ccks2018", "CCKS2018_Task3/task3_dev.txt", "test", 10000, (0, 0, 10000)),
    ("covid19", "COVID19/dev_20200228.csv", "dev", 2002, (804, 1198, 0)),
    ("covid19", "COVID19/train_20200228.csv", "train", 8747, (3497, 5250, 0)),
    ("cmnli", "Chinese-MNLI/dev.txt.xz", "dev", 12241, (4277, 3926 + 4038, 0)),
    ("cmnli", "Chinese-MNLI/test.txt.xz", "test", 13880, (0, 0, 13880)),
    ("csnli", "Chinese-SNLI/dev.txt.xz", "dev", 9314, (3162, 3099 + 3053, 0)),
    ("csnli", "Chinese-SNLI/test.txt.xz", "test", 9176, (3146, 3000 + 3030, 0)),
    ("sts_b", "Chinese-STS-B/cnsd-sts-dev.txt", "dev", 1458, (52 + 205, 267 + 247 + 333, 0)),
    ("sts_b", "Chinese-STS-B/cnsd-sts-test.txt", "test", 1361, (97 + 239, 261 + 193 + 241, 0)),
    ("sts_b", "Chinese-STS-B/cnsd-sts-train.txt", "train", 5231, (252 + 1033, 887 + 836 + 807, 0)),
    ("diac2019", "DIAC2019/dev_set.csv.xz", "test", 5000, (0, 0, 5000)),
    # 24 empty questions, each a row of its own; the manifest counts their 72 negative pairs.
    ("diac2019", "DIAC2019/train_set.xml.xz", "train", 19228 + 61924 - 72 + 24, (19228, 61924 - 72, 0)),
    ("gaiic2021", "GAIIC2021_Task3/gaiic_track3_round1_testA_20210228.tsv.xz", "test", 25000, (0, 0, 0)),
    ("gaiic2021", "GAIIC2021_Task3/oppo_dev.tsv", "train", 10000, (3037, 6963, 0)),
    ("ocnli", "OCNLI/dev.json", "dev", 3000, (947, 1103 + 900, 0)),
    ("ocnli", "OCNLI/test.json.xz", "test", 3000, (0, 0, 3000)),
    ("ocnli", "OCNLI/train.10k.json.xz", "train", 10000, (3309, 3434 + 3242, 0)),
    ("pawsx", "PAWSX/dev_2k.tsv", "dev", 2000, (853, 1984 - 853, 0)),
    ("pawsx", "PAWSX/test_2k.tsv", "test", 2000, (894, 1975 - 894, 0)),
    ("pku", "PKU_Paraphrase_Bank/paraphrase_sample_3_rows.txt", "train", 3, (3, 0, 0)),
    ("sohu2021", "SOHU_2021/sohu-sts-B-ss.train-r.json.xz", "train", 9858, (1239, 8619, 0)),
    ("sohu2021", "SOHU_2021/sohu-sts-B-ss.valid-r.json.xz", "dev", 1643, (204, 1439, 0)),
    ("sohu2021", "SOHU_2021/samples.txt", "train", 973, (0, 0, 973)),
    ("ths2021", "THS2021/test.tsv", "test", 2000, (0, 0, 2000)),
    ("ths2021", "THS2021/train.tsv.xz", "train", 41756, (10478, 31278, 0)),
    ("xf2021", "XF2021/test.csv", "test", 5000, (0, 0, 5000)),
    ("xf2021", "XF2021/train.csv", "train", 5000, (2892, 2108, 0)),
    ("chip2019", "extra/CHIP-STS_CBLUE/CHIP-STS_dev-rr.json.xz", "dev", 4000, (1989, 2011, 0)),
    ("chip2019", "extra/CHIP-STS_CBLUE/CHIP-STS_train-rr.json.xz", "train", 16000, (8011, 7989, 0)),
    ("cinlid", "extra/CINLID/Idiom_NLI.txt.xz", "train", 91247, (34877, 35939 + 20431, 0)),
]


def assert_counts(table, rows, labels):
    kept = table.filter(pl.col("reason").is_null())
    found = tuple(kept.filter(pl.col("label").eq_missing(value)).height for value in (1, 0, None))
    assert (table.height, table["bad"].sum(), found) == (rows, 0, labels)


def real(name):
    if not (REAL / name).is_file():
        pytest.skip("the real corpora are not at hand (YIJU_CORPORA)")
    return REAL / name


@pytest.mark.parametrize(("reader", "file", "split", "rows", "labels"), FILES, ids=lambda value: str(value))
def test_real_files(reader, file, split, rows, labels):
    assert_counts(read(reader, real(file), split), rows, labels)


def test_real_files_with_options():
    sohu = read("sohu2021", real("SOHU_2021/samples.txt"), label="A")
    assert_counts(sohu, 973, (352, 621, 0))
    name = "gaiic_track3_round1_testA_20210228.tsv.xz"
    assert_counts(read("gaiic2021", real(f"GAIIC2021_Task3/{name}"), "test", anonymised=True), 25000, (0, 0, 25000))
    atec = read("delimited", real("extra/ATEC/atec_nlp_sim_train.csv.xz"), q=2, t=3, label=4)
    assert_counts(atec, 39346, (8549, 30797, 0))
    assert atec["q"][0].startswith("怎么")
    columns = {"q": "sentence1", "t": "sentence2", "label": "label", "separator": ",", "quoted": True, "header": True}
    assert_counts(read("delimited", real("extra/BQ_corpus/dev.csv.xz"), "dev", **columns), 10000, (5000, 5000, 0))


def test_compressed_files_are_recognised_by_content(tmp_path):
    path = tmp_path / "no_suffix"
    path.write_bytes(lzma.compress(b"a\tb\t1\n"))
    assert read("lcqmc", path)["label"].to_list() == [1]
