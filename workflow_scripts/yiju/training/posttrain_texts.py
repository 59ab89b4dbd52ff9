"""The texts of a run as post-training reads them: which are held out, and how they become inputs of the model."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import torch
from transformers import PreTrainedTokenizerBase

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.word_segmentation import Cut
from yiju.models.template import template_of
from yiju.models.tokenized_texts import CHUNK, TokenizedTexts
from yiju.models.tokens import TokenizedPairs, encode, pair_up
from yiju.training.packing import pack
from yiju.training.words import cut_of, encode_words, split_ids

log = logging.getLogger(__name__)
# Texts set aside to see how well unseen ones are guessed.
HELD_OUT, HELD_OUT_SHARE = 2000, 0.01


def read_texts(
    path: str | Path, tokenizer: PreTrainedTokenizerBase, settings: dict
) -> tuple[TokenizedPairs, TokenizedPairs, str]:
    """What is learnt from, what is held out, and what a row of the former is called.

    settings: `masking`, `dictionary`, `packing`, `max_length` and `seed`, as in the `posttrain` section. The held-out
    texts are the same for every masking, and stand alone with packing too, so that perplexities can be compared.
    """
    aside, paired = _set_aside(path, settings["seed"])
    if len(aside) < 2:
        raise YijuError("posttrain.corpora: fewer than two texts to learn from")
    cut = cut_of(settings["dictionary"]) if settings["masking"] == "words" else None
    learnt, held_out = (
        _guessable(_assemble(tokenizer, _rows(path, chosen), cut, settings, packing), tokenizer.all_special_ids)
        for chosen, packing in ((~aside, settings["packing"]), (aside, False))
    )
    if not len(learnt) or not len(held_out):
        raise YijuError(f"{path}: its {len(aside)} texts are unknown to the vocabulary, and leave nothing to guess")
    return learnt, held_out, "blocks" if settings["packing"] else "pairs" if paired else "sentences"


def _set_aside(path: str | Path, seed: int) -> tuple[np.ndarray, bool]:
    """Which rows of TEXTS are held out, bool [rows], and whether they are pairs.

    Pairs whose sentences are in no other pair are held out first: others have been seen in part.
    """
    second = tables.read(path, tables.TEXTS, ["second"])["second"]
    rows, paired = len(second), not second.null_count()
    order = np.random.default_rng(seed).permutation(rows)
    if paired:
        sentences = tables.read(path, tables.TEXTS, ["text", "second"])
        repeated = pl.concat([sentences["text"], sentences["second"]]).is_duplicated().to_numpy()
        seen = repeated[:rows] | repeated[rows:]
        order = order[np.argsort(seen[order], kind="stable")]
    aside = np.zeros(rows, dtype=bool)
    aside[order[: min(HELD_OUT, max(1, int(rows * HELD_OUT_SHARE)))]] = True
    return aside, paired


def _rows(path: str | Path, chosen: np.ndarray) -> Iterator[pl.DataFrame]:
    """The chosen rows of TEXTS, in order; in parts, as texts take far more room than their tokens."""
    first, seen = 0, 0
    for part in tables.parts(path, tables.TEXTS):
        rows = part.filter(chosen[first : first + part.height])
        first, seen = first + part.height, seen + rows.height
        if rows.height:
            yield rows
            log.info("%d of %d texts read", seen, chosen.sum())


def _assemble(
    tokenizer: PreTrainedTokenizerBase, parts: Iterable[pl.DataFrame], cut: Cut | None, settings: dict, packing: bool
) -> TokenizedPairs:
    """Rows of TEXTS as inputs of the model, their words marked where there is a `cut`."""
    length = settings["max_length"]
    if packing:
        sentences = TokenizedTexts.joined([_encode(tokenizer, part["text"], cut) for part in parts])
        return pack(tokenizer, sentences, length, settings["seed"])
    sequences = TokenizedPairs.joined([_side_by_side(tokenizer, part, cut, length) for part in parts])
    if sequences.truncated.any():
        log.info("%d of %d texts are too long and lose their end", sequences.truncated.sum(), len(sequences))
    return sequences


def _side_by_side(
    tokenizer: PreTrainedTokenizerBase, part: pl.DataFrame, cut: Cut | None, length: int
) -> TokenizedPairs:
    second = None if part["second"].null_count() else _encode(tokenizer, part["second"], cut)
    return pair_up(template_of(tokenizer), _encode(tokenizer, part["text"], cut), second, length)


def _encode(tokenizer: PreTrainedTokenizerBase, texts: pl.Series, cut: Cut | None) -> TokenizedTexts:
    return encode(tokenizer, texts.to_list()) if cut is None else encode_words(tokenizer, texts.to_list(), cut)


def _guessable(sequences: TokenizedPairs, special_ids: list[int]) -> TokenizedPairs:
    """The rows that hold anything to guess: not unknown characters alone."""
    kept = np.empty(len(sequences), dtype=bool)
    for first in range(0, len(sequences), CHUNK):
        starts = sequences.starts[first : first + CHUNK + 1]
        ids, _ = split_ids(torch.from_numpy(sequences.ids[starts[0] : starts[-1]]))
        known = ~np.isin(ids.numpy(), special_ids)
        kept[first : first + CHUNK] = np.logical_or.reduceat(known, starts[:-1] - starts[0])
    if kept.all():
        return sequences
    log.info("%d of %d rows left out: nothing in them to guess", len(kept) - kept.sum(), len(kept))
    return sequences.select(np.flatnonzero(kept))
