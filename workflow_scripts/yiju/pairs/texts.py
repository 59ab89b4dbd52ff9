"""The sentences that post-training reads."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju import tables
from yiju.errors import YijuError

log = logging.getLogger(__name__)


def write_texts(
    pairs: str | Path,
    held_out: str | Path,
    items: Sequence[str | Path],
    out: str | Path,
    corpora: Sequence[str] | str,
    transductive: bool,
) -> None:
    """Write the distinct sentences for post-training (TEXTS), in order of appearance, under the first corpus of each.

    corpora: names, or "all"; a competition set goes by the name of its file. Sentences that occur, normalised, in any
    dev, test or competition set stay out, also where a train split holds them; `transductive` reads all of them.
    Sentences are told apart by 64-bit hashes and never held whole.
    """
    banned = _banned(held_out) if not transductive else np.empty(0, dtype=np.uint32)

    def parts() -> Iterator[pl.DataFrame]:
        yield from _merged_sentences(pairs, corpora, transductive)
        if transductive:
            yield from map(_item_sentences, items)

    kept = _first_of_each(parts(), banned)
    if not kept.any():
        raise YijuError(f"{pairs}: no sentences are left for post-training; see posttrain.corpora and transductive")
    tables.write_stream(_chosen(parts(), kept), out, tables.TEXTS)
    log.info("%d sentences", kept.sum())


def _banned(held_out: str | Path) -> np.ndarray:
    """Numbers of the sentences of all held-out sets, sorted."""
    table = tables.read(held_out, tables.HELD_OUT)
    return np.unique(np.concatenate([table["low"].to_numpy(), table["high"].to_numpy()]))


def _merged_sentences(pairs: str | Path, corpora: Sequence[str] | str, transductive: bool) -> Iterator[pl.DataFrame]:
    """Both sentences of every pair, first q, then t: columns text, corpus, number."""
    for part in tables.parts(pairs, tables.MERGED, ["corpus", "split", "q", "t", "q_sentence", "t_sentence"]):
        chosen = part if corpora == "all" else part.filter(pl.col("corpus").is_in(list(corpora)))
        chosen = chosen if transductive else chosen.filter(pl.col("split") == "train")
        both = chosen.select(
            pl.concat_list("q", "t").alias("text"), "corpus", pl.concat_list("q_sentence", "t_sentence").alias("number")
        )
        yield both.explode("text", "number")


def _item_sentences(path: str | Path) -> pl.DataFrame:
    texts = tables.read(path, tables.ITEMS).select(pl.concat_list("q", "t").alias("text")).explode("text")
    return texts.with_columns(corpus=pl.lit(Path(path).stem), number=pl.lit(None, pl.UInt32))


def _first_of_each(parts: Iterator[pl.DataFrame], banned: np.ndarray) -> np.ndarray:
    """Which sentences to write: not banned, and the first of their text. Returns [n] bool."""
    hashes, allowed = [], []
    for part in parts:
        hashes.append(part["text"].hash(seed=0).to_numpy())
        allowed.append(~np.isin(part["number"].to_numpy(), banned) if len(banned) else np.ones(part.height, dtype=bool))
    if not hashes:
        return np.zeros(0, dtype=bool)
    kept = np.concatenate(allowed)
    places = np.flatnonzero(kept)
    log.info("%d of %d sentences left out: held-out sets have them", len(kept) - len(places), len(kept))
    _, first = np.unique(np.concatenate(hashes)[places], return_index=True)
    kept[:] = False
    kept[places[first]] = True
    return kept


def _chosen(parts: Iterator[pl.DataFrame], kept: np.ndarray) -> Iterator[pl.DataFrame]:
    start = 0
    for part in parts:
        yield part.filter(kept[start : start + part.height]).select(list(tables.TEXTS))
        start += part.height
