"""Files of pairs through a real server: every row gets an answer, be it that it is no pair."""

import csv
import io
import json

import pytest
from toys import SENTENCES

from yiju.app.web.limits import CHARACTERS
from yiju.app.web.uploads import FIELDS
from yiju.data.pair_files import FORMATS

Q, T = SENTENCES[:2]
PAIR = {"q": Q, "t": T}
# What the API tells of an explanation beside what `Explanation.to_dict` has.
BESIDE = ("curve", "left_out", "reordered", "notes", "carried", "certainty", "lowest", "signed")


TSV = "".join(f"{q}\t{t}\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True))


FILES = {
    "tsv": TSV,
    "csv": "t,q\n" + "".join(f'"{t}",{q}\n' for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
    "jsonl": "".join(json.dumps({"q": q, "t": t}) + "\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
}


def rows_of(answer):
    return [json.loads(line) for line in answer.body.decode().split("\n") if line]


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_judged_in_order(server, explainer, kind):
    assert f".{kind}" in FORMATS
    wanted = explainer.predict(zip(SENTENCES, SENTENCES[::-1], strict=True))
    told = server.post(f"/api/file?format={kind}", FILES[kind].encode())
    assert told.status == 200
    rows = rows_of(told)
    assert [(row["q"], row["t"], row["label"], row["error"]) for row in rows] == [
        (one.q, one.t, one.label, None) for one in wanted
    ]
    assert [row["probability"] for row in rows] == pytest.approx([one.probability for one in wanted], abs=1e-6)


def test_bad_rows_are_named_and_the_others_judged(server):
    text = f"{Q}\t{T}\n\nno TAB\n{'长' * (CHARACTERS + 1)}\t{T}\n=1+1\t{T}\n"
    rows = rows_of(server.post("/api/file?format=tsv", text.encode()))
    assert [row["line"] for row in rows] == [1, 3, 4, 5]
    assert [row["error"] for row in rows] == [
        None,
        "expected 2 TAB-separated fields, got 1",
        f"a sentence is longer than {CHARACTERS} characters",
        None,
    ]
    told = server.post("/api/file?format=tsv&result=csv", text.encode())
    assert told.headers["content-disposition"] == 'attachment; filename="judged.csv"'
    table = list(csv.DictReader(io.StringIO(told.body.decode("utf-8-sig"))))
    assert list(table[0]) == list(FIELDS)
    # A spreadsheet must not run a cell.
    assert [row["q"] for row in table] == [Q, "", "", "'=1+1"]


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain"])
def test_a_form_is_not_taken_for_the_file_in_it(server, kind):
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.tsv"\r\n\r\n'
    told = server.post("/api/file?format=tsv", part + TSV.encode() + b"\r\n--x--\r\n", Content_Type=kind)
    assert (told.status, told.code) == (415, "type")
    assert "send the file itself" in told.json["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/file?format=tsv", b"", 422, "no_rows"),
        ("/api/file?format=tsv", b"\x1f\x8b\x08", 415, "packed"),
        ("/api/file?format=tsv", b"PK\x03\x04", 415, "packed"),
        ("/api/file?format=tsv", b"\xff\xfea\t\xff\n", 422, "unreadable"),
        ("/api/file?format=csv", b"a,b\n1,2\n", 422, "unreadable"),
        ("/api/file?format=parquet", b"", 422, "invalid"),
        ("/api/file", b"", 422, "invalid"),
        ("/api/file?format=tsv", b"a\tb\n" * 1001, 422, "too_many_rows"),
        ("/api/file?format=tsv", b"a\tb\n" * (1 << 19), 413, "too_large"),
    ],
)
def test_what_is_no_small_file_of_pairs_is_refused(server, path, body, status, code):
    told = server.post(path, body)
    assert (told.status, told.code) == (status, code), told.body
    # No path of this machine goes out.
    assert b"/tmp" not in told.body
    assert b"yiju-" not in told.body


def test_what_the_model_does_not_know_is_said_of_every_row(server):
    text = f"龘{Q}\t{T}🐶靐\n\ue000\t{T}\n{Q}\t\u0301\n{Q}\t{T}\n"
    rows = rows_of(server.post("/api/file?format=tsv", text.encode()))
    assert [row["unknown"] for row in rows] == [3, None, None, 0]
    assert [str(row["error"])[:2] for row in rows] == ["No", "q ", "t ", "No"]
