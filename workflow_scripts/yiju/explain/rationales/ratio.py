"""How large a share of the segments a rationale needs, found on dev: without the rest, judgements must not turn.

ERASER's sufficiency (DeYoung 2020), asked of the decision and turned into a choice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.base.files import write_json
from yiju.explain.attribute_set import ensemble_of, read_items, subject_of
from yiju.explain.ensemble import Ensemble, Sets
from yiju.explain.rationales.selection import select
from yiju.models.calibration.apply import decide, read_calibration

log = logging.getLogger(__name__)
RATIOS = tuple(step / 20 for step in range(1, 21))
# Pairs of dev that are looked at, at most.
MOST = 1000


def choose_ratio(
    items: str,
    scores: str,
    calibration: str,
    attributions: str,
    models: Sequence[str],
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the least of RATIOS at which the share settings["kept"] of judgements does not turn, and all shares (JSON).

    items: ITEMS of dev; scores, attributions: the ensemble's SCORES and ATTRIBUTIONS of it; calibration: the
    ensemble's; models: of each member. settings: kept, seed (of the draw of at most 1,000 items), max_length,
    average_orders. The rationale is the top share of each side's segments that were read, without those of a score of 0
    or less; [MASK] stands for all tokens that touch none of it, and all members judge together, as ever.
    """
    torch.set_num_threads(threads)
    table = draw(tables.read(items, tables.ITEMS), settings["seed"])
    judged = tables.read(scores, tables.SCORES).select("item", "label")
    labels = table.select("item").join(judged, on="item", how="left", maintain_order="left")["label"].to_numpy()
    known = tables.read(attributions, tables.ATTRIBUTIONS).join(table, on="item", how="semi", maintain_order="left")
    fitted = read_calibration(calibration)
    subjects = [subject_of(model, device, batch_tokens, settings["seed"]) for model in models]
    ensemble = ensemble_of(subjects, read_items(subjects[0].scorer, table, settings))
    kept = shares_kept(ensemble, labels, known["score"].to_numpy(), fitted.margin * fitted.temperature)
    ratio = least_ratio(kept, settings["kept"])
    write_json(out, {"ratio": ratio, "items": len(table), "kept": dict(zip(map(str, RATIOS), kept, strict=True))})
    log.info("ratio %.2f keeps %.4f of %d judgements", ratio, kept[RATIOS.index(ratio)], len(table))


def shares_kept(ensemble: Ensemble, labels: np.ndarray, scores: np.ndarray, margin: float) -> list[float]:
    """The share of judgements that the rationales of each of RATIOS alone keep. scores: float64 [segments], flat."""
    kept = np.zeros((len(ensemble), len(RATIOS)))

    def sets() -> Iterator[Sets]:
        for row in ensemble.longest_first():
            yield row, top_shares(scores[ensemble.own(row)], int(ensemble.first.firsts[row]))

    with ensemble.evaluating():
        for row, _, logits in ensemble.alone(sets(), "mask"):
            kept[row] = decide(logits.mean(axis=0), margin) == labels[row]
    return kept.mean(axis=0).tolist()


def top_shares(scores: np.ndarray, first: int) -> np.ndarray:
    """The rationale of each side, of which q has `first` segments, by each of RATIOS: bool [ratios, segments]."""
    flags = np.zeros((len(RATIOS), len(scores)), dtype=bool)
    for start, own in ((0, scores[:first]), (first, scores[first:])):
        for place, ratio in enumerate(RATIOS):
            flags[place, start + np.array(select(own, "share", ratio), dtype=np.int64)] = True
    return flags


def least_ratio(kept: Sequence[float], wanted: float) -> float:
    """The least of RATIOS that keeps at least the wanted share; 1, all that speaks for the label, if none does."""
    return next((ratio for ratio, share in zip(RATIOS, kept, strict=True) if share >= wanted - 1e-12), RATIOS[-1])


def draw(table: pl.DataFrame, seed: int) -> pl.DataFrame:
    """At most 1,000 rows, in the order of the table."""
    if len(table) <= MOST:
        return table
    return table[np.sort(np.random.default_rng(seed).choice(len(table), MOST, replace=False))]
