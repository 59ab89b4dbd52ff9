"""Training pairs whose label may be wrong, ranked, with what speaks against it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.augment.graph import contradictions, sentence_graph

log = logging.getLogger(__name__)
# A quality of labels, the lower the more suspect.
MEASURES = ("probability", "margin")
OF_DYNAMICS = ("confidence", "variability", "margin", "forgotten")


def rank_suspects(
    pairs: str | Path, dynamics: Sequence[str | Path], out_of_fold: str | Path | None, table: str | Path, summary: str
) -> None:
    """Write SUSPECTS of all pairs that were learnt, and how many are suspect for which reason.

    pairs: MERGED; dynamics: DYNAMICS of every member; out_of_fold: OUT_OF_FOLD, where there are folds. Of members that
    learnt a pair the mean counts.
    """
    known = _of_members(dynamics)
    learnt = tables.read(pairs, tables.MERGED).join(known, on="pair", how="inner", maintain_order="left")
    judged = _probability_of_label(out_of_fold)
    found = learnt.join(judged, on="pair", how="left", maintain_order="left").with_columns(
        contradicted=pl.Series(_contradicted(learnt))
    )
    ranked = _ranked(found)
    tables.write(ranked, table, tables.SUSPECTS)
    told = {
        "pairs": len(ranked),
        "out_of_fold": out_of_fold is not None,
        "confident": int(ranked["confident"].sum()) if out_of_fold else None,
        "contradicted": int(ranked["contradicted"].sum()),
        "never_right": int((ranked["forgotten"].is_null() & ranked["margin"].is_not_null()).sum()),
    }
    write_json(summary, told)
    log.info("%d training pairs ranked by what speaks against their label", len(ranked))


def confident_errors(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which labels confident learning (Northcutt 2021) takes for another one, bool [pairs].

    probability: float64 [pairs, classes], of models that have not learnt the pair; labels: int [pairs]. A pair counts
    for a class where its probability is at least the mean one of the pairs with this label; where it counts for
    several, the most probable one is taken.
    """
    classes = np.arange(probability.shape[1])
    least = np.array([probability[labels == one, one].mean() if (labels == one).any() else np.inf for one in classes])
    above = np.where(probability >= least, probability, -np.inf)
    return np.isfinite(above).any(axis=1) & (above.argmax(axis=1) != labels)


def _of_members(dynamics: Sequence[str | Path]) -> pl.DataFrame:
    """The mean over the members of what each said of a pair that it learnt: pair, and OF_DYNAMICS."""
    parts = pl.concat([tables.read(path, tables.DYNAMICS, ["pair", *OF_DYNAMICS]) for path in dynamics])
    return parts.group_by("pair", maintain_order=True).agg(pl.col(OF_DYNAMICS).mean())


def _probability_of_label(out_of_fold: str | Path | None) -> pl.DataFrame:
    """pair, probability of its label, and whether confident learning takes it for the other one."""
    if out_of_fold is None:
        return pl.DataFrame(schema={"pair": pl.Int64, "probability": pl.Float64, "confident": pl.Boolean})
    judged = tables.read(out_of_fold, tables.OUT_OF_FOLD, ["pair", "gold", "probability"])
    similar, gold = judged["probability"].to_numpy(), judged["gold"].to_numpy().astype(np.int64)
    both = np.column_stack([1 - similar, similar])
    own = both[np.arange(len(gold)), gold]
    return judged.select("pair").with_columns(
        probability=pl.Series(own), confident=pl.Series(confident_errors(both, gold))
    )


def _contradicted(pairs: pl.DataFrame) -> np.ndarray:
    """Whether similar pairs connect the sentences of a pair that is called not similar, bool [pairs]."""
    q, t, labels = (pairs[name].to_numpy() for name in ("q_sentence", "t_sentence", "label"))
    wrong = np.zeros(len(pairs), dtype=bool)
    if len(pairs):
        wrong[contradictions(sentence_graph(q, t, labels, np.zeros(len(pairs), dtype=np.int16)))] = True
    return wrong


def _ranked(found: pl.DataFrame) -> pl.DataFrame:
    """SUSPECTS: by the mean share of pairs that are less suspect by each measure; equal ones in the order of pairs."""
    shares = [(1 - (pl.col(name).rank("average") - 1) / pl.col(name).count()).alias(name) for name in MEASURES]
    suspicion = found.select(shares).select(pl.mean_horizontal(pl.all()).fill_null(0.0).alias("suspicion"))
    ordered = found.with_columns(suspicion["suspicion"]).sort(["suspicion", "pair"], descending=[True, False])
    numbered = ordered.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    return numbered.select(tables.SUSPECTS.names).cast(pl.Schema(tables.SUSPECTS))
