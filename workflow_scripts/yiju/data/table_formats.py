"""Formats of tables that people give and take, by name: known without polars, for the help of the command line."""

from __future__ import annotations

# By the end of a file's name, before that of a compression: its format.
FORMATS = {
    ".tsv": "tsv",
    ".txt": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), "xlsx"),
}
# Ends of names of tables that are written, and of users' tables with results beside their own columns.
WRITTEN = (".jsonl", ".csv", ".tsv", ".parquet")
RESULTS = (*WRITTEN, ".xlsx")
# Of these, those whose cells can be lists.
LISTED = (".jsonl", ".parquet")
# Encodings of text that can be said, and how Python calls them; "auto" is found out.
CODECS = {
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "big5": "cp950",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}
ENCODINGS = ("auto", *CODECS)
# Files of highlights that people made.
HIGHLIGHTS = ("label-studio", "doccano", "table")
# The column of the scores in a table of them.
SCORE = "score"
