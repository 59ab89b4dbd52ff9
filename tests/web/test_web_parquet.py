"""Parquet tables through a real server: judged as other tables are, and refused where they unfold to much."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from web.test_web_files import ADDED, PAIRS, Q, T, read, rows_of

# What is more than a page's file may unfold to.
MUCH = 64 << 20


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **({"compression": "zstd"} | options))
    return out.getvalue()


def own(**more: Any) -> dict[str, Any]:
    q, t = (list(side) for side in zip(*PAIRS, strict=True))
    return {"编号": range(len(q)), "q": q, "t": t, "label": [n % 2 for n in range(len(q))]} | more


def test_a_table_is_judged_in_order_with_its_right_answers(server, explainer):
    wanted = explainer.predict(PAIRS)
    for options in ({}, {"compression": "snappy", "row_group_size": 3}, {"compression": "none", "version": "1.0"}):
        told = server.post("/api/file?format=parquet&result=pairs", parquet(own(), **options))
        assert told.status == 200, told.body
        found = [(row["line"], row["q"], row["t"], row["label"], row["gold"], row["error"]) for row in rows_of(told)]
        assert found == [(n + 1, one.q, one.t, one.label, n % 2, None) for n, one in enumerate(wanted)]


def test_columns_are_shown_and_guessed(server):
    found = server.post("/api/columns?format=parquet", parquet(own())).json
    assert [one["name"] for one in found["columns"]] == ["编号", "q", "t", "label"]
    assert found["columns"][0]["values"] == ["0", "1", "2"]
    assert (found["q"], found["t"], found["label"], found["header"]) == (2, 3, 4, True)


@pytest.mark.parametrize("result", ["csv", "jsonl", "xlsx"])
def test_the_result_has_columns_of_every_type(server, result):
    count = len(PAIRS)
    more = {
        "day": [date(2024, 2, 29)] * count,
        "price": [Decimal("1.50")] * count,
        "tags": [["甲", None]] * count,
        "share": [float("nan"), *[0.5] * (count - 1)],
        "kind": pa.array(["a"] * count).dictionary_encode(),
    }
    told = server.post(f"/api/file?format=parquet&result={result}", parquet(own(**more)))
    assert told.status == 200, told.body
    found = read(told.body, result)
    assert list(found[0]) == [*own(**more), *(f"yiju_{name}" for name in ADDED)]
    assert (str(found[1]["day"]), float(found[1]["price"]), found[1]["kind"]) == ("2024-02-29", 1.5, "a")
    assert found[0]["share"] in (None, "") and float(found[1]["share"]) == 0.5
    assert found[1]["tags"] == (["甲", None] if result == "jsonl" else '["甲", null]')


def test_bad_rows_are_named_and_the_others_judged(server):
    told = server.post("/api/file?format=parquet&result=pairs", parquet({"q": [Q, None, "长" * 1001, T], "t": [T] * 4}))
    assert [bool(row["error"]) for row in rows_of(told)] == [False, True, True, False]


def test_too_many_rows_are_shown_but_not_judged(server):
    body = parquet({"q": [Q] * 1001, "t": [T] * 1001})
    assert server.post("/api/columns?format=parquet", body).json["q"] == 1
    told = server.post("/api/file?format=parquet", body)
    assert (told.status, told.code) == (422, "too_many_rows")
    assert server.post("/api/file?format=parquet", parquet({"q": [Q] * 1000, "t": [T] * 1000})).status == 200


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"q": ["长" * MUCH], "t": [T]}, "it holds more than 16 MB"),
        ({"q": ["x" * (1 << 20)] * 900, "t": [T] * 900}, "its rows hold more than 16 MB"),
        ({"q": [Q], "t": [T], "n": pa.array([[None] * MUCH], pa.list_(pa.int8()))}, "more than 1,000,000 values"),
        (
            {"q": [Q], "t": [T], **{str(n): pa.array([[7] * 100_000], pa.list_(pa.int32())) for n in range(11)}},
            "columns hold more than 1,000,000 values",
        ),
        ({"q": [Q], "t": [T], **{str(n): [0] for n in range(1000)}}, "more than 1000 columns"),
        ({"q": [Q], "t": [T], "picture": [b"\xff\xd8"]}, "holds bytes"),
    ],
    ids=["text", "dictionary", "list", "lists", "columns", "bytes"],
)
def test_what_unfolds_to_much_is_refused_and_the_server_lives(server, columns, said):
    body, before = parquet(columns), server.memory()
    assert len(body) < 1 << 20
    for path in ("columns", "file"):
        told = server.post(f"/api/{path}?format=parquet", body)
        assert (told.status, told.code) == (422, "unreadable")
        message = told.json["error"]["message"]
        assert message.startswith("the file: not a readable Parquet table (") and said in message
    assert server.memory() < before + (100 << 20)
    assert server.get("/").status == 200


def test_a_refusal_is_told_in_chinese(server):
    told = server.post("/api/columns?format=parquet&lang=zh", b"PAR1 of nothing")
    assert told.json["error"]["message"].startswith("不是能读取的 Parquet 表格（")


@pytest.mark.parametrize("kind", ["xlsx", "csv", "jsonl"])
def test_a_table_sent_as_another_format_is_named(server, kind):
    for path in ("file", "columns"):
        told = server.post(f"/api/{path}?format={kind}", parquet(own()))
        assert (told.status, told.code) == (415, "is_parquet")
        assert told.json["error"]["message"] == "this is a Parquet table; say format=parquet"
    told = server.post(f"/api/file?format={kind}&lang=zh", parquet(own()))
    assert told.json["error"]["message"] == "这是 Parquet 表格；请用 format=parquet"


def test_a_table_with_columns_and_no_rows_is_refused(server):
    body = parquet({"q": pa.array([], pa.string()), "t": pa.array([], pa.string())})
    for path in ("file", "columns"):
        told = server.post(f"/api/{path}?format=parquet", body)
        assert (told.status, told.code) == (422, "no_rows")
        assert told.json["error"]["message"] == "the file holds no rows"


def test_damaged_tables_are_refused_or_read_and_the_server_lives(server):
    body = parquet(own())
    for place in range(4, len(body), 97):
        damaged = body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]
        assert server.post("/api/columns?format=parquet", damaged).status in (200, 422)
    assert server.get("/").status == 200
