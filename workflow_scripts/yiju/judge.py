"""What a fine-tuned member does: judge a set, or the pairs that its fold holds out, and attribute judgements."""

from __future__ import annotations

import numpy as np
import polars as pl
import torch

from yiju import tables
from yiju.attribution.attribute import attribute_items
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.members import parse_member
from yiju.predict import predict_orders
from yiju.scores import difference, read_calibration, score_table


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
    logits, swapped, truncated = _logits(table, model, settings["max_length"], swap, device, threads, batch_tokens)
    margin = read_calibration(calibration).margin
    scores = score_table(table["item"].to_list(), logits, margin, truncated, swapped, settings["average_orders"])
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
    table = tables.scan(augmented, tables.AUGMENTED).filter(chosen).collect(engine="streaming")
    average = settings["average_orders"]
    logits, swapped, _ = _logits(table, model, settings["max_length"], average, device, threads, batch_tokens)
    scores = table.select(
        pl.col("parents").list.first().alias("pair"),
        "fold",
        pl.lit(repeat, pl.Int16).alias("repeat"),
        pl.Series("difference", difference((logits + swapped) / 2 if average else logits)),
        pl.lit(read_calibration(calibration).margin, pl.Float64).alias("margin"),
    )
    tables.write(scores, out, tables.HELD_OUT_SCORES)


def attribute_set(
    items: str,
    scores: str,
    model: str,
    method: str,
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the ATTRIBUTIONS of an ITEMS table, for the judgements in the SCORES table `scores`.

    settings: target, steps and max_length.
    """
    torch.set_num_threads(threads)
    classifier = load_model(model, "classifier").to(device).eval()
    table = attribute_items(
        tables.read(items, tables.ITEMS),
        _explained(tables.read(scores, tables.SCORES), settings["target"]),
        classifier,
        load_tokenizer(model),
        method,
        settings["steps"],
        settings["max_length"],
        batch_tokens,
    )
    tables.write(table, out, tables.ATTRIBUTIONS)


def _logits(
    table: pl.DataFrame, model: str, max_length: int, swap: bool, device: str, threads: int, batch_tokens: int
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Judge the columns q and t of a table with the model of a folder; see `predict_orders`."""
    torch.set_num_threads(threads)
    classifier = load_model(model, "classifier").to(device).eval()
    q, t = table["q"].to_list(), table["t"].to_list()
    return predict_orders(classifier, load_tokenizer(model), q, t, max_length, batch_tokens, swap)


def _explained(scores: pl.DataFrame, target: str) -> list[int]:
    """The class to explain of each item: the label shown, or the likelier one whatever the margin says."""
    if target == "label":
        return scores["label"].to_list()
    return (scores["probability"] > 0.5).cast(pl.Int8).to_list()
