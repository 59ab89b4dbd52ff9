"""The two jobs that a fine-tuned fold does on a set: predict its items, and attribute the judgements."""

from __future__ import annotations

import polars as pl
import torch

from yiju import tables
from yiju.attribution.attribute import attribute_items
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.predict import predict_items


def predict_set(items: str, model: str, settings: dict, out: str, device: str, threads: int, batch_tokens: int) -> None:
    """Write the SCORES of an ITEMS table.

    model: the fold's folder; settings: max_length and decision_threshold.
    """
    torch.set_num_threads(threads)
    classifier = load_model(model, "classifier").to(device).eval()
    table = predict_items(
        tables.read(items, tables.ITEMS),
        classifier,
        load_tokenizer(model),
        settings["max_length"],
        settings["decision_threshold"],
        batch_tokens,
    )
    tables.write(table, out, tables.SCORES)


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


def _explained(scores: pl.DataFrame, target: str) -> list[int]:
    """The class to explain of each item: the label shown, or the larger logit whatever the threshold says."""
    if target == "label":
        return scores["label"].to_list()
    return (scores["logit_1"] > scores["logit_0"]).cast(pl.Int8).to_list()
