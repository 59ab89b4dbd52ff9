"""Tables of pairs through a real server: columns are found or chosen, and every row gets an answer."""

import csv
import io
import json
import re

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from toys import SENTENCES

from yiju.app.web.limits import CHARACTERS
from yiju.data.table_formats import FORMATS

Q, T = SENTENCES[:2]
PAIRS = list(zip(SENTENCES, SENTENCES[::-1], strict=True))
TSV = "".join(f"{q}\t{t}\n" for q, t in PAIRS)
FILES = {
    "tsv": TSV,
    "csv": "t,q\n" + "".join(f'"{t}",{q}\n' for q, t in PAIRS),
    "jsonl": "".join(json.dumps({"q": q, "t": t}) + "\n" for q, t in PAIRS),
}
# A user's own table: a number, two sentences under names that say nothing, a right answer, and a column that is ours.
NAMES = ["编号", "甲", "乙", "答案", "yiju_label"]
OWN = [[n, f"{q}吗", f"{t}呢", "是" if n % 2 else "否", "=1+1"] for n, (q, t) in enumerate(PAIRS * 2)]
ADDED = ["label", "label_name", "probability", "score", "undecided", "truncated", "unknown", "reason"]


def workbook(rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def table(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def rows_of(answer):
    return [json.loads(line) for line in answer.body.decode().split("\n") if line]


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_judged_in_order(server, explainer, kind):
    assert f".{kind}" in FORMATS
    wanted = explainer.predict(PAIRS)
    told = server.post(f"/api/file?format={kind}&result=pairs", FILES[kind].encode())
    assert told.status == 200
    rows = rows_of(told)
    assert [(row["q"], row["t"], row["label"], row["error"]) for row in rows] == [
        (one.q, one.t, one.label, None) for one in wanted
    ]
    assert [row["probability"] for row in rows] == pytest.approx([one.probability for one in wanted], abs=1e-6)


def test_bad_rows_are_named_and_the_others_judged(server):
    text = f"{Q}\t{T}\n\nno TAB\n{'长' * (CHARACTERS + 1)}\t{T}\n=1+1\t{T}\n"
    rows = rows_of(server.post("/api/file?format=tsv&result=pairs", text.encode()))
    assert [row["line"] for row in rows] == [1, 3, 4, 5]
    assert [row["error"] for row in rows] == [
        None,
        "expected 2 TAB-separated fields, got 1",
        f"a sentence is longer than {CHARACTERS} characters",
        None,
    ]
    told = server.post("/api/file?format=tsv&result=csv", text.encode())
    assert told.headers["content-disposition"] == 'attachment; filename="judged.csv"'
    found = list(csv.DictReader(io.StringIO(told.body.decode("utf-8-sig"))))
    # All cells are there, and a spreadsheet must not run one.
    assert [row["q"] for row in found] == [Q, "no TAB", "长" * (CHARACTERS + 1), "'=1+1"]
    assert [bool(row["yiju_reason"]) for row in found] == [False, True, True, False]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("csv", table([NAMES, *OWN]).encode()),
        ("csv", table([NAMES, *OWN]).encode("gb18030")),
        ("csv", table([NAMES, *OWN]).encode("utf-16")),
        ("xlsx", workbook([NAMES, *OWN])),
    ],
    ids=["utf-8", "gb18030", "utf-16", "xlsx"],
)
def test_columns_are_shown_with_their_first_values_and_guessed(server, kind, body):
    found = server.post(f"/api/columns?format={kind}", body).json
    assert [one["name"] for one in found["columns"]] == NAMES
    assert found["columns"][1]["values"] == [row[1] for row in OWN[:3]]
    assert found["columns"][0]["values"] == ["0", "1", "2"]
    assert (found["q"], found["t"], found["label"], found["header"]) == (2, 3, 4, True)


def test_where_it_is_not_clear_the_columns_are_shown_and_the_reason_is_said(server):
    found = server.post("/api/columns?format=csv", f"a,b,c\n1,{Q},{T}\n".encode()).json
    assert (found["q"], found["t"], found["label"]) == (None, None, None)
    assert [one["values"][-1] for one in found["columns"]] == ["1", Q, T]
    assert "the two sentences" in found["said"][0]
    header = server.post("/api/columns?format=csv&header=true", f"a,b,c\n1,{Q},{T}\n".encode()).json
    assert [one["name"] for one in header["columns"]] == ["a", "b", "c"] and header["header"]


