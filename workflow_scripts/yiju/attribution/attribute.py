"""From a model and judged pairs to one score per segment of both sides."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import torch
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju import tables
from yiju.rationale.alignment import share_scores
from yiju.rationale.items import characters, segment_spans
from yiju.tokens import Sentences, Sequences, by_length, encode, pair_up

log = logging.getLogger(__name__)


def load_method(name: str) -> Callable:
    """The `attribute(model, batch, labels, steps) -> [batch, tokens]` of a method's file."""
    return importlib.import_module(f"yiju.attribution.methods.{name}").attribute


def attribute_items(
    items: pl.DataFrame,
    labels: Sequence[int],
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    method: str,
    steps: int,
    max_length: int,
    batch_tokens: int,
) -> pl.DataFrame:
    """Explain the given labels of an ITEMS table's pairs, in float32: an ATTRIBUTIONS table.

    Scores are shared out to the given segments, or to characters where none are given. What was cut off because the
    pair is longer than the model reads scores 0, as do special tokens.
    """
    q = encode(tokenizer, items["q"].to_list(), spans=True)
    t = encode(tokenizer, items["t"].to_list(), spans=True)
    pairs = pair_up(tokenizer, q, t, max_length)
    scores = score_tokens(model, pairs, np.asarray(labels), load_method(method), steps, batch_tokens)
    rows: list[pl.DataFrame] = []
    for row, item in enumerate(items.iter_rows(named=True)):
        first, second = int(pairs.first[row]), int(pairs.second[row])
        sides = (("q", q, scores[row][1 : 1 + first]), ("t", t, scores[row][2 + first : 2 + first + second]))
        rows += [_side_rows(item, side, sentences, row, values) for side, sentences, values in sides]
    return pl.concat(rows) if rows else pl.DataFrame(schema=tables.ATTRIBUTIONS)


def score_tokens(
    model: PreTrainedModel,
    pairs: Sequences,
    labels: np.ndarray,
    method: Callable,
    steps: int,
    batch_tokens: int,
) -> list[np.ndarray]:
    """Token scores of every pair, special tokens included, batched by length; the model's mode is left as it was."""
    scores: list[np.ndarray] = [np.empty(0)] * len(pairs)
    training = model.training
    model.eval()
    with tqdm(total=len(pairs), desc="attribution", unit=" pairs", disable=None) as bar:
        for rows in by_length(pairs.lengths, batch_tokens):
            batch = pairs.batch(rows).to(model.device)
            chosen = torch.from_numpy(labels[rows].astype(np.int64)).to(model.device)
            values = method(model, batch, chosen, steps).double().cpu().numpy()
            for row, value, length in zip(rows, values, pairs.lengths[rows], strict=True):
                scores[row] = value[:length]
            bar.update(len(rows))
    model.train(training)
    return scores


def _side_rows(item: dict, side: str, sentences: Sentences, row: int, values: np.ndarray) -> pl.DataFrame:
    text = item[side]
    segments = item[f"{side}_segments"]
    if segments is None:
        segments = characters(text)
    spans = segment_spans(text, segments)
    shared = share_scores(sentences.span_list(row, len(values)), values, spans)
    columns = {
        "item": [item["item"]] * len(spans),
        "side": [side] * len(spans),
        "segment": range(len(spans)),
        "start": [start for start, _ in spans],
        "end": [end for _, end in spans],
        "text": list(segments),
        "score": shared,
    }
    return pl.DataFrame(columns, schema=tables.ATTRIBUTIONS)
