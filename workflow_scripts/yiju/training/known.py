"""Whether a tokeniser knows the characters of what it is to learn from: of unknown ones a model learns nothing."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.models.tokens import encode

log = logging.getLogger(__name__)
# Shares of the characters that are unknown. A Chinese vocabulary lacks less than one character in a hundred of Chinese
# texts; BERT's English one lacks most of them.
REFUSED, WARNED = 0.2, 0.02
# Rows that are looked at, spread evenly over a table.
SAMPLE = 10_000
EXAMPLES = 10


def require_known(
    tokenizer: PreTrainedTokenizerBase, table: str | Path, schema: pa.Schema, columns: Sequence[str], key: str
) -> None:
    """Refuse to train on texts that the tokeniser hardly knows, and warn where it lacks a part of them.

    table: of which `columns` are the texts; key: of the configuration that chose them. Raises YijuError with the share,
    examples and the remedy.
    """
    texts = _texts(table, schema, columns)
    unknown, characters = unknown_characters(tokenizer, texts)
    share = unknown.total() / max(characters, 1)
    if share <= WARNED:
        return
    examples = " ".join(character for character, _ in unknown.most_common(EXAMPLES))
    said = (
        f"encoder: its vocabulary lacks {share:.1%} of the characters in a sample of {len(texts):,} texts of {key}, "
        f"first of all {examples}"
    )
    if share > REFUSED:
        raise YijuError(
            f"{said}; more than {REFUSED:.0%} cannot be learnt from: take a checkpoint in the language of the corpora "
            "with the tokeniser that belongs to it (encoder.name), or a larger encoder.scratch.vocabulary_size"
        )
    # Of several processes of a training, one says it.
    if os.environ.get("RANK", "0") == "0":
        log.warning("%s; pairs that differ in these alone look equal to the model", said)


def unknown_characters(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> tuple[Counter[str], int]:
    """Characters that the unknown token stands for, how often, and how many characters there are; no white space."""
    characters = sum(len("".join(text.split())) for text in texts)
    if tokenizer.unk_token_id is None:
        return Counter(), characters
    spelt = encode(tokenizer, texts, spans=True)
    places = np.flatnonzero(spelt.ids == tokenizer.unk_token_id)
    rows = np.searchsorted(spelt.starts, places, side="right") - 1
    found: Counter[str] = Counter()
    for row, (start, end) in zip(rows.tolist(), spelt.known_spans[places].tolist(), strict=True):
        found.update("".join(texts[row][start:end].split()))
    return found, characters


def _texts(table: str | Path, schema: pa.Schema, columns: Sequence[str]) -> list[str]:
    """The texts of rows that are spread evenly over a table."""
    step = max(1, tables.height(table, schema) // SAMPLE)
    chosen, first = tables.empty(schema, columns), 0
    for part in tables.parts(table, schema, columns):
        chosen = chosen.vstack(part.gather_every(step, -first % step))
        first += part.height
    return [text for name in columns for text in chosen[name].drop_nulls().to_list()]
