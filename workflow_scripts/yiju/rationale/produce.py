"""From scores per segment to rationales: selected (faithful), fused (harmonised), and the competition's file."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju import tables
from yiju.provenance import atomic, write_text
from yiju.rationale.fusion import Choice, Order, copy_from_originals, is_original, match_originals, prefer_shared
from yiju.rationale.items import Item
from yiju.rationale.selection import select
from yiju.rationale.sets import to_items
from yiju.rationale.submission import check_submission, format_submission, zip_bytes

log = logging.getLogger(__name__)
SIDES = ("q", "t")


def select_rationales(scores: str, attributions: Sequence[str], ratio: float, out: str) -> None:
    """Write one JSON line an item: label, probability, ranked indices and scores of both sides.

    Over several folds the scores of a side are each divided by their sum and averaged, so that a fold with steep
    gradients does not outvote the others. This is the faithful explanation: what the model used.
    """
    mean = _mean_over_folds([tables.read(path, tables.ATTRIBUTIONS) for path in attributions])
    lines = []
    for row in tables.read(scores, tables.SCORES).iter_rows(named=True):
        sides = {side: mean.get((row["item"], side), []) for side in SIDES}
        ranked = {side: select(values, ratio) for side, values in sides.items()}
        shown = {f"{side}_scores": [float(f"{value:.6g}") for value in values] for side, values in sides.items()}
        facts = {"item": row["item"], "label": row["label"], "probability": round(row["probability"], 6)}
        lines.append(facts | ranked | shown)
    _write_lines(out, lines)


def fuse_rationales(items: str, selected: str, pairs: str, originals: str | None, order: Order, out: str) -> None:
    """Write the harmonised rationales: f2 within each pair, then f3 across pairs. No explanation of the model.

    pairs: the MERGED table; originals: the corpus whose test split tells originals from disturbed forms, None: no f3.
    """
    known = to_items(tables.read(items, tables.ITEMS))
    faithful = {line["item"]: line for line in read_rationales(selected)}
    choices = {
        item.item: prefer_shared(
            item,
            Choice(line["label"], tuple(line["q"]), tuple(line["t"])),
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
    _write_lines(out, [_line(item, fused[item.item], matches.get(item.item)) for item in known])


def write_submission(items: str, fused: str, text: str, archive: str) -> None:
    """Write the competition's file, `id TAB label TAB q indices TAB t indices`, and the same zipped."""
    known = to_items(tables.read(items, tables.ITEMS))
    choices = {
        line["item"]: Choice(line["label"], tuple(line["q"]), tuple(line["t"])) for line in read_rationales(fused)
    }
    check_submission(choices, known)
    content = format_submission([(item.item, choices[item.item]) for item in known])
    write_text(text, content)
    with atomic(archive) as temporary:
        temporary.write_bytes(zip_bytes(Path(text).name, content))


def read_rationales(path: str) -> list[dict]:
    """Lines that `select_rationales` or `fuse_rationales` wrote."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]


def _mean_over_folds(folds: Sequence[pl.DataFrame]) -> dict[tuple[str, str], list[float]]:
    """Mean normalised scores by item and side, in order of segments."""
    total = pl.col("score").sum().over("item", "side")
    # A side without any score stays without one; several folds are averaged segment by segment.
    shares = [fold.with_columns(pl.when(total > 0).then(pl.col("score") / total).otherwise(0.0)) for fold in folds]
    mean = np.mean([fold["score"].to_numpy() for fold in shares], axis=0)
    combined = shares[0].select("item", "side").with_columns(pl.Series("score", mean))
    sides = combined.group_by("item", "side", maintain_order=True).agg("score")
    return {(item, side): scores for item, side, scores in sides.iter_rows()}


def _originals(items: Sequence[Item], pairs: str, corpus: str) -> set[str]:
    test = tables.read(pairs, tables.MERGED).filter((pl.col("corpus") == corpus) & (pl.col("split") == "test"))
    firsts, seconds = set(test["q"]), set(test["t"])
    return {item.item for item in items if is_original(item, firsts, seconds)}


def _line(item: Item, choice: Choice, match: tuple[str, float] | None) -> dict:
    original = {"original": match[0], "bleu": round(match[1], 6)} if match else {"original": None, "bleu": None}
    return {"item": item.item, "label": choice.label, "q": list(choice.q), "t": list(choice.t), **original}


def _write_lines(path: str, lines: Sequence[dict]) -> None:
    write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
