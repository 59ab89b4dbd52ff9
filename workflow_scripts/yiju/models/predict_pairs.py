"""What a fine-tuned member says of a set, and of the pairs that its fold holds out."""

from __future__ import annotations

import polars as pl
import torch

from yiju.base import tables
from yiju.models.calibration.apply import difference, read_calibration
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.inference import Judged, predict_orders
from yiju.models.members import parse_member
from yiju.models.scores import score_table


def predict_set(
    items: str,
    model: str,
    calibration: str,
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the SCORES of an ITEMS table.

    model: the member's folder; calibration: its file, whose margin decides. settings: max_length; average_orders: the
    mean of both orders decides; swap: judge the other order all the same, so that what it changes can be told.
    """
    table = tables.read(items, tables.ITEMS)
    swap = settings["average_orders"] or settings["swap"]
    judged = _judged(table, model, settings["max_length"], swap, device, threads, batch_tokens)
    margin, average = read_calibration(calibration).margin, settings["average_orders"]
    items = table["item"].to_list()
    scores = score_table(items, judged.logits, margin, judged.truncated, judged.swapped, average, judged.unknown)
    tables.write(scores, out, tables.SCORES)


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
    judged = _judged(table, model, settings["max_length"], average, device, threads, batch_tokens)
    decisive = judged.logits if judged.swapped is None else (judged.logits + judged.swapped) / 2
    scores = table.select(
        pl.col("parents").list.first().alias("pair"),
        "fold",
        pl.lit(repeat, pl.Int16).alias("repeat"),
        pl.Series("difference", difference(decisive)),
        pl.lit(read_calibration(calibration).margin, pl.Float64).alias("margin"),
    )
    tables.write(scores, out, tables.HELD_OUT_SCORES)


def _judged(
    table: pl.DataFrame, model: str, max_length: int, swap: bool, device: str, threads: int, batch_tokens: int
) -> Judged:
    """Judge the columns q and t of a table with the model of a folder; see `predict_orders`."""
    torch.set_num_threads(threads)
    classifier = load_model(model, "classifier").to(device).eval()
    q, t = table["q"].to_list(), table["t"].to_list()
    return predict_orders(classifier, load_tokenizer(model), q, t, max_length, batch_tokens, swap)
