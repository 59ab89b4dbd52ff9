"""What post-training reads: the distinct sentences, or the distinct pairs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.pairs.losses import nothing_left

log = logging.getLogger(__name__)
READ = ["corpus", "split", "q", "t", "q_sentence", "t_sentence"]


def write_texts(
    pairs: str | Path,
    held_out: str | Path,
    ledger: str | Path,
    items: Sequence[str | Path],
    out: str | Path,
    corpora: Sequence[str] | str,
    transductive: bool,
    unit: str,
) -> None:
    """Write the distinct texts for post-training (TEXTS), in order of appearance, under the first corpus of each.

    corpora: names, or "all"; a competition set goes by the name of its file. unit: "sentences", or "pairs", of which
    both orders are one. What holds a sentence that occurs, normalised, in any dev, test or competition set stays out,
    also where a train split has it; `transductive` reads all of it. Texts are compared by 64-bit hashes and never
    held whole. ledger: of merging, which says why nothing is left.
    """
    banned = _banned(held_out) if not transductive else np.empty(0, dtype=np.uint32)

    def parts() -> Iterator[pl.DataFrame]:
        yield from _merged_rows(pairs, corpora, transductive)
        if transductive:
            yield from map(_item_rows, items)

    kept = _first_of_each(parts(), banned, unit)
    if not kept.any():
        raise YijuError(f"posttrain.corpora: no {unit} are left to read. {_why(pairs, ledger, corpora)}")
    tables.write_stream(_chosen(parts(), kept, unit), out, tables.TEXTS)
    log.info("%d %s", kept.sum(), unit)


def _why(pairs: str | Path, ledger: str | Path, corpora: Sequence[str] | str) -> str:
    """Why there is nothing to read: no train rows, or all of their sentences are held out."""
    if not any(part.height for part in _merged_rows(pairs, corpora, transductive=False)):
        return nothing_left(ledger, None if corpora == "all" else corpora)
    return "All of them occur in dev, test or competition sets; name other corpora, or set posttrain.transductive: true"


def _banned(held_out: str | Path) -> np.ndarray:
    """Numbers of the sentences of all held-out sets, sorted."""
    table = tables.read(held_out, tables.HELD_OUT)
    return np.unique(np.concatenate([table["low"].to_numpy(), table["high"].to_numpy()]))


def _merged_rows(pairs: str | Path, corpora: Sequence[str] | str, transductive: bool) -> Iterator[pl.DataFrame]:
    for part in tables.parts(pairs, tables.MERGED, READ):
        chosen = part if corpora == "all" else part.filter(pl.col("corpus").is_in(list(corpora)))
        yield chosen if transductive else chosen.filter(pl.col("split") == "train")


def _item_rows(path: str | Path) -> pl.DataFrame:
    """The pairs of a competition set; they are read where nothing is banned, so their sentences need no numbers."""
    return tables.read(path, tables.ITEMS).select("q", "t", pl.lit(Path(path).stem).alias("corpus"))


def _first_of_each(parts: Iterator[pl.DataFrame], banned: np.ndarray, unit: str) -> np.ndarray:
    """Which texts to write: not banned, and the first of their kind. Returns [n] bool."""
    hashes, allowed = [], []
    for rows in parts:
        hashes.append(_hashes(rows, unit))
        allowed.append(_allowed(rows, banned, unit) if len(banned) else np.ones(len(hashes[-1]), dtype=bool))
    if not hashes:
        return np.zeros(0, dtype=bool)
    kept = np.concatenate(allowed)
    places = np.flatnonzero(kept)
    log.info("%d of %d %s left out: held-out sets have them", len(kept) - len(places), len(kept), unit)
    _, first = np.unique(np.concatenate(hashes)[places], return_index=True)
    kept[:] = False
    kept[places[first]] = True
    return kept


def _hashes(rows: pl.DataFrame, unit: str) -> np.ndarray:
    """One number for each text of some rows (a pair's is the same in either order), first q, then t."""
    if unit == "pairs":
        either_order = pl.concat_str(pl.min_horizontal("q", "t"), pl.max_horizontal("q", "t"), separator="\0")
        return rows.select(either_order.hash(seed=0)).to_series().to_numpy()
    return rows.select(pl.col("q", "t").hash(seed=0)).to_numpy().reshape(-1)


def _allowed(rows: pl.DataFrame, banned: np.ndarray, unit: str) -> np.ndarray:
    """Which of these texts hold no banned sentence."""
    free = ~np.isin(rows.select("q_sentence", "t_sentence").to_numpy(), banned)
    return np.asarray(free.all(axis=1) if unit == "pairs" else free.reshape(-1))


def _chosen(parts: Iterator[pl.DataFrame], kept: np.ndarray, unit: str) -> Iterator[pl.DataFrame]:
    start = 0
    for rows in parts:
        texts = _texts(rows, unit)
        yield texts.filter(kept[start : start + texts.height])
        start += texts.height


def _texts(rows: pl.DataFrame, unit: str) -> pl.DataFrame:
    """TEXTS of some rows, before any is left out; of single sentences first q, then t of every pair."""
    if unit == "pairs":
        return rows.select(pl.col("q").alias("text"), pl.col("t").alias("second"), "corpus")
    both = rows.select(pl.concat_list("q", "t").alias("text"), "corpus").explode("text")
    return both.select("text", pl.lit(None, pl.String).alias("second"), "corpus")
