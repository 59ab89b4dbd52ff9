"""Every reader on rows in its publishers' format, and on the real files where they are at hand."""

import lzma
from pathlib import Path

import polars as pl
import pytest
from at_hand import real
from native_rows import CASES, DIAC

from yiju.base.errors import YijuError
from yiju.config.readers import READERS, complete_options, load_reader
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import READ, ReadOptions

NLI = {"entailment": 1, "neutral": 0, "contradiction": 0}
SCORES = {"positive": 4.0, "negative": 2.0}


def read(reader, path, split="train", **own):
    options = ReadOptions(split == "test", NLI, SCORES, complete_options(reader, own))
    table = pl.concat(load_reader(reader)(RawFile(Path(path)), options))
    assert dict(table.schema) == READ
    return table


def read_text(tmp_path, reader, text, split="train", **own):
    path = tmp_path / "file"
    path.write_bytes(text.encode())
    table = read(reader, path, split, **own)
    return table.select("line", "q", "t", "label", "reason").rows()


@pytest.mark.parametrize(
    ("reader", "text", "split", "own", "rows"),
    [pytest.param(reader, *rest, id=f"{reader}: {form}") for reader, form, *rest in CASES],
)
def test_native_rows(tmp_path, reader, text, split, own, rows):
    assert read_text(tmp_path, reader, text, split, **own) == rows


def test_every_reader_has_a_case():
    assert {case[0] for case in CASES} == set(READERS)


def test_rows_of_another_width_are_told(tmp_path):
    text = "a\tb\t1\na\tb\t1\t0\na\tb\n\tb\t1\n\t\t\n"
    assert read_text(tmp_path, "lcqmc", text) == [
        (1, "a", "b", 1, None),
        (2, None, None, None, "expected 3 TAB-separated fields, got 4"),
        (3, None, None, None, "expected 3 TAB-separated fields, got 2"),
        (4, "", "b", 1, "empty sentence"),
        (5, "", "", None, "empty line"),
    ]
    reason = "expected 4 '||'-separated fields, got 5"
    assert read_text(tmp_path, "sts_b", "x||a||b||1||\n") == [(1, None, None, None, reason)]


@pytest.mark.parametrize("score", ["6", "-0.1", "nan", "inf", "much"])
def test_scores_lie_between_0_and_5(tmp_path, score):
    reason = f"unknown label '{score}'; allowed: scores from 0 to 5"
    assert read_text(tmp_path, "sts_b", f"x||a||b||{score}\n") == [(1, "a", "b", None, reason)]


def test_diac_questions_without_a_pair_are_told(tmp_path):
    def group(equivalent, other):
        kinds = {"EquivalenceQuestions": equivalent, "NotEquivalenceQuestions": other}
        inner = "".join(
            f"<{kind}>" + "".join(f"\n<question>{text}</question>" for text in texts) + f"</{kind}>"
            for kind, texts in kinds.items()
        )
        return f"<Questions>{inner}</Questions>"

    text = f"<TrainCorpus>{group('a', '')}{group('', 'bc')}{group('', '')}{group('d', 'e')}</TrainCorpus>"
    assert read_text(tmp_path, "diac2019", text) == [
        (2, "a", None, None, "question without a pair"),
        (3, "b", None, None, "question without a pair"),
        (4, "c", None, None, "question without a pair"),
        (6, "d", "e", 0, None),
    ]


@pytest.mark.parametrize(
    ("xml", "problem"),
    [
        ("<A><question>a</question></A>", "line 1: <question> in a place where no DIAC2019 file has it"),
        ("<A>\n<Questions><question>a</question></Questions></A>", "line 2: <question> in a place"),
        ("<A><Questions><EquivalenceQuestions>a</EquivalenceQuestions></Questions></A>", "text outside <question>"),
        (DIAC.replace("&amp; b", "<b>b</b>"), "line 6: <b> in a place"),
        (DIAC.replace("<question>c", "<question>c" * 2), "line 10: <question> in a place"),
        (DIAC.replace("b &amp;", "b" * 10_001), "line 6: a question of more than 10000 characters"),
    ],
)
def test_diac_overlooks_nothing(tmp_path, xml, problem):
    with pytest.raises(YijuError) as caught:
        read_text(tmp_path, "diac2019", xml)
    assert problem in str(caught.value)


def test_diac_groups_are_bounded(tmp_path):
    rows = read_text(tmp_path, "diac2019", DIAC.replace("<question/>", "\n<question>x</question>" * 96))
    assert len(rows) == 98 * 97 // 2 + 98 * 2
    with pytest.raises(YijuError, match="line 108: a group of more than 100 questions"):
        read_text(tmp_path, "diac2019", DIAC.replace("<question/>", "\n<question>x</question>" * 97))


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
    ("sohu2021", "SOHU_2021/sohu-sts-A-ss.train-r.json.xz", "train", 9867, (2773, 7094, 0)),
    ("sohu2021", "SOHU_2021/sohu-sts-A-ss.valid-r.json.xz", "dev", 1645, (485, 1160, 0)),
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


@pytest.mark.slow
@pytest.mark.parametrize(("reader", "file", "split", "rows", "labels"), FILES, ids=lambda value: str(value))
def test_real_files(reader, file, split, rows, labels):
    assert_counts(read(reader, real(file), split), rows, labels)


def test_real_files_with_options():
    sohu = read("sohu2021", real("SOHU_2021/samples.txt"), label="A")
    assert_counts(sohu, 973, (352, 621, 0))
    name = "gaiic_track3_round1_testA_20210228.tsv.xz"
    assert_counts(read("gaiic2021", real(f"GAIIC2021_Task3/{name}"), "test", anonymised=True), 25000, (0, 0, 25000))
    columns = {"format": "csv", "header": True, "q": "sentence1", "t": "sentence2", "label": "label"}
    for split in ("dev", "test"):
        assert_counts(
            read("generic", real(f"extra/BQ_corpus/{split}.csv.xz"), split, **columns), 10000, (5000, 5000, 0)
        )


def test_marks_within_the_first_row_go():
    atec = read("generic", real("extra/ATEC/atec_nlp_sim_train.csv.xz"), q=2, t=3, label=4)
    assert_counts(atec, 39346, (8549, 30797, 0))
    assert atec["q"][0].startswith("怎么")


def test_every_real_file_is_read_here():
    listed = {line.split("\t")[0] for line in real("MANIFEST.tsv").read_text().splitlines()[1:]}
    corpora = {name for name in listed if not name.startswith(("test_sets/", "vocab/"))}
    by_options = {f"extra/BQ_corpus/{split}.csv.xz" for split in ("dev", "test")} | {
        "extra/ATEC/atec_nlp_sim_train.csv.xz"
    }
    assert corpora == {case[1] for case in FILES} | by_options


def test_compressed_files_are_recognised_by_content(tmp_path):
    path = tmp_path / "no_suffix"
    path.write_bytes(lzma.compress(b"a\tb\t1\n"))
    assert read("lcqmc", path)["label"].to_list() == [1]
