"""The faithful rationale: what the model used, segments ranked by attribution and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.explain.rationales.rationale_lines import write_rationales
from yiju.explain.rationales.selection import select

SIDES = ("q", "t")


def select_rationales(
    scores: str, attributions: str, settings: dict, out: str, submitted: str, ratio: str | None = None
) -> None:
    """Write one JSON line an item: label, probability, ranked indices and scores of both sides.

    submitted: the same for the competition's file, where as many segments as people mark are asked for: selected as
    settings["submitted"] says where that is given. settings: `by` and the value of that name
    (`yiju.explain.rationales.selection`); by dev, the file `ratio` holds it, as `yiju.explain.rationales.ratio` wrote
    it; by sufficient, the ranks of the ATTRIBUTIONS decide. A segment that the model did not read has the score null.
    This is the faithful explanation: what the model used.
    """
    if settings["by"] == "dev":
        assert ratio is not None, "what a ratio measured on dev is read from"
        settings = {"by": "share", "value": json.loads(Path(ratio).read_text(encoding="utf-8"))["ratio"]}
    other = settings.get("submitted", settings)
    table = tables.read(attributions, tables.ATTRIBUTIONS)
    grouped = table.group_by("item", "side", maintain_order=True).agg("score", "rank")
    known = {(item, side): (values, ranks) for item, side, values, ranks in grouped.iter_rows()}
    judged = tables.read(scores, tables.SCORES)
    write_rationales(out, _lines(judged, known, settings))
    write_rationales(submitted, _lines(judged, known, other))


def _lines(judged: pl.DataFrame, known: Mapping[tuple[str, str], tuple[list, list]], settings: dict) -> list[dict]:
    lines = []
    for row in judged.iter_rows(named=True):
        sides = {side: known.get((row["item"], side), ([], [])) for side in SIDES}
        ranked = {side: chosen(*own, settings) for side, own in sides.items()}
        shown = {f"{side}_scores": list(map(_digits, values)) for side, (values, _) in sides.items()}
        facts = {"item": row["item"], "label": row["label"], "probability": round(row["probability"], 6)}
        lines.append(facts | ranked | shown)
    return lines


def chosen(
    values: Sequence[float | None] | np.ndarray, ranks: Sequence[int | None] | np.ndarray, settings: dict
) -> list[int]:
    """The rationale of a side, most important first, by its scores or, by sufficient, by the ranks found for it."""
    if settings["by"] != "sufficient":
        return select(values, settings["by"], settings["value"])
    return [place for _, place in sorted((rank, place) for place, rank in enumerate(ranks) if rank)]


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
