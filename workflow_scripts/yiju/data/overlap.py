"""What a model can know without reading: how much two sentences overlap.

Half of a similarity corpus is often decided by shared characters alone, so every accuracy of ours stands beside that of
a logistic regression on these features. A model that does not beat it has learnt to count.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from rapidfuzz.distance import Indel, LCSseq, Levenshtein, Postfix, Prefix
from sklearn.linear_model import LogisticRegression

FEATURES = (
    "character_dice",
    "character_jaccard",
    "bigram_dice",
    "bigram_jaccard",
    "subsequence_ratio",
    "indel_ratio",
    "levenshtein_ratio",
    "tfidf_cosine",
    "prefix_ratio",
    "suffix_ratio",
    "length_difference",
    "length_ratio",
    "shorter_covered",
    "length_sum",
)


@dataclass(frozen=True)
class OverlapModel:
    """A fitted baseline: `predict` gives the probability of label 1; JSON holds it whole, without pickle."""

    idf: Mapping[str, float]
    mean: Sequence[float]
    scale: Sequence[float]
    coefficients: Sequence[float]
    intercept: float

    def predict(self, q: Sequence[str], t: Sequence[str]) -> np.ndarray:
        """Probability that each pair is similar. Returns [n] float64."""
        standard = (features(q, t, self.idf) - np.asarray(self.mean)) / np.asarray(self.scale)
        logits = standard @ np.asarray(self.coefficients) + self.intercept
        return 0.5 * (1.0 + np.tanh(logits / 2.0))  # the logistic function, in the form that cannot overflow

    def to_json(self) -> str:
        """One JSON object; floats in full, so that `from_json` predicts the same bits."""
        return json.dumps({"features": FEATURES, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote. ValueError if it was fitted on other features than this version computes."""
        fields = json.loads(text)
        if tuple(fields.pop("features", ())) != FEATURES:
            raise ValueError("the overlap model was fitted on other features: fit it again with this version")
        return cls(**fields)


def fit(q: Sequence[str], t: Sequence[str], labels: Sequence[int]) -> OverlapModel:
    """Fit the baseline on labelled pairs: idf over their sentences, then a regression on standard features."""
    idf = inverse_document_frequency([*q, *t])
    table = features(q, t, idf)
    mean, scale = table.mean(axis=0), table.std(axis=0)
    scale[scale == 0] = 1.0
    regression = LogisticRegression(max_iter=1000).fit((table - mean) / scale, np.asarray(labels))
    return OverlapModel(
        idf=idf,
        mean=mean.tolist(),
        scale=scale.tolist(),
        coefficients=regression.coef_[0].tolist(),
        intercept=float(regression.intercept_[0]),
    )


def inverse_document_frequency(sentences: Sequence[str]) -> dict[str, float]:
    """Smoothed idf of every character: ln((1 + n) / (1 + df)) + 1 (scikit-learn's)."""
    counts = Counter(character for sentence in sentences for character in sorted(set(sentence)))
    return {character: math.log((1 + len(sentences)) / (1 + n)) + 1 for character, n in counts.items()}


def features(q: Sequence[str], t: Sequence[str], idf: Mapping[str, float]) -> np.ndarray:
    """Overlap of each pair, in the order of FEATURES. Returns [n, len(FEATURES)] float64.

    Characters and bigrams count as often as they occur (multisets); a character without idf weighs as the rarest known.
    """
    rarest = max(idf.values(), default=1.0)
    rows = [_pair_features(a, b, idf, rarest) for a, b in zip(q, t, strict=True)]
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def _pair_features(a: str, b: str, idf: Mapping[str, float], rarest: float) -> tuple[float, ...]:
    counts_a, counts_b = Counter(a), Counter(b)
    shared = _shared(counts_a, counts_b)
    pairs_a, pairs_b = Counter(pairwise(a)), Counter(pairwise(b))
    shared_pairs = _shared(pairs_a, pairs_b)
    total, total_pairs = len(a) + len(b), max(len(a) - 1, 0) + max(len(b) - 1, 0)
    shorter, longer = sorted((len(a), len(b)))
    return (
        _ratio(2 * shared, total),
        _ratio(shared, total - shared),
        _ratio(2 * shared_pairs, total_pairs),
        _ratio(shared_pairs, total_pairs - shared_pairs),
        LCSseq.normalized_similarity(a, b),
        Indel.normalized_similarity(a, b),
        Levenshtein.normalized_similarity(a, b),
        _cosine(counts_a, counts_b, idf, rarest),
        Prefix.normalized_similarity(a, b),
        Postfix.normalized_similarity(a, b),
        float(longer - shorter),
        _ratio(shorter, longer),
        _ratio(shared, shorter),
        float(total),
    )


def _shared(a: Counter, b: Counter) -> int:
    if len(a) > len(b):
        a, b = b, a
    return sum(min(n, b[key]) for key, n in a.items() if key in b)


def _cosine(a: Counter, b: Counter, idf: Mapping[str, float], rarest: float) -> float:
    dot = sum(n * b[key] * idf.get(key, rarest) ** 2 for key, n in a.items() if key in b)
    return _ratio(dot, math.sqrt(_square_norm(a.items(), idf, rarest) * _square_norm(b.items(), idf, rarest)))


def _square_norm(counts: Iterable[tuple[str, int]], idf: Mapping[str, float], rarest: float) -> float:
    return sum((n * idf.get(key, rarest)) ** 2 for key, n in counts)


def _ratio(part: float, whole: float) -> float:
    """part / whole, and 1 for two empty sentences: they do not differ."""
    return part / whole if whole else 1.0
