"""Pairs drawn from a set: those that explanation methods are compared on, or those of a split that are explained."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.data.sets import to_items, with_segments
from yiju.evaluation.metrics.consistency import Pair, disturbed_pairs, proxy_pairs

log = logging.getLogger(__name__)


def draw_study(items: str, scores: str, settings: dict, out: str, judged: str) -> None:
    """Write distinct pairs of an ITEMS table in its order, with segments and relations, and their SCORES.

    Originals and their disturbed forms are drawn together, and before others, so that consistency can be measured.
    settings: pairs, at most; seed; last_original: in a set without relations, the last id that is an original
    (`proxy_pairs`), or None.
    """
    table = with_segments(tables.read(items, tables.ITEMS))
    distinct = table.unique(["q", "t"], keep="first", maintain_order=True)
    related = _related(distinct, settings["last_original"])
    rows = draw_families(_families(distinct, related), len(distinct), settings["pairs"], settings["seed"])
    drawn = distinct[rows]
    tables.write(_relate(drawn, related), out, tables.ITEMS)
    known = tables.read(scores, tables.SCORES)
    tables.write(drawn.select("item").join(known, on="item", maintain_order="left"), judged, tables.SCORES)
    log.info("%d of %d distinct pairs drawn", len(drawn), len(distinct))


def draw_families(families: Sequence[Sequence[int]], count: int, limit: int, seed: int) -> list[int]:
    """At most `limit` of `count` rows, ascending: whole families at random as far as they fit, then single rows."""
    generator = np.random.default_rng(seed)
    taken: set[int] = set()
    for number in generator.permutation(len(families)).tolist():
        if len(taken.union(families[number])) <= limit:
            taken.update(families[number])
    others = [row for row in generator.permutation(count).tolist() if row not in taken]
    return sorted([*taken, *others[: limit - len(taken)]])


def _related(table: pl.DataFrame, last_original: int | None) -> list[Pair]:
    """(original, disturbed) ids of the table's items, as given or, with `last_original`, as guessed."""
    known = to_items(table)
    pairs = disturbed_pairs(known) or (proxy_pairs(known, last_original) if last_original is not None else [])
    names = set(table["item"])
    return [pair for pair in pairs if names.issuperset(pair)]


def _families(table: pl.DataFrame, related: Sequence[Pair]) -> list[list[int]]:
    """Rows of every original and its disturbed forms."""
    rows = {item: row for row, item in enumerate(table["item"])}
    families: dict[str, list[int]] = {}
    for original, disturbed in related:
        families.setdefault(original, [rows[original]]).append(rows[disturbed])
    return list(families.values())


def _relate(drawn: pl.DataFrame, related: Sequence[Pair]) -> pl.DataFrame:
    """The drawn items with the relations among them, and no others."""
    names = set(drawn["item"])
    found: dict[str, list[str]] = {}
    for original, disturbed in related:
        if names.issuperset((original, disturbed)):
            found.setdefault(original, []).append(disturbed)
    forms = {other for others in found.values() for other in others}
    kinds = ["ori" if item in found else "disturb" if item in forms else None for item in drawn["item"]]
    others = [found.get(item, []) for item in drawn["item"]]
    return drawn.with_columns(
        pl.Series("kind", kinds, pl.String), pl.Series("related", others, pl.Schema(tables.ITEMS)["related"])
    )
