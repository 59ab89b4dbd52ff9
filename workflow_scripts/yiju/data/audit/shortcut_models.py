"""What each shortcut may see of a pair, and the model that guesses the label from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import polars as pl
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from yiju.data.overlap import features, inverse_document_frequency

Inputs: TypeAlias = "np.ndarray | csr_array | csr_matrix"
# Buckets of hashed character n-grams: some five times the different ones of a sample.
BUCKETS = 2**18


@dataclass(frozen=True)
class Shortcut:
    """inputs: pairs -> [n, features]; model: seed -> an unfitted classifier; sees: which sentences (0: q, 1: t).

    travels: whether it may lead anywhere on other corpora, as what knows no words may.
    """

    inputs: Callable[[pl.DataFrame], Inputs]
    model: Callable[[int], ClassifierMixin]
    sees: tuple[int, ...]
    travels: bool


def fit(shortcut: Shortcut, inputs: Inputs, labels: np.ndarray, seed: int) -> ClassifierMixin:
    """The shortcut's model of these pairs; where all have one label, that label is all there is to learn."""
    model = shortcut.model(seed) if len(np.unique(labels)) > 1 else DummyClassifier()
    return model.fit(inputs, labels)


def length_inputs(pairs: pl.DataFrame) -> np.ndarray:
    """Characters of both sentences, their difference (signed and not), sum and ratio. Returns [n, 6] float64."""
    q, t = (pairs[side].str.len_chars().to_numpy().astype(np.float64) for side in ("q", "t"))
    ratio = np.minimum(q, t) / np.maximum(np.maximum(q, t), 1)
    return np.column_stack([q, t, q - t, np.abs(q - t), q + t, ratio])


def ngram_inputs(pairs: pl.DataFrame, side: str) -> csr_matrix:
    """How often each character and character bigram occurs in one sentence, hashed, at length 1. [n, BUCKETS] float32.

    Without idf, which changed no figure on real corpora by a point.
    """
    counter = HashingVectorizer(
        analyzer="char", ngram_range=(1, 2), n_features=BUCKETS, alternate_sign=False, dtype=np.float32
    )
    return counter.transform(pairs[side].to_list())


def overlap_inputs(pairs: pl.DataFrame) -> np.ndarray:
    """The features of the overlap baseline, idf over the sentences of these pairs. Returns [n, features] float64."""
    q, t = pairs["q"].to_list(), pairs["t"].to_list()
    return features(q, t, inverse_document_frequency([*q, *t]))


def _boosted_trees(seed: int) -> ClassifierMixin:
    """Few and small: lengths take so few values that more of them learn noise."""
    return HistGradientBoostingClassifier(
        max_iter=25, learning_rate=0.2, max_leaf_nodes=7, early_stopping=False, random_state=seed
    )


def _text_regression(seed: int) -> ClassifierMixin:
    """Solved in the dual: some ten times as fast on sparse text."""
    return LogisticRegression(solver="liblinear", dual=True, max_iter=1000, random_state=seed)


def _regression(seed: int) -> ClassifierMixin:
    """As `yiju.data.overlap.fit`."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed))


SHORTCUTS = {
    "lengths": Shortcut(length_inputs, _boosted_trees, sees=(0, 1), travels=True),
    "first_sentence": Shortcut(partial(ngram_inputs, side="q"), _text_regression, sees=(0,), travels=False),
    "second_sentence": Shortcut(partial(ngram_inputs, side="t"), _text_regression, sees=(1,), travels=False),
    "overlap": Shortcut(overlap_inputs, _regression, sees=(0, 1), travels=True),
}
