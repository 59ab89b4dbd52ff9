"""Rows of a table of attributions, from what other libraries hold in memory, and a function that writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from yiju.base.arguments import check_choice
from yiju.base.errors import YijuError
from yiju.base.tables import TEXT
from yiju.data.table_files import write_parts
from yiju.data.table_formats import WRITTEN
from yiju.explain.external.attributions import Span
from yiju.models.given_pairs import Pair, checked

SCHEMA = pa.schema(
    {
        "q": TEXT,
        "t": TEXT,
        "side": TEXT,
        "start": pa.int64(),
        "end": pa.int64(),
        "score": pa.float64(),
        "method": TEXT,
        "label": pa.int8(),
    }
)
Row = dict[str, Any]


def write_attributions(rows: Iterable[Row], out: str | Path) -> None:
    """Write rows of the converters as a table that `yiju study --attributions` reads.

    out: its ending tells the format, .csv, .tsv, .jsonl or .parquet. Raises YijuError for another one.
    """
    path = Path(out)
    if path.suffix.lower() not in WRITTEN:
        raise YijuError(f"{path}: the name, which tells the format, must end in {', '.join(WRITTEN)}")
    write_parts([pl.DataFrame(list(rows), schema=pl.Schema(SCHEMA))], path, SCHEMA)


def rows_of(pair: Pair, spans: Iterable[Span], method: str, label: int | None) -> list[Row]:
    """The rows of one pair; scores of tokens that lie on the same characters add up. Raises YijuError for a score that
    is no finite number."""
    q, t = pair
    sums: dict[tuple[str, int, int], float] = {}
    for side, start, end, score in spans:
        if not np.isfinite(score):
            raise YijuError(f"{side} of {pair}, characters {start} to {end}: the score is {score}, no finite number")
        sums[side, start, end] = sums.get((side, start, end), 0.0) + float(score)
    return [
        {"q": q, "t": t, "side": side, "start": start, "end": end, "score": score, "method": method, "label": label}
        for (side, start, end), score in sums.items()
    ]


def given(pairs: Iterable[Pair], labels: Sequence[int] | None, count: int, what: str) -> list[tuple[Pair, int | None]]:
    """Pairs, each with the label that was explained, None where it is not told. Raises YijuError unless there are
    `count` of both, which `what` holds."""
    known = list(checked(pairs))
    told = [None] * len(known) if labels is None else [int(label) for label in labels]
    for name, own in (("pairs", known), ("labels", told)):
        if len(own) != count:
            raise YijuError(f"{what} holds explanations of {count} pairs, but {len(own)} {name} are given")
    for label in told:
        check_choice("label", label, (None, 0, 1))
    return list(zip(known, told, strict=True))


def array(values: Any, what: str) -> np.ndarray:
    """Numbers as float64, from NumPy, torch or lists. Raises YijuError."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().double()
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise YijuError(f"{what} is no array of numbers") from None
