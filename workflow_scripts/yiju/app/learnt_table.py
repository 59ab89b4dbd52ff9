"""A user's table of the pairs that a model learnt, made into an index beside the model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from yiju.app.explainer import Explainer
from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.pair_files import TWO_LABELS, class_labels
from yiju.explain.evidence.build_index import build_index
from yiju.models.linear_head import check_family
from yiju.models.opening import loading, open_scorer
from yiju.models.scorer import SINGLE, Scorer

if TYPE_CHECKING:
    from yiju.app.cli.pair_source import Source


def index_table(folder: Path, source: Source, device: str, batch_tokens: int, checkpoints: Sequence[Path] = ()) -> int:
    """Write the index of a model folder from a table of labelled pairs; returns how many there are.

    Raises YijuError for rows that cannot be used, after they are named, and as `build_index` does.
    """
    explainer = Explainer.from_pretrained(folder, None, device, calibration=False)
    try:
        check_family(explainer.scorer)
    except YijuError as error:
        raise YijuError(f"{folder}: {error}") from None
    classes = explainer.scorer.classes
    source.labels = TWO_LABELS if len(classes) == len(SINGLE) else class_labels(classes)
    with source.opened() as read:
        parts = [_learnt(part, source.path.name) for part in source.told(explainer, read)]
    pairs = pl.concat(parts)
    build_index(folder, partial(_opened, device=str(explainer.scorer.device)), pairs, batch_tokens, checkpoints)
    return len(pairs)


def _learnt(part: pl.DataFrame, file: str) -> pl.DataFrame:
    """LEARNT of the rows of a READ table that are pairs."""
    return (
        part.filter(pl.col("reason").is_null())
        .select(
            pl.col("line").alias("pair"),
            pl.lit("original").alias("operation"),
            pl.lit(None).alias("corpus"),
            pl.lit(file).alias("file"),
            "line",
            "q",
            "t",
            "label",
        )
        .cast(pl.Schema(tables.LEARNT))
    )


def _opened(folder: Path, device: str) -> Scorer:
    with loading():
        return open_scorer(folder, device)
