"""What a fine-tuned member says of sets, and of the pairs that its fold holds out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import torch

from yiju.base import tables
from yiju.base.members import parse_member
from yiju.models.calibration.apply import difference, read_calibration
from yiju.models.folder import load_classifier, load_tokenizer
from yiju.models.inference import Judged, predict_orders
from yiju.models.scores import score_table


def predict_sets(
    items: Sequence[str],
    model: str,
    calibration: str,
    settings: dict,
    out: Sequence[str],
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the SCORES of ITEMS tables, a file for each.

    model: the member's folder; calibration: its file, whose margin decides. settings: max_length; average_orders: the
    mean of both orders decides; swap: for each table, whether the other order is judged all the same, so that what it
    changes can be told.
    """
    margin, average = read_calibration(calibration).margin, settings["average_orders"]
    judge = _judge(model, settings["max_length"], device, threads, batch_tokens)
    for path, swap, written in zip(items, settings["swap"], out, strict=True):
        table = tables.read(path, tables.ITEMS)
        judged = judge(table, average or swap)
        names = table["item"].to_list()
        scores = score_table(names, judged.logits, margin, judged.truncated, judged.swapped, average, judged.unknown)
        tables.write(scores, written, tables.SCORES)


def predict_held_out(
    augmented: str,
    model: str,
    calibration: str,
    member: str,
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write HELD_OUT_SCORES of the original pairs that the member's fold holds out.

    augmented: the table that the member was trained on; model, calibration: the member's; settings: max_length,
    average_orders.
    """
    fold, repeat = parse_member(member)
    chosen = (pl.col("fold") == fold) & (pl.col("operation") == "original")
    table = tables.read(augmented, tables.AUGMENTED, where=chosen)
    average = settings["average_orders"]
    judged = _judge(model, settings["max_length"], device, threads, batch_tokens)(table, average)
    decisive = judged.logits if judged.swapped is None else (judged.logits + judged.swapped) / 2
    scores = table.select(
        pl.col("parents").list.first().alias("pair"),
        "fold",
        pl.lit(repeat, pl.Int16).alias("repeat"),
        pl.Series("difference", difference(decisive)),
        pl.lit(read_calibration(calibration).margin, pl.Float64).alias("margin"),
    )
    tables.write(scores, out, tables.HELD_OUT_SCORES)


def _judge(
    model: str, max_length: int, device: str, threads: int, batch_tokens: int
) -> Callable[[pl.DataFrame, bool], Judged]:
    """A function that judges the columns q and t of a table with the model of a folder; see `predict_orders`."""
    torch.set_num_threads(threads)
    classifier = load_classifier(model, device)
    tokenizer = load_tokenizer(model)

    def judge(table: pl.DataFrame, swap: bool) -> Judged:
        q, t = table["q"].to_list(), table["t"].to_list()
        return predict_orders(classifier, tokenizer, q, t, max_length, batch_tokens, swap)

    return judge
