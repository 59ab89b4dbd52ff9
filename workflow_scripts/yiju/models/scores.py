"""Tables of judgements: of one member, and of several members together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.models.calibration.apply import decide, difference, probability, read_calibration


def score_table(
    items: Sequence[str],
    logits: np.ndarray,
    margin: float,
    truncated: np.ndarray,
    swapped: np.ndarray | None = None,
    average_orders: bool = False,
    unknown: np.ndarray | pl.Series | None = None,
) -> pl.DataFrame:
    """The SCORES table of judged items.

    logits, swapped: [items, 2], of the order as given and of the other one, where that was judged; average_orders: the
    mean of both decides; unknown: characters of each item that the vocabulary does not hold, None where nobody counted.
    """
    decisive = (logits + swapped) / 2 if average_orders else logits
    nothing = [None] * len(items)
    columns = {
        "item": list(items),
        "logit_0": logits[:, 0],
        "logit_1": logits[:, 1],
        "swapped_0": nothing if swapped is None else swapped[:, 0],
        "swapped_1": nothing if swapped is None else swapped[:, 1],
        "probability": probability(difference(decisive)),
        "label": decide(decisive, margin),
        "truncated": truncated,
        "unknown": nothing if unknown is None else unknown,
    }
    return pl.DataFrame(columns, schema=pl.Schema(tables.SCORES))


def both_orders(scores: pl.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """Logits [items, 2] of a SCORES table: as given, and of the other order, None where it was not judged."""
    logits = scores.select("logit_0", "logit_1").to_numpy()
    swapped = scores.select("swapped_0", "swapped_1")
    return logits, None if swapped["swapped_0"].has_nulls() else swapped.to_numpy()


def combine_sets(scores: Sequence[str], calibration: str, average_orders: bool, out: Sequence[str]) -> None:
    """Write the ensemble's judgement of every set; scores: SCORES by set, then by member. See `combine_folds`."""
    members = len(scores) // len(out)
    for number, path in enumerate(out):
        combine_folds(scores[number * members : (number + 1) * members], calibration, average_orders, path)


def combine_folds(scores: Sequence[str], calibration: str, average_orders: bool, out: str) -> None:
    """Write the ensemble's judgement: the mean of the members' logits, divided and decided as calibration says.

    scores: SCORES tables of the members; calibration: the ensemble's. Without a fitted one (temperature 1, and the
    margin of the decision threshold) this is the published way.
    """
    fitted = read_calibration(calibration)
    members = [tables.read(path, tables.SCORES) for path in scores]
    given, exchanged = zip(*(both_orders(member) for member in members), strict=True)
    logits = np.mean(given, axis=0) / fitted.temperature
    swapped = None if exchanged[0] is None else np.mean(exchanged, axis=0) / fitted.temperature
    # All members have one tokeniser: what the first did not read, no one did.
    items, truncated = members[0]["item"].to_list(), members[0]["truncated"].to_numpy()
    table = score_table(items, logits, fitted.margin, truncated, swapped, average_orders, members[0]["unknown"])
    tables.write(table, out, tables.SCORES)


def explained_labels(scores: pl.DataFrame, target: str) -> np.ndarray:
    """The class to explain of each item, int64: the label shown, or the likelier one whatever the margin says."""
    chosen = scores["label"] if target == "label" else scores["probability"] > 0.5
    return chosen.cast(pl.Int64).to_numpy()
