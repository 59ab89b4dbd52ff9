"""What files of pairs are like before anything is learnt from them, without a run and without a model."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from yiju.base import tables
from yiju.data.audit.label_conflicts import contradicted, equal_sentences, repeats_and_conflicts
from yiju.data.audit.odd_characters import odd_characters
from yiju.data.audit.pair_table import PairFile, pair_tables
from yiju.data.audit.shared_pairs import labels_of, shared_pairs
from yiju.data.audit.shortcuts import within_splits

# Rows that are no pairs are listed one by one up to so many.
LISTED = 20


def audit_files(files: Sequence[PairFile], similarity: float, sample: int, seed: int) -> dict[str, Any]:
    """What is found in files of pairs and between them, as JSON holds it.

    similarity: of near pairs, above 0 to 1; sample: at most so many labelled pairs of a file are looked at for
    shortcuts, drawn by the seed. files: what was found in each; between: in each two of them, the one
    with more pairs first, for it is rather the one that is learnt.
    """
    pairs = pair_tables(files)
    shortcuts = _shortcuts(files, pairs, sample, seed)
    found = [_of_file(one, own, shortcuts.get(one.name)) for one, own in zip(files, pairs, strict=True)]
    between = [
        {"first": files[a].name, "second": files[b].name, **shared_pairs(pairs[a], pairs[b], similarity)}
        for a, b in combinations(sorted(range(len(files)), key=lambda place: -len(pairs[place])), 2)
    ]
    return {"similarity": similarity, "files": found, "between": between}


def _of_file(file: PairFile, pairs: pl.DataFrame, shortcuts: dict | None) -> dict[str, Any]:
    duplicates, conflicts, conflicting = repeats_and_conflicts(pairs)
    return {
        "file": file.name,
        "read_as": list(file.read_as),
        "labelled": file.labelled,
        "rows": len(file.rows),
        "pairs": len(pairs),
        "no_pairs": _no_pairs(file.rows),
        "labels": labels_of(pairs) if file.labelled else None,
        "characters": _lengths(pairs),
        "duplicates": duplicates,
        "conflicts": conflicts,
        "equal_sentences": equal_sentences(pairs),
        "contradictions": contradicted(pairs, conflicting),
        "odd_characters": odd_characters(pairs),
        "shortcuts": shortcuts,
    }


def _no_pairs(rows: pl.DataFrame) -> dict[str, Any]:
    """Rows that are no pairs: rows, reasons (each with its count, the most frequent first) and the first lines."""
    bad = rows.filter(pl.col("reason").is_not_null())
    counted = bad.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    listed = bad.head(LISTED).select("line", "reason").to_dicts()
    return {"rows": len(bad), "reasons": dict(counted.iter_rows()), "lines": listed}


def _lengths(pairs: pl.DataFrame) -> dict[str, Any]:
    """Characters of a sentence: the median, the most, and the line of the longest."""
    if pairs.is_empty():
        return {"median": None, "most": None, "line": None}
    q, t = (pairs[side].str.len_chars() for side in "qt")
    longest = pl.DataFrame({"q": q, "t": t}).max_horizontal()
    place = longest.arg_max() or 0
    return {"median": pl.concat([q, t]).median(), "most": longest[place], "line": pairs["line"][place]}


def _shortcuts(files: Sequence[PairFile], pairs: Sequence[pl.DataFrame], sample: int, seed: int) -> dict[str, dict]:
    """By name of the labelled files: what `within_splits` says of them."""
    labelled = [(one, own) for one, own in zip(files, pairs, strict=True) if one.labelled]
    if not labelled:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / "merged.parquet"
        tables.write_stream((_merged(one, own) for one, own in labelled), merged, tables.MERGED)
        return {one["corpus"]: one for one in within_splits(merged, sample, seed)}


def _merged(file: PairFile, pairs: pl.DataFrame) -> pl.DataFrame:
    named = pairs.with_row_index("pair").with_columns(corpus=pl.lit(file.name), split=pl.lit("train"), file=pl.lit(""))
    return named.select(tables.MERGED.names).cast(pl.Schema(tables.MERGED))
