"""The harmonised rationale: what the benchmark rewards. No explanation of the model."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import polars as pl

from yiju import tables
from yiju.rationale.fusion import Choice, Order, copy_from_originals, is_original, match_originals, prefer_shared
from yiju.rationale.items import Item
from yiju.rationale.lines import read_rationales, to_choice, write_rationales
from yiju.rationale.sets import to_items

log = logging.getLogger(__name__)


def fuse_rationales(items: str, selected: str, pairs: str, originals: str | None, order: Order, out: str) -> None:
    """Write the harmonised rationales: f2 within each pair, then f3 across pairs. No explanation of the model.

    pairs: the MERGED table; originals: the corpus whose test split tells originals from disturbed forms, None: no f3.
    """
    known = to_items(tables.read(items, tables.ITEMS))
    faithful = {line["item"]: line for line in read_rationales(selected)}
    choices = {
        item.item: prefer_shared(
            item,
            to_choice(line),
            line["q_scores"],
            line["t_scores"],
            order,
        )
        for item in known
        for line in [faithful[item.item]]
    }
    matches = match_originals(known, _originals(known, pairs, originals)) if originals else {}
    fused = copy_from_originals(known, choices, {item: match for item, (match, _) in matches.items()})
    log.info("%d of %d items take label and words of an original", len(matches), len(known))
    write_rationales(out, [_line(item, fused[item.item], matches.get(item.item)) for item in known])


def _originals(items: Sequence[Item], pairs: str, corpus: str) -> set[str]:
    chosen = (pl.col("corpus") == corpus) & (pl.col("split") == "test")
    test = tables.scan(pairs, tables.MERGED).filter(chosen).select("q", "t").collect(engine="streaming")
    firsts, seconds = set(test["q"]), set(test["t"])
    return {item.item for item in items if is_original(item, firsts, seconds)}


def _line(item: Item, choice: Choice, match: tuple[str, float] | None) -> dict:
    original = {"original": match[0], "bleu": round(match[1], 6)} if match else {"original": None, "bleu": None}
    return {"item": item.item, "label": choice.label, "q": list(choice.q), "t": list(choice.t), **original}
