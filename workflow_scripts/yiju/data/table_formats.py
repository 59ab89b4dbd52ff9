"""Formats of tables that people give and take, by name: known without polars, for the help of the command line."""

from __future__ import annotations

# By the end of a file's name, before that of a compression: its format.
FORMATS = {".tsv": "tsv", ".txt": "tsv", ".csv": "csv", ".jsonl": "jsonl", ".json": "jsonl", ".parquet": "parquet"}
# Ends of names of tables that are written.
WRITTEN = (".jsonl", ".csv", ".tsv", ".parquet")
# Files of highlights that people made.
HIGHLIGHTS = ("label-studio", "doccano", "table")
# The column of the scores in a table of them.
SCORE = "score"
