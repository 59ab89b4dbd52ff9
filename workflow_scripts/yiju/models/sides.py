"""The two inputs of a pair whose texts a model reads by themselves: the same one is never computed twice."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from yiju.models.tokenized_texts import TokenizedTexts, ranges, starts_of
from yiju.models.tokens import Batch, TokenizedPairs


def side_bounds(pairs: TokenizedPairs, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the input of q (side 0) or of t (1) begins and ends in `pairs.ids`: int64 [pairs] each."""
    border = pairs.first_starts + pairs.first + pairs.template.first_share
    return (pairs.starts[:-1], border) if side == 0 else (border, pairs.starts[1:])


def distinct_inputs(pairs: TokenizedPairs, side: int) -> tuple[TokenizedTexts, np.ndarray]:
    """The different inputs of one side of pairs, and which of them each pair has: int64 [pairs]."""
    begins, ends = side_bounds(pairs, side)
    flat, width = pairs.ids.tobytes(), pairs.ids.itemsize
    known: dict[bytes, int] = {}
    bounds = zip((begins * width).tolist(), (ends * width).tolist(), strict=True)
    which = np.array([known.setdefault(flat[begin:end], len(known)) for begin, end in bounds], dtype=np.int64)
    firsts = np.unique(which, return_index=True)[1]
    lengths = (ends - begins)[firsts]
    ids = pairs.ids[np.repeat(begins[firsts], lengths) + ranges(lengths)]
    return TokenizedTexts(ids, starts_of(lengths), None), which


def padded(texts: TokenizedTexts, rows: np.ndarray, pad_id: int) -> tuple[Tensor, Tensor]:
    """Ids of the given texts, padded to the longest of them, int64 [rows, tokens], and which are no padding, bool.

    Texts of no token at all have one of padding.
    """
    lengths = texts.lengths[rows]
    columns = np.arange(max(1, lengths.max()))
    real = columns < lengths[:, None]
    ids = np.append(texts.ids, pad_id)[np.where(real, texts.starts[rows, None] + columns, len(texts.ids))]
    return torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(real)


def places_of(batch: Batch, side: int) -> tuple[Tensor, Tensor]:
    """Where the tokens of one side's input stand in a batch of pairs whose segment ids number the two inputs.

    Returns places, int64 [batch, tokens of the longest], and which of them are real and no padding, bool.
    """
    own = (batch.token_type_ids == side) & batch.attention_mask.bool()
    counts = own.sum(1, keepdim=True)
    columns = torch.arange(max(1, int(counts.max())), device=own.device)
    return (own.int().argmax(1, keepdim=True) + columns).clamp(max=own.shape[1] - 1), columns < counts
