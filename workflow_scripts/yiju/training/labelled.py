"""Labelled pairs as a training takes them: read part by part, as texts take far more room than their tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from transformers import PreTrainedTokenizerBase

from yiju.base import tables
from yiju.models.tokens import TokenizedPairs, encode_pairs
from yiju.training.weighting import contradictions, edit_distance_weights


@dataclass(frozen=True)
class Labelled:
    """Model inputs of labelled pairs; labels: int8 [pairs]; weights: float64 [pairs], or None where all count alike."""

    pairs: TokenizedPairs
    labels: np.ndarray
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)


def read_labelled(
    parts: Iterable[pl.DataFrame],
    tokenizer: PreTrainedTokenizerBase,
    max_length: int,
    weighting: str = "none",
    threads: int = 1,
) -> Labelled | None:
    """Tokenise the rows (`q`, `t`, `label`) of the parts in order; None where there are none.

    weighting: `none` or `edit_distance`, computed on so many threads. Raises YijuError where it leaves nothing.
    """
    sequences, labels, belied = [], [], []
    for part in parts:
        q, t, truth = part["q"].to_list(), part["t"].to_list(), part["label"].to_numpy()
        if not len(truth):
            continue
        sequences.append(encode_pairs(tokenizer, q, t, max_length))
        labels.append(truth)
        if weighting != "none":
            belied.append(contradictions(q, t, truth, threads))
    if not labels:
        return None
    weights = edit_distance_weights(np.concatenate(belied)) if belied else None
    return Labelled(TokenizedPairs.joined(sequences), np.concatenate(labels), weights)


def labelled_items(selection: str) -> pl.DataFrame:
    """The items of a set that have a label."""
    return tables.read(selection, tables.ITEMS).filter(pl.col("label").is_not_null())


def exchanged_items(selection: str, tokenizer: PreTrainedTokenizerBase, settings: dict) -> list[TokenizedPairs]:
    """The labelled items with their sides exchanged, where the mean of both orders decides."""
    if not settings["average_orders"]:
        return []
    items = labelled_items(selection)
    return [encode_pairs(tokenizer, items["t"].to_list(), items["q"].to_list(), settings["max_length"])]
