"""What a method says of the drawn pairs after an edit that keeps their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.evaluation.study.drawn_pairs import Drawn
from yiju.evaluation.study.edits import EDITS, Edited
from yiju.explain.attribute_set import margin_for
from yiju.models.calibration.apply import decide
from yiju.models.scores import explained_labels

SIDES = ("q", "t")


def attribute_edited(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    device: str,
    batch_tokens: int,
    work: Path,
) -> pl.DataFrame:
    """EDITED of one method: each pair after one of the edits that change it, which the seed draws, in both sentences.

    items: ITEMS with segments. The label that is explained is that of the pair itself. The other arguments are those of
    `attribute_set`. Pairs that no edit changes are not in the table. Raises Unsupported.
    """
    table = tables.read(items, tables.ITEMS)
    forms = edited_forms(table, settings["seed"])
    rows = list(forms)
    if not rows:
        return tables.empty(tables.EDITED)
    labels = explained_labels(tables.read(scores, tables.SCORES), settings["target"])[rows]
    columns: dict[str, Sequence] = {}
    for place, side in enumerate(SIDES):
        sentences = [sides[place] for _, sides in forms.values()]
        columns[side] = [one.text for one in sentences]
        columns[f"{side}_segments"] = [one.segments for one in sentences]
    changed = table[rows].with_columns(
        pl.Series(name, own, pl.Schema(tables.ITEMS)[name]) for name, own in columns.items()
    )
    drawn = Drawn.of(changed, labels, models, settings, device, batch_tokens)
    kept = decide(drawn.ensemble.logits(), margin_for(calibration, settings)) == labels
    facts = pl.DataFrame({"item": changed["item"], "edit": [forms[row][0] for row in rows], "kept": kept})
    found = drawn.attributed(settings["method"], work).join(
        _origins(changed["item"], forms), on=["item", "side", "index"], maintain_order="left"
    )
    return found.join(facts, on="item", maintain_order="left").select(
        "item", "edit", "kept", "side", pl.col("origin").alias("index"), "score"
    )


def edited_forms(items: pl.DataFrame, seed: int) -> dict[int, tuple[str, tuple[Edited, Edited]]]:
    """By row of an ITEMS table with segments, the edit that was drawn among those that change the pair, and its sides.

    Pairs that no edit changes have none.
    """
    generator, found = np.random.default_rng(seed), {}
    for row, item in enumerate(items.iter_rows(named=True)):
        forms = {name: _both(item, name) for name in EDITS}
        changing = [name for name, sides in forms.items() if any(map(_differs, sides, (item[side] for side in SIDES)))]
        # One draw for each pair, so that it does not depend on what applies to the pairs before it.
        place = generator.random()
        if changing:
            name = changing[int(place * len(changing))]
            found[row] = name, forms[name]
    return found


def _both(item: Mapping, name: str) -> tuple[Edited, Edited]:
    q, t = (EDITS[name](item[side], item[f"{side}_segments"]) for side in SIDES)
    return q, t


def _differs(one: Edited, text: str) -> bool:
    return one.text != text


def _origins(items: pl.Series, forms: Mapping[int, tuple[str, tuple[Edited, Edited]]]) -> pl.DataFrame:
    """Where the segments of edited pairs come from; a segment that an edit added is not there."""
    rows = [
        (item, side, index, origin)
        for item, (_, sides) in zip(items, forms.values(), strict=True)
        for side, one in zip(SIDES, sides, strict=True)
        for index, origin in enumerate(one.origins)
        if origin is not None
    ]
    kinds = {"item": pl.String, "side": pl.String, "index": pl.Int32, "origin": pl.Int32}
    return pl.DataFrame(rows, schema=kinds, orient="row")
