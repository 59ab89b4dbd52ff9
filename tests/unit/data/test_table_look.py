"""A look at a table: encodings, workbooks, columns and labels are recognised where they are certain, and said."""

import datetime
import zipfile

import polars as pl
import pytest
import xlsxwriter

from yiju.base.errors import YijuError
from yiju.config.readers import complete_options, load_reader
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import ReadOptions
from yiju.data.score_files import read_scores
from yiju.data.table_description import NOTHING_SAID, Wanted
from yiju.data.table_look import count, labels_of, look, read_parts, read_rows

PLACES = ["北京", "上海", "广州", "深圳", "杭州", "成都", "武汉", "西安", "南京", "重庆"]
PAIRS = [(f"{place}的天气怎么样", f"{place}今天天气如何") for place in PLACES]
ROWS = [(str(number), q, t, str(number % 2)) for number, (q, t) in enumerate(PAIRS)]
BY_CONTENT = Wanted(label_by_content=True)


def text(rows, separator=",", end="\r\n"):
    return "".join(separator.join(row) + end for row in rows)


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(path, rows, **sheets):
    """A workbook whose first sheet holds rows; sheets: name of a further one to "hidden" or "shown"."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        for name, state in sheets.items():
            other = book.add_worksheet(name)
            other.write(0, 0, "other")
            if state == "hidden":
                other.hide()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(place, column, cell, day)
                elif cell == "#N/A":
                    sheet.write_formula(place, column, "=NA()", None, cell)
                elif cell is not None:
                    sheet.write(place, column, cell)
    return path


def pairs(path, wanted=NOTHING_SAID):
    return pl.concat(read_rows(look(path, wanted))).filter(pl.col("reason").is_null()).select("q", "t").rows()


def told(path, wanted=NOTHING_SAID):
    with pytest.raises(YijuError) as caught:
        list(read_rows(look(path, wanted)))
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_write_is_read_in_its_encoding(tmp_path, encoding, end):
    path = written(tmp_path / "pairs.txt", text([("q", "t"), *PAIRS], "\t", end).encode(encoding))
    found = look(path)
    assert pairs(path) == PAIRS
    said = {"utf-16": "UTF-16", "gb18030": "GB18030"}.get(encoding)
    assert found.said == ((f"{path} is read as {said}",) if said else ())
    assert found.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_an_encoding_that_is_said_is_taken(tmp_path, encoding):
    path = written(tmp_path / "pairs.csv", text([("q", "t"), *PAIRS]).encode(encoding))
    assert pairs(path, Wanted(encoding=encoding)) == PAIRS
    if encoding != "utf-8":
        assert "byte 0x" in told(path, Wanted(encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            text(PAIRS * 20, "\t").encode() + b"\xff\tb\n" + text(PAIRS, "\t").encode(),
            "is not UTF-8, which the rest of",
        ),
        (text(PAIRS * 20, "\t").encode("gb18030") + b"\xff\xff\tb\n", "is not GB18030, which the file seems to be in"),
        (text(PAIRS * 20, "\t").encode("utf-16") + b"\x00\xd8\t\0b\0\n\0", "is not UTF-16"),
    ],
    ids=["utf-8", "gb18030", "utf-16"],
)
def test_a_wrong_byte_far_into_a_file_names_its_line(tmp_path, content, said):
    path = written(tmp_path / "pairs.tsv", content)
    assert f"{path} line 201: byte 0x" in told(path)
    assert said in told(path)


@pytest.mark.parametrize(
    "content",
    [
        "café\tcafés\n".encode("latin-1") * 9,
        "こんにちは\t元気ですか\n".encode("shift_jis") * 9,
        "안녕하세요 대한민국의\t수도는 서울입니다\n".encode("euc_kr") * 9,
        bytes(range(128, 256)) * 9,
    ],
    ids=["latin-1", "shift_jis", "euc_kr", "bytes"],
)
def test_other_encodings_are_not_taken_for_chinese(tmp_path, content):
    assert "is not UTF-8" in told(written(tmp_path / "pairs.tsv", content))


def test_semicolons_and_a_line_that_names_the_separator_are_understood(tmp_path):
    rows = [("q", "t", "score"), *((q, t, "0,5") for q, t in PAIRS)]
    path = written(tmp_path / "pairs.csv", "\ufeff" + text(rows, ";"))
    assert pairs(path) == PAIRS
    assert look(path).said == (f"{path}: the fields are separated by semicolons",)
    for sign in (";", ",", "|"):
        path = written(tmp_path / "pairs.csv", f"sep={sign}\r\n" + text([("q", "t"), *PAIRS], sign))
        assert pairs(path) == PAIRS


def test_a_workbook_is_read_as_it_is_seen(tmp_path):
    rows = [
        ("q", "t", "when", "number", "sure"),
        ("怎么还款", "如何还款", datetime.date(2024, 5, 1), 17, True),
        (10086, 0.5, None, 13800138000, False),
        ("#N/A", "如何", None, None, None),
        ("怎么", None, None, None, None),
    ]
    path = workbook(tmp_path / "pairs.xlsx", rows)
    read = pl.concat(read_rows(look(path)))
    assert read["line"].to_list() == [2, 3, 4, 5]
    assert read.select("q", "t").rows()[:2] == [("怎么还款", "如何还款"), ("10086", "0.5")]
    assert read["reason"].to_list() == [None, None, "column A holds the error #N/A", "empty sentence"]
    own = pl.concat([part.own for part in read_parts(look(path))])
    assert own.row(0) == ('"怎么还款"', '"如何还款"', '"2024-05-01"', "17", "true")
    assert own.row(1)[3] == "13800138000"


def test_titles_merged_cells_and_hidden_sheets_of_a_workbook(tmp_path):
    path = tmp_path / "pairs.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("notes").hide()
        sheet = book.add_worksheet("句对")
        book.add_worksheet("more")
        book.worksheets()[1].activate()
        book.worksheets()[1].set_first_sheet()
        sheet.merge_range(1, 0, 1, 1, "2024 年的句对")
        sheet.write_row(3, 0, ["标准问", "相似问"])
        sheet.merge_range(4, 0, 5, 0, "怎么还款")
        sheet.write(4, 1, "如何还款")
        sheet.write(5, 1, "还款怎么办")
    assert pairs(path) == [("怎么还款", "如何还款"), ("怎么还款", "还款怎么办")]
    said = " ".join(look(path).said)
    assert "sheet 句对 is read, of 句对, more" in said
    assert "row 2 (2024 年的句对) stands above the table" in said
    assert "1 cell merged with one above" in said
    assert "no sheet 'x'; the workbook has 句对, more" in told(path, Wanted(sheet="x"))


def test_a_workbook_of_scores_is_read_too(tmp_path):
    path = workbook(tmp_path / "scores.xlsx", [("score", "label"), (0.5, 1), (-2, "no"), ("x", 1)])
    found = read_scores(path)
    assert (found.scores, found.labels) == ([0.5, -2.0], [1, 0])
    assert found.bad == [f"{path} row 4: score is 'x'; expected a finite number"]
    with pytest.raises(YijuError, match="row 1: the first row has to name the columns other and label"):
        read_scores(path, "other")


@pytest.mark.parametrize("name", ["pairs.xlsx", "pairs.xls", "pairs.ods"])
@pytest.mark.parametrize(
    "content",
    [b"q\tt\n", b"<html><table></table></html>", b"", b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99],
)
def test_what_is_no_workbook_is_refused(tmp_path, name, content):
    told(written(tmp_path / name, content))


def test_workbooks_that_would_fill_the_memory_are_refused(tmp_path):
    path = workbook(tmp_path / "far.xlsx", [])
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(1_048_575, 900, "far")
        book.worksheets()[0].write(0, 0, "q")
    assert "too large" in told(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(300 << 20))
    assert "like a decompression bomb" in told(path)


def test_a_damaged_part_of_a_workbook_is_noticed(tmp_path):
    path = workbook(tmp_path / "pairs.xlsx", [("q", "t"), *PAIRS])
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/sharedStrings.xml")
    data = bytearray(path.read_bytes())
    data[part.header_offset + 80] ^= 1
    assert "not a readable workbook" in told(written(path, bytes(data)))


def test_columns_are_found_by_what_they_hold_where_only_two_can_be_the_sentences(tmp_path):
    path = written(tmp_path / "pairs.csv", text([("编码", "甲方", "乙方", "结果"), *ROWS]))
    found = look(path, BY_CONTENT)
    assert found.columns() == {"q": "甲方", "t": "乙方", "label": "结果"}
    assert "columns q=甲方, t=乙方 found by what they hold" in found.said[0]
    assert "column label=结果 found by what it holds" in found.said[1]
    assert pairs(path) == PAIRS
    # Without names, and without a header: the first row is a pair, for its label is one.
    path = written(tmp_path / "pairs.csv", text(ROWS))
    assert (look(path, BY_CONTENT).columns(), look(path).choice.header) == ({"q": 2, "t": 3, "label": 4}, False)
    assert pairs(path) == PAIRS
    path = written(tmp_path / "pairs.tsv", text(ROWS, "\t"))
    assert look(path, BY_CONTENT).columns() == {"q": 2, "t": 3, "label": 4}
    path = workbook(tmp_path / "pairs.xlsx", [("编码", "甲方", "乙方", "结果"), *ROWS])
    assert look(path, BY_CONTENT).columns() == {"q": "甲方", "t": "乙方", "label": "结果"}


def test_three_columns_of_sentences_leave_a_choice_that_is_asked_for(tmp_path):
    path = written(tmp_path / "pairs.csv", text([("甲", "乙", "丙"), *((q, t, f"{q}吗") for q, t in PAIRS)]))
    assert "give both with --q and --t" in told(path)
    assert "Sentences may be in 甲, 乙, 丙" in told(path)
    # Two columns whose first line may be a pair: nothing tells.
    path = written(tmp_path / "pairs.csv", text([("我的问题", "你的问题"), *PAIRS]))
    assert "give --no-header if it is a pair" in told(path)


def test_names_of_what_is_no_label_are_not_taken_for_it(tmp_path):
    rows = [("q", "t", "truncated"), *((q, t, ("true", "false")[len(q) % 2]) for q, t in PAIRS)]
    path = written(tmp_path / "pairs.csv", text(rows))
    assert look(path, BY_CONTENT).choice.label is None
    with pytest.raises(YijuError, match="no column holds the labels"):
        labels_of(look(path, BY_CONTENT), count(look(path, BY_CONTENT)))


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_the_reader_of_a_corpus_reads_the_same_by_the_options_of_a_look(tmp_path, kind):
    path, names = tmp_path / f"pairs.{kind}", ("id", "q", "t", "same")
    table = pl.DataFrame([*ROWS, ("x", "", "空", "1")], schema=names, orient="row")
    match kind:
        case "csv" | "tsv":
            written(path, text([names, *table.rows()], {"csv": ";", "tsv": "\t"}[kind]).encode("gb18030"))
        case "jsonl":
            table.write_ndjson(path)
        case "parquet":
            table.write_parquet(path)
        case "xlsx":
            workbook(path, [names, *table.rows()])
    found = look(path, Wanted(label="same"))
    counts = count(found)
    assert (counts.pairs, counts.bad, counts.labels) == (10, 1, {"0": 5, "1": 5})
    own = complete_options("generic", found.options(labels_of(found, counts).meanings))
    read = pl.concat(load_reader("generic")(RawFile(path), ReadOptions(own=own)))
    good = read.filter(pl.col("reason").is_null())
    assert good.select("q", "t", "label").rows() == [(q, t, number % 2) for number, (q, t) in enumerate(PAIRS)]


CELL = '<table:table-cell office:value-type="{}" {}><text:p>{}</text:p></table:table-cell>'
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="one">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def opendocument(path, rows):
    """A sheet of OpenDocument, cells as texts or numbers."""
    cells = [
        [
            CELL.format("float", f'office:value="{cell}"', cell)
            if isinstance(cell, int)
            else CELL.format("string", "", cell)
            for cell in row
        ]
        for row in rows
    ]
    inner = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", ODS.format(inner))
    return path


def test_opendocument_is_read(tmp_path):
    path = opendocument(tmp_path / "pairs.ods", [("q", "t", "n"), ("怎么", "如何", 17), ("#N/A", "如何", 1)])
    read = pl.concat(read_rows(look(path)))
    assert read.select("q", "t").row(0) == ("怎么", "如何")
    assert read["reason"].to_list() == [None, "column A holds the error #N/A"]
    assert pl.concat([part.own for part in read_parts(look(path))]).row(0)[2] == "17"
