"""What the splits of the corpora are like: labels, lengths, overlap by label, and what the vocabulary covers."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.audit.characters import shared_characters
from yiju.data.audit.splits import draw_splits
from yiju.models.coverage import measure_coverage

log = logging.getLogger(__name__)
# Histograms have one bin for each of these values, from there up to the next; the last one is open.
LENGTH_BINS = range(0, 65, 2)
OVERLAP_BINS = 20
LABELS = {"1": 1, "0": 0, "none": None}


def describe_corpora(
    pairs: str | Path, tokenizer: str | Path, out: str | Path, max_length: int, sample: int, seed: int
) -> None:
    """Write the statistics of every split of the MERGED pairs as JSON.

    length: characters of all sentences of all pairs (p95: what 95 % of them do not exceed); sentences: how many
    different ones, after normalisation; overlap: by label, Dice coefficient of the two sentences' characters.
    coverage: of the tokeniser, a tokenizer.json, over at most `sample` pairs of a split, drawn by the seed; see
    `measure_coverage`. `length_bins` and `overlap_bins` are where the histograms' bins begin.
    """
    spelling = Tokenizer.from_file(str(tokenizer))
    measures = _measure(pairs).partition_by("corpus", "split", as_dict=True, include_key=False)
    splits = []
    for drawn in draw_splits(pairs, ("q", "t"), sample, seed):
        name = {"corpus": drawn.corpus, "split": drawn.split}
        coverage = measure_coverage(spelling, drawn.rows, max_length)
        splits.append({**name, **_describe(measures[drawn.corpus, drawn.split]), "coverage": coverage})
    begins = [place / OVERLAP_BINS for place in range(OVERLAP_BINS)]
    bins = {"length_bins": list(LENGTH_BINS), "overlap_bins": begins}
    write_json(out, {"max_length": max_length, **bins, "splits": splits})
    log.info("%d splits of %d pairs described", len(splits), sum(one["pairs"] for one in splits))


def _measure(pairs: str | Path) -> pl.DataFrame:
    """Lengths of both sentences of every pair and how many characters they share, without the sentences."""
    parts = []
    for part in tables.parts(pairs, tables.MERGED, ("corpus", "split", "q", "t", "label", "q_sentence", "t_sentence")):
        measured = part.select(
            pl.col("corpus", "split").cast(pl.Categorical),
            "label",
            "q_sentence",
            "t_sentence",
            q=pl.col("q").str.len_chars(),
            t=pl.col("t").str.len_chars(),
            shared=pl.Series(shared_characters(part["q"], part["t"]), dtype=pl.UInt32),
        )
        parts.append(measured)
    return pl.concat(parts)


def _describe(rows: pl.DataFrame) -> dict:
    """The part of a split's entry that is exact over all its rows."""
    q, t, shared = (rows[name].to_numpy().astype(np.int64) for name in ("q", "t", "shared"))
    chosen = {name: rows["label"].eq_missing(label).to_numpy() for name, label in LABELS.items()}
    return {
        "pairs": rows.height,
        "labels": {name: int(mask.sum()) for name, mask in chosen.items()},
        "sentences": pl.concat([rows["q_sentence"], rows["t_sentence"]]).n_unique(),
        "length": _lengths(np.concatenate([q, t])),
        "overlap": {name: _overlap(shared[mask], (q + t)[mask]) for name, mask in chosen.items()},
    }


def _lengths(lengths: np.ndarray) -> dict:
    bins = np.searchsorted(LENGTH_BINS, lengths, side="right") - 1
    return {
        "mean": round(float(lengths.mean()), 6),
        "median": float(np.median(lengths)),
        "p95": int(np.quantile(lengths, 0.95, method="inverted_cdf")),
        "max": int(lengths.max()),
        "histogram": np.bincount(bins, minlength=len(LENGTH_BINS)).tolist(),
    }


def _overlap(shared: np.ndarray, total: np.ndarray) -> dict:
    """Median and histogram of 2 * shared / total; a median of no pairs is null."""
    # Whole numbers, so that no pair slips over the edge of its bin; equal sentences (1) belong to the last one.
    bins = np.minimum(2 * OVERLAP_BINS * shared // total, OVERLAP_BINS - 1)
    return {
        "median": round(float(np.median(2 * shared / total)), 6) if len(total) else None,
        "histogram": np.bincount(bins, minlength=OVERLAP_BINS).tolist(),
    }
