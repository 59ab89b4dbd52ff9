"""`yiju suspects`: what a reviewer is shown, and the table that is filled in."""

import polars as pl
import pytest
from command_line import run

from yiju.base import tables

pytestmark = pytest.mark.usefixtures("yiju_log")
ROWS = [
    # rank, pair, line, q, t, label, probability, confident, margin, forgotten, contradicted
    (1, 7, 12, "花呗怎么还款", "花呗如何还款", 0, 0.03, True, -2.5, None, True),
    (2, 3, 4, "怎么开通", "=怎么关闭", 1, None, None, 0.4, 2.0, False),
    (3, 1, 2, "开通花呗", "花呗开通", 1, 0.9, False, 3.0, 0.0, False),
]


@pytest.fixture
def suspects(tmp_path):
    names = [
        "rank",
        "pair",
        "line",
        "q",
        "t",
        "label",
        "probability",
        "confident",
        "margin",
        "forgotten",
        "contradicted",
    ]
    table = pl.DataFrame(ROWS, schema=names, orient="row").with_columns(
        *(pl.lit(0.5).alias(name) for name in ("suspicion", "confidence", "variability")),
        *(pl.lit(value).alias(name) for name, value in (("corpus", "Mine"), ("file", "train.csv"))),
    )
    (tmp_path / "data").mkdir()
    table = table.select(tables.SUSPECTS.names).cast(pl.Schema(tables.SUSPECTS))
    tables.write(table, tmp_path / "data/suspects.parquet", tables.SUSPECTS)
    return tmp_path


def test_the_first_ones_are_shown_with_every_reason(suspects, capsys):
    run("suspects", suspects, "-n", 2)
    shown = capsys.readouterr().out
    assert "    1  花呗怎么还款 | 花呗如何还款 (not similar)" in shown
    assert (
        "train.csv line 12 of Mine: models that have not learnt it give its label 3\N{NO-BREAK SPACE}%, clearly the "
        "other label; while it was learnt its label had a margin of -2.5 on average; no pass over it was right; "
        "similar pairs connect its two sentences\n"
    ) in shown
    assert "a margin of +0.4 on average; it was forgotten 2 times\n" in shown
    assert "开通花呗" not in shown


def test_the_table_for_a_review_says_where_each_row_is(suspects, capsys):
    out = suspects / "review.csv"
    run("suspects", suspects, "-o", out)
    assert "3 pairs of 3 to review" in capsys.readouterr().err
    rows = out.read_text(encoding="utf-8-sig").split("\n")
    assert rows[0] == "rank,q,t,label,right_label,reviewer,note,reasons,corpus,file,line"
    assert rows[1].startswith('1,花呗怎么还款,花呗如何还款,0,,,,"models that') and rows[1].endswith(
        ",Mine,train.csv,12"
    )
    # A spreadsheet must not run it.
    assert ",'=怎么关闭," in rows[2]


@pytest.mark.parametrize("out", ["review.doc", "data/suspects.parquet"])
def test_where_nothing_can_be_written_it_says_so(suspects, out, caplog):
    run("suspects", suspects, "-o", suspects / out, status=1)
    assert out in caplog.text


def test_a_folder_that_is_no_run_is_named(tmp_path, caplog):
    run("suspects", tmp_path, status=1)
    assert "RUN is a folder of a finished run" in caplog.text
