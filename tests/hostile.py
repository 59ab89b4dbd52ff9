"""What strangers type: paths that are none, numbers that are none, texts that no encoding knows."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import xlsxwriter
from toys import SENTENCES

PAIRS = "".join(f"{q}\t{t}\n" for q, t in pairwise(SENTENCES))
# Values for any argument of a command. Names of files are those that `files` makes.
WORDS = [
    *("", " ", "-1", "0", "1", "2", "3.5", "nan", "inf", "-inf", "1e309", "9" * 25, "٣", "²", "0x10", "true", "null"),
    *("q", "t", "label", "occlusion", "lime", "auto", "steps=3", "steps=-1", "steps=x", "=", "samples=1", "noise=NaN"),
    *("怎么", "\udcff", "\x1b[2J", "a" * 5000, "/", ".", "..", "~", "-", "--", "-x", "*", "owner/name", "%s {0}"),
]


def _workbook() -> bytes:
    """A small workbook with a pair in it."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["q", "t", "label"])
        sheet.write_row(1, 0, ["怎么开", "如何开", 1])
    return content.getvalue()


def files(folder: Path) -> list[str]:
    """Make files of many kinds in a folder; returns their paths, and some that lead nowhere."""
    made = {
        "pairs.tsv": PAIRS.encode(),
        "one.tsv": b"x\ty\n",
        "named.csv": "q,t,label\n怎么开,如何开,1\n".encode(),
        "twice.csv": "q,q,t\n怎么开,a,如何开\n".encode(),
        "open.csv": 'q,t\n"怎么开,如何开\n'.encode(),
        "rows.jsonl": json.dumps({"q": "怎么开", "t": "如何开"}).encode(),
        "numbers.jsonl": b'{"q": 10086, "t": null}\n{"q": NaN, "t": []}\n[]\n3\n',
        "list.json": b"[1, 2, 3]",
        "broken.json": b'{"q": ',
        "broken.parquet": b"PAR1 nothing of the kind PAR1",
        "empty.tsv": b"",
        "blank.tsv": b" \n\t\n\r\r\n",
        "binary.tsv": bytes(range(256)),
        "wide.tsv": "怎么开\t如何开\n".encode("utf-16"),
        "gbk.tsv": "怎么开\t如何开\n".encode("gb18030"),
        "zeros.csv": bytes(300),
        "book.xlsx": _workbook(),
        "cut.xlsx": _workbook()[:900],
        "text.xlsx": b"q,t\n",
        "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99,
        "cut.tsv.gz": b"\x1f\x8b\x08\x00",
        "config.yaml": b"run: [\n",
        "twice.yaml": b"run: a\nrun: b\n",
        "list.yaml": b"- a\n",
        "day.yaml": b"x: 2024-13-45\n",
        "deep.yaml": b"[" * 500,
        "tag.yaml": b"x: !!python/name:os.system y\n",
        "gbk.yaml": "运行: 一\n".encode("gb18030"),
        "config.resolved.yaml": b"- a list\n",
        "items.jsonl": json.dumps({"id": 1, "query": "怎么", "title": "如何"}).encode(),
        "submission.txt": b"1\t1\t0\t0\n",
        "wrong.txt": b"1\tx\t0,99999\t-3\n",
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    for name in ("folder", "folder.csv", "folder.parquet"):
        (folder / name).mkdir()
    (folder / "folder" / "config.json").write_bytes(b"{")
    nowhere = ("nothing.tsv", "new/out.csv", "pairs.tsv/out.csv", "out.xlsx", "out.jsonl", "out.parquet", "\udcff.tsv")
    return [str(folder / name) for name in (*made, "folder", "folder.csv", "folder.parquet", *nowhere)]
