"""Every training pair as the members judge it that have not learnt it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.evaluation.with_intervals import Metrics, with_difference, with_share
from yiju.models.calibration.apply import probability
from yiju.models.calibration.measure import calibrated_ece, measures

log = logging.getLogger(__name__)


def evaluate_out_of_fold(augmented: str, held_out: Sequence[str], table: str, metrics: str) -> None:
    """Write OUT_OF_FOLD of all training pairs, and how good they are judged.

    The figures are accuracy in all, beside the majority label's, and of every fold, nll, brier and ece, and the ece
    that calibrated probabilities would have.

    held_out: HELD_OUT_SCORES of every member; over several seeds the mean difference of the logits decides, by the mean
    margin. Raises YijuError unless each original pair was judged once by every seed.
    The weights of each member were chosen on these pairs, so that the figures flatter it a little.
    """
    original = tables.read(augmented, tables.AUGMENTED, where=pl.col("operation") == "original")
    pairs = original.select(
        pl.col("parents").list.first().alias("pair"), "fold", pl.col("label").alias("gold"), "q", "t"
    )
    scores = pl.concat([tables.read(path, tables.HELD_OUT_SCORES) for path in held_out])
    _require_once(pairs, scores)
    mean = scores.group_by("pair").agg(pl.col("difference").mean(), pl.col("margin").mean())
    judged = pairs.join(mean, on="pair", how="left", maintain_order="left")
    judged = judged.with_columns(
        (pl.col("difference") > pl.col("margin")).cast(pl.Int8).alias("label"),
        pl.Series("probability", probability(judged["difference"].to_numpy())),
    )
    tables.write(judged.select(tables.OUT_OF_FOLD.names), table, tables.OUT_OF_FOLD)
    found = _metrics(judged, scores["repeat"].n_unique())
    write_json(metrics, found)
    log.info("out of fold: accuracy %.4f over %d pairs", found["accuracy"], found["pairs"])


def _require_once(pairs: pl.DataFrame, scores: pl.DataFrame) -> None:
    """Every pair, and no other, judged once by every seed, by a member of the fold that holds it out."""
    wanted = pairs.select("pair", "fold").join(scores.select("repeat").unique(), how="cross")
    keys = ["pair", "fold", "repeat"]
    missing = wanted.join(scores, on=keys, how="anti").height
    beyond = scores.join(wanted, on=keys, how="anti").height
    again = scores.height - scores.select(keys).n_unique()
    if missing or beyond or again:
        raise YijuError(
            f"{missing} judgements of training pairs by members that hold them out are missing, {beyond} are of other "
            f"pairs, {again} are there twice; delete the members' held-out scores and run again"
        )


def _metrics(judged: pl.DataFrame, seeds: int) -> Metrics:
    right = (judged["label"] == judged["gold"]).to_numpy()
    groups = list(zip(judged["q"], judged["t"], strict=True))
    metrics: Metrics = {"pairs": len(judged), "seeds": seeds}
    gold = judged["gold"].to_numpy()
    frequent = gold == int(gold.mean() >= 0.5)
    metrics |= with_share("accuracy", right, groups) | with_share("majority", frequent, groups)
    metrics |= with_difference("model_minus_majority", right, frequent, groups)
    fold = judged["fold"].to_numpy()
    for number in sorted(set(fold.tolist())):
        own = fold == number
        metrics[f"fold_{number}.pairs"] = int(own.sum())
        inside = [group for group, mine in zip(groups, own, strict=True) if mine]
        metrics |= with_share(f"fold_{number}.accuracy", right[own], inside)
    differences = judged["difference"].to_numpy()
    return metrics | measures(differences, gold) | calibrated_ece(differences, groups)
