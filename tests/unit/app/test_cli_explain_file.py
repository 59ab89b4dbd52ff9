"""`yiju explain --file`: every row of a table comes back with its judgement and evidence, as a table or as a page."""

import zipfile

import polars as pl
import pytest
from command_line import lines, run
from python_calamine import CalamineWorkbook
from toys import SENTENCES

from yiju import Explainer
from yiju.app.explained_rows import evidence

pytestmark = pytest.mark.usefixtures("yiju_log")
PAIRS = list(zip(SENTENCES, SENTENCES[::-1], strict=True))
OCCLUSION = ("--method", "occlusion")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pairs.csv"
    rows = [f"{number},{q},{t},{number % 2}\n" for number, (q, t) in enumerate(PAIRS)]
    path.write_text("id,q,t,label\n" + "".join(rows) + "x,只有一句,,1\n", encoding="utf-8")
    return path


def explained(model):
    """The evidence of the pairs, as Python gives it."""
    found = Explainer.from_pretrained(model).explain(PAIRS, "occlusion")
    return [[[side.text[start:end] for start, end in evidence(side)] for side in one.sides] for one in found]


def test_a_table_comes_back_with_the_evidence(marked_model, table, tmp_path, capsys):
    out = tmp_path / "explained.jsonl"
    run("explain", "--file", table, "-o", out, *OCCLUSION, "--max-bad", "0.5", "--model", marked_model)
    *rows, bad = lines(out)
    assert [(row["q"], row["t"]) for row in rows] == PAIRS
    assert [[row["yiju_evidence_q"], row["yiju_evidence_t"]] for row in rows] == explained(marked_model)
    wanted = Explainer.from_pretrained(marked_model).predict(PAIRS)
    assert [row["yiju_label"] for row in rows] == [one.label for one in wanted]
    assert (bad["id"], bad["yiju_label"], bad["yiju_reason"]) == ("x", None, "empty sentence")
    said = capsys.readouterr().err
    assert f"{len(PAIRS)} of {len(PAIRS) + 1} rows explained" in said
    assert "accuracy by column label: " in said


@pytest.mark.parametrize("out", ["csv", "tsv", "parquet"])
def test_other_formats_hold_the_same(marked_model, table, tmp_path, out):
    path = tmp_path / f"explained.{out}"
    run("explain", "--file", table, "-o", path, *OCCLUSION, "--max-bad", "0.5", "--model", marked_model)
    read = pl.read_parquet(path) if out == "parquet" else pl.read_csv(path, separator={"csv": ",", "tsv": "\t"}[out])
    pieces = [row[0] for row in explained(marked_model)]
    # An empty cell of text is read as nothing.
    wanted = pieces if out == "parquet" else [" … ".join(one) or None for one in pieces]
    assert read["yiju_evidence_q"].to_list()[:-1] == wanted


def test_a_workbook_shows_the_evidence_in_bold_and_changes_no_cell(marked_model, table, tmp_path):
    path = tmp_path / "explained.xlsx"
    run("explain", "--file", table, "-o", path, *OCCLUSION, "--max-bad", "0.5", "--model", marked_model)
    names, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert [tuple(row[1:3]) for row in rows[:-1]] == PAIRS
    column = names.index("yiju_evidence_t")
    assert [row[column] for row in rows[:-1]] == [" … ".join(one[1]) for one in explained(marked_model)]
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<b/>" in sheet or 's="1"' in sheet


def test_a_page_shows_all_rows_and_nothing_of_others_steers_it(marked_model, tmp_path):
    path, out = tmp_path / "a<b>.tsv", tmp_path / "explained.html"
    path.write_text("<script>怎么</script>\t如何&\n怎么\t\n", encoding="utf-8")
    run("explain", "--file", path, "-o", out, *OCCLUSION, "--max-bad", "1", "--model", marked_model)
    page = out.read_text(encoding="utf-8")
    assert "<script" not in page and "<b>.tsv" not in page
    assert page.count("<article") == 2
    assert '<article id="line-1">' in page and "No pair: empty sentence" in page
    assert page.rstrip().endswith("</html>")


def test_options_of_one_pair_go_on_to_work(marked_model, table, tmp_path):
    out = tmp_path / "explained.jsonl"
    common = ("--file", table, "-o", out, "--max-bad", "0.5", "--model", marked_model)
    run("explain", *common, "--method", "lime", "--set", "samples=8", "--units", "words", "--target", "0")
    assert len(lines(out)) == len(PAIRS) + 1
    run("explain", *common, "--method", "nothing", status=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected two sentences, or --file and -o; got 0 sentences"),
        (("a",), "got 1 sentence"),
        (("a", "b", "c"), "got 3 sentences"),
        (("a", "b", "-o", "x.html"), "-o goes with --file"),
        (("a", "b", "--sheet", "x"), "--sheet goes with --file"),
        (("a", "b", "--format", "csv"), "--format goes with --file"),
        (("--file", "x.csv"), "--file goes with -o"),
        (("a", "b", "--file", "x.csv", "-o", "y.csv"), "--file goes with no sentences"),
        (("--file", "x.csv", "-o", "y.csv", "--json"), "--file goes with neither --json nor --html"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(arguments, said, capsys):
    run("explain", *arguments, "--model", "nowhere", status=2)
    assert said in capsys.readouterr().err


def test_a_command_that_fails_leaves_nothing(marked_model, table, tmp_path, caplog):
    for end in ("html", "xlsx", "csv", "parquet"):
        run("explain", "--file", table, "-o", tmp_path / f"out.{end}", *OCCLUSION, "--model", marked_model, status=1)
        assert "more than --max-bad" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["pairs.csv"]