@pytest.mark.parametrize("result", ["csv", "jsonl", "xlsx"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_result_has_all_columns_of_the_table_and_ours_beside_them(server, explainer, kind, result):
    body = table([NAMES, *OWN]).encode() if kind == "csv" else workbook([NAMES, *OWN])
    told = server.post(f"/api/file?format={kind}&q=3&t=2&label=4&header=true&result={result}", body)
    wanted = explainer.predict([(row[2], row[1]) for row in OWN])
    found = read(told.body, result)
    assert list(found[0]) == [*NAMES, *(f"yiju__{name}" for name in ADDED)]
    guarded = "'=1+1" if result == "csv" else "=1+1"
    assert [[str(row[name]) for name in NAMES] for row in found] == [[*map(str, row[:4]), guarded] for row in OWN]
    assert [int(row["yiju__label"]) for row in found] == [one.label for one in wanted]
    assert [float(row["yiju__probability"]) for row in found] == pytest.approx(
        [one.probability for one in wanted], abs=1e-6
    )


def read(body, result):
    if result == "csv":
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    if result == "jsonl":
        return [json.loads(line) for line in body.decode().split("\n") if line]
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    return [dict(zip(head, map(whole, row), strict=True)) for row in rows]


def whole(cell):
    """A number as it was written: a workbook holds whole ones as decimal ones."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def test_right_answers_are_told_where_their_column_is_chosen(server):
    body = table([NAMES, *OWN]).encode()
    rows = rows_of(server.post("/api/file?format=csv&q=2&t=3&label=4&header=true&result=pairs", body))
    assert [row["gold"] for row in rows] == [int(row[3] == "是") for row in OWN]
    rows = rows_of(server.post("/api/file?format=csv&q=2&t=3&label=0&header=true&result=pairs", body))
    assert {row["gold"] for row in rows} == {None}
    odd = table([["q", "t", "label"], [Q, T, "maybe"], [T, Q, "often"]]).encode()
    assert [row["gold"] for row in rows_of(server.post("/api/file?format=csv&result=pairs", odd))] == [None, None]
    refused = server.post("/api/file?format=csv&q=2&t=3&label=5&header=true&result=pairs", body)
    assert (refused.status, refused.code) == (422, "labels")


def test_one_column_without_the_other_is_refused(server):
    refused = server.post("/api/file?format=tsv&q=1", TSV.encode())
    assert (refused.status, refused.code) == (422, "columns")


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain"])
def test_a_form_is_not_taken_for_the_file_in_it(server, kind):
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.tsv"\r\n\r\n'
    for path in ("file", "columns"):
        told = server.post(f"/api/{path}?format=tsv", part + TSV.encode() + b"\r\n--x--\r\n", Content_Type=kind)
        assert (told.status, told.code) == (415, "type")
        assert "send the file itself" in told.json["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/file?format=tsv", b"", 422, "no_rows"),
        ("/api/file?format=tsv", b"\x1f\x8b\x08", 415, "packed"),
        ("/api/file?format=tsv", b"PK\x03\x04", 415, "packed"),
        ("/api/file?format=xlsx", b"PK\x03\x04", 422, "unreadable"),
        ("/api/columns?format=xlsx", b"no workbook", 422, "unreadable"),
        ("/api/columns?format=csv", b"PK\x03\x04", 415, "packed"),
        ("/api/file?format=tsv", b"\xff\xfea\t\xff\n", 422, "unreadable"),
        ("/api/file?format=csv", b"a,b\n1,2\n", 422, "unreadable"),
        ("/api/file?format=feather", b"", 422, "invalid"),
        ("/api/file?format=parquet", b"", 422, "unreadable"),
        ("/api/columns?format=parquet", b"PAR1 of nothing", 422, "unreadable"),
        ("/api/columns?format=parquet", b"q,t\n1,2\n", 422, "unreadable"),
        ("/api/file?format=parquet", b"PK\x03\x04", 415, "packed"),
        ("/api/file", b"", 422, "invalid"),
        ("/api/file?format=tsv&q=0&t=1", TSV.encode(), 422, "invalid"),
        ("/api/file?format=tsv&q=1&t=9", TSV.encode(), 422, "unreadable"),
        ("/api/file?format=tsv", b"a\tb\n" * 1001, 422, "too_many_rows"),
        ("/api/file?format=tsv", b"a\tb\n" * (1 << 19), 413, "too_large"),
        ("/api/columns?format=tsv", b"a\tb\n" * (1 << 19), 413, "too_large"),
    ],
)
def test_what_is_no_small_file_of_pairs_is_refused(server, path, body, status, code):
    told = server.post(path, body)
    assert (told.status, told.code) == (status, code), told.body
    # No path of this machine goes out.
    assert b"/tmp" not in told.body
    assert b"yiju-" not in told.body


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_workbook_sent_as_another_format_is_named(server, kind):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_row(0, 0, [Q, T])
    for path in ("file", "columns"):
        told = server.post(f"/api/{path}?format={kind}", out.getvalue())
        assert (told.status, told.code) == (415, "is_workbook")
        assert told.json["error"]["message"] == "this is a workbook; say format=xlsx"
    old = server.post(f"/api/file?format={kind}&lang=zh", bytes.fromhex("d0cf11e0a1b11ae1") + b"workbook")
    assert old.json["error"]["message"] == "这是工作簿；请用 format=xls"


def test_a_workbook_that_unfolds_to_much_is_refused_and_the_server_lives(server):
    """Two cells far apart are taken for all cells between them: more than a stranger's workbook may take."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, Q)
        sheet.write(1_000_000, 900, T)
    before = server.memory()
    told = server.post("/api/columns?format=xlsx", out.getvalue())
    assert (told.status, told.code) == (422, "unreadable")
    assert server.memory() < before + (200 << 20)
    assert server.get("/").status == 200


def test_what_the_model_does_not_know_is_said_of_every_row(server):
    text = f"龘{Q}\t{T}🐶靐\n\ue000\t{T}\n{Q}\t\u0301\n{Q}\t{T}\n"
    rows = rows_of(server.post("/api/file?format=tsv&result=pairs", text.encode()))
    assert [row["unknown"] for row in rows] == [3, None, None, 0]
    assert [str(row["error"])[:2] for row in rows] == ["No", "q ", "t ", "No"]


def test_said_lines_name_no_path(server):
    said = server.post("/api/columns?format=csv", table([NAMES, *OWN]).encode("gb18030")).json["said"]
    assert any("GB18030" in line for line in said)
    assert not re.search(r"/tmp|yiju-", " ".join(said))
