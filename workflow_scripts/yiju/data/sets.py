"""Sets of pairs that are judged and explained, in one shape: the competition's test sets and splits of our own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.items import Gold, Item, read_gold, read_items
from yiju.data.units import visible_characters

log = logging.getLogger(__name__)


def prepare_test_set(items: str, gold: str | None, out: str) -> None:
    """Read a test set in the competition's format, with gold labels and rationales where there are any."""
    read = read_items(Path(items))
    known = read_gold(Path(gold), read) if gold else {}
    tables.write(_table(read, known), out, tables.ITEMS)
    log.info("%s: %d items, %d with gold", Path(items).name, len(read), len(known))


def prepare_split(pairs: str, corpora: Sequence[str], split: str, out: str) -> None:
    """Take the pairs of a split of the fine-tuning corpora from the MERGED table; a pair's number is its name.

    split: dev, of which only labelled pairs are of use, or test, which is judged without labels too, as test splits are
    often published. Raises YijuError where there are none.
    """
    chosen = pl.col("corpus").is_in(list(corpora)) & (pl.col("split") == split)
    rows = tables.read(pairs, tables.MERGED, where=chosen)
    known = rows.filter(pl.col("label").is_not_null())
    for corpus in corpora:
        counts = [(table["corpus"] == corpus).sum() for table in (known, rows)]
        log.info("%s: %d labelled ones of %d %s pairs", corpus, *counts, split)
    rows = _of_use(rows, known, split, ", ".join(corpora))
    held = {"item": pl.col("pair").cast(pl.String), **{name: pl.col(name) for name in ("q", "t", "label")}}
    columns = [held.get(name, pl.lit(None, dtype)).alias(name) for name, dtype in pl.Schema(tables.ITEMS).items()]
    tables.write(rows.select(columns), out, tables.ITEMS)


def _of_use(rows: pl.DataFrame, known: pl.DataFrame, split: str, corpora: str) -> pl.DataFrame:
    """The pairs of a split that are judged. rows: all of them; known: those with a label."""
    if split == "dev" and known.is_empty():
        raise YijuError(
            f"finetune.corpora: none of the {len(rows)} dev pairs of {corpora} has a label, and dev chooses weights "
            "and threshold; check the labels that the reader is told, or take the dev file out of corpora.catalogue, "
            "so that part of train is set aside (corpora.dev_share)"
        )
    if split == "dev":
        if known["label"].n_unique() == 1:
            log.warning(
                "all %d labelled dev pairs have one label: they cannot distinguish good weights from bad", len(known)
            )
        return known
    if rows.is_empty():
        raise YijuError(f"evaluate.splits: {corpora} (finetune.corpora) have no {split} pairs; take {split} out of it")
    if len(known) < len(rows):
        missing = len(rows) - len(known)
        log.warning("%d of %d %s pairs have no label: they are judged, but not measured", missing, len(rows), split)
    return rows


def with_segments(table: pl.DataFrame) -> pl.DataFrame:
    """An ITEMS table in which every sentence is cut: the segments given, or visible characters where none are."""
    cut = {side: pl.col(side).map_elements(visible_characters, return_dtype=pl.List(pl.String)) for side in "qt"}
    return table.with_columns(
        pl.coalesce(f"{side}_segments", own).alias(f"{side}_segments") for side, own in cut.items()
    )


def to_items(table: pl.DataFrame) -> list[Item]:
    """The rows of an ITEMS table as items; the table must hold segments."""
    return [
        Item(
            row["item"],
            row["q"],
            row["t"],
            tuple(row["q_segments"]),
            tuple(row["t_segments"]),
            row["kind"],
            tuple(row["related"] or ()),
        )
        for row in table.iter_rows(named=True)
    ]


def to_gold(table: pl.DataFrame) -> dict[str, Gold]:
    """Gold labels and rationales of an ITEMS table, by item."""
    rows = table.filter(pl.col("q_gold").is_not_null() & pl.col("t_gold").is_not_null())
    return {
        row["item"]: Gold(
            row["item"], row["label"], *(tuple(map(frozenset, row[side])) for side in ("q_gold", "t_gold"))
        )
        for row in rows.iter_rows(named=True)
    }


def _table(items: Sequence[Item], gold: dict[str, Gold]) -> pl.DataFrame:
    known = [gold.get(item.item) for item in items]
    columns = {
        "item": [item.item for item in items],
        "q": [item.q for item in items],
        "t": [item.t for item in items],
        "label": [one.label if one else None for one in known],
        "q_segments": [list(item.q_segments) for item in items],
        "t_segments": [list(item.t_segments) for item in items],
        "kind": [item.kind for item in items],
        "related": [list(item.related) for item in items],
        "q_gold": [[sorted(indices) for indices in one.q] if one else None for one in known],
        "t_gold": [[sorted(indices) for indices in one.t] if one else None for one in known],
    }
    return pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS))
