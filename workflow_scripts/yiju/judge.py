"""What a fine-tuned member does: judge a set, or the pairs that its fold holds out, and attribute judgements."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import torch
from transformers import PreTrainedTokenizerBase

from yiju import tables
from yiju.attribution.attribute import score_pairs, segment_table
from yiju.attribution.subject import Subject
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.members import parse_member
from yiju.predict import Judged, predict_logits, predict_orders
from yiju.provenance import write_json
from yiju.scores import difference, log_probability, read_calibration, score_table
from yiju.tokens import encode, pair_up
from yiju.unknown import unknown_counts

# In the work folder of an attribution: how long the method took.
SECONDS = "seconds.json"


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
    table = tables.scan(augmented, tables.AUGMENTED).filter(chosen).collect(engine="streaming")
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


def attribute_set(
    items: str,
    scores: str,
    model: str,
    settings: dict,
    out: str,
    facts: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the ATTRIBUTIONS of an ITEMS table, for the judgements in the SCORES table `scores`, and its EXPLAINED.

    settings: target, max_length, seed and `method` with its options; work: folder for what is finished.
    """
    torch.set_num_threads(threads)
    tokenizer, classifier = load_tokenizer(model), load_model(model, "classifier").to(device).eval()
    subject = Subject.of(classifier, tokenizer, batch_tokens, settings["seed"])
    explain_set(subject, tokenizer, items, scores, settings, out, facts, Path(work))


def explain_set(
    subject: Subject,
    tokenizer: PreTrainedTokenizerBase,
    items: str,
    scores: str,
    settings: dict,
    out: str,
    facts: str,
    work: Path,
) -> None:
    """What `attribute_set` does, with a classifier at hand; `seconds_of` tells how long the method took."""
    table = tables.read(items, tables.ITEMS)
    labels = explained_labels(tables.read(scores, tables.SCORES), settings["target"])
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    pairs = pair_up(tokenizer, q, t, settings["max_length"])
    with _timed(work / SECONDS):
        found = score_pairs(subject, pairs, labels, settings["method"], work)
    logits = predict_logits(subject.model, pairs, subject.budget) if found.logits is None else found.logits
    columns = {
        "item": table["item"],
        "label": labels,
        "log_probability": log_probability(logits, labels),
        "gap": found.gap,
        "truncated": pairs.truncated,
        "unknown": sum(unknown_counts(tokenizer, table[side].to_list(), own) for side, own in (("q", q), ("t", t))),
    }
    tables.write(segment_table(table, q, t, pairs, found.values), out, tables.ATTRIBUTIONS)
    tables.write(pl.DataFrame(columns, schema=tables.EXPLAINED), facts, tables.EXPLAINED)


def seconds_of(work: Path) -> float:
    """Seconds that the method took for what is finished in a work folder, over all attempts."""
    return json.loads((work / SECONDS).read_text(encoding="utf-8")) if (work / SECONDS).is_file() else 0.0


@contextmanager
def _timed(file: Path) -> Iterator[None]:
    """Add the seconds of the block to those in the file, also where it is interrupted."""
    before, started = seconds_of(file.parent), time.perf_counter()
    try:
        yield
    finally:
        write_json(file, before + time.perf_counter() - started)


def _judged(
    table: pl.DataFrame, model: str, max_length: int, swap: bool, device: str, threads: int, batch_tokens: int
) -> Judged:
    """Judge the columns q and t of a table with the model of a folder; see `predict_orders`."""
    torch.set_num_threads(threads)
    classifier = load_model(model, "classifier").to(device).eval()
    q, t = table["q"].to_list(), table["t"].to_list()
    return predict_orders(classifier, load_tokenizer(model), q, t, max_length, batch_tokens, swap)


def explained_labels(scores: pl.DataFrame, target: str) -> np.ndarray:
    """The class to explain of each item, int64: the label shown, or the likelier one whatever the margin says."""
    chosen = scores["label"] if target == "label" else scores["probability"] > 0.5
    return chosen.cast(pl.Int64).to_numpy()
