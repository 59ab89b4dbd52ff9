"""Sentence pairs as token ids, and as batches without wasted padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from yiju.models.tokenized_texts import TokenizedTexts, ranges, starts_of, tokenize


def encode(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], spans: bool = False) -> TokenizedTexts:
    """Tokenise sentences; see `yiju.models.tokenized_texts.tokenize`."""
    place = getattr(tokenizer, "name_or_path", "") or "the model"
    return tokenize(tokenizer.backend_tokenizer, texts, spans, place)


@dataclass(frozen=True)
class Batch:
    """Token ids [batch, tokens] with mask and sides (segment ids 0/1), and the rows they come from."""

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    rows: np.ndarray

    def inputs(self) -> dict[str, Tensor]:
        """Keyword arguments of a transformers model."""
        return {
            "input_ids": self.input_ids,
            "attention_mask": self.attention_mask,
            "token_type_ids": self.token_type_ids,
        }

    def to(self, device: str | torch.device) -> Batch:
        if torch.device(device).type == "cpu":
            return self
        moved = [tensor.to(device, non_blocking=True) for tensor in self.inputs().values()]
        return Batch(*moved, self.rows)

    def take(self, places: Tensor) -> Batch:
        """The pairs at the given places of the batch; a place may come several times."""
        return Batch(*(tensor[places] for tensor in self.inputs().values()), self.rows[places.cpu().numpy()])


@dataclass(frozen=True)
class TokenizedPairs:
    """Model inputs of many pairs (or single sentences): [CLS] q [SEP] t [SEP] in one flat array.

    first: tokens of q kept; second: tokens of t kept, or -1 for a single sentence; truncated: whether a side was cut.
    """

    ids: np.ndarray
    starts: np.ndarray
    first: np.ndarray
    second: np.ndarray
    truncated: np.ndarray
    pad_id: int

    def __len__(self) -> int:
        return len(self.first)

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)

    @classmethod
    def joined(cls, parts: Sequence[TokenizedPairs]) -> TokenizedPairs:
        """The rows of one part or more, one part after another."""
        names = ("ids", "lengths", "first", "second", "truncated")
        ids, lengths, *sides = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
        return cls(ids, starts_of(lengths), *sides, parts[0].pad_id)

    def select(self, rows: np.ndarray) -> TokenizedPairs:
        """The given rows, in the order given; a row may come several times."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ids = self.ids[np.repeat(self.starts[rows], lengths) + ranges(lengths)]
        return TokenizedPairs(
            ids, starts_of(lengths), self.first[rows], self.second[rows], self.truncated[rows], self.pad_id
        )

    def batch(self, rows: np.ndarray) -> Batch:
        """The given rows, padded to the longest of them."""
        # Not self.lengths[rows], which is as long as the corpus.
        lengths = self.starts[rows + 1] - self.starts[rows]
        columns = np.arange(lengths.max())
        real = columns < lengths[:, None]
        ids = np.where(real, self.ids[np.minimum(self.starts[rows, None] + columns, len(self.ids) - 1)], self.pad_id)
        sides = real & (columns > self.first[rows, None] + 1) & (self.second[rows, None] >= 0)
        arrays = (ids.astype(np.int64), real.astype(np.int64), sides.astype(np.int64))
        return Batch(*(torch.from_numpy(array) for array in arrays), rows)


def pair_up(
    tokenizer: PreTrainedTokenizerBase, q: TokenizedTexts, t: TokenizedTexts | None, max_length: int
) -> TokenizedPairs:
    """Assemble pairs (or, without `t`, single sentences) of at most `max_length` tokens, special ones included."""
    nothing = np.full(len(q), -1)
    room = max_length - (2 if t is None else 3)
    first, second = (np.minimum(q.lengths, room), nothing) if t is None else fit(q.lengths, t.lengths, room)
    truncated = (first < q.lengths) | ((second < t.lengths) if t is not None else False)
    lengths = first + np.maximum(second, 0) + (2 if t is None else 3)
    starts = starts_of(lengths)
    ids = np.full(starts[-1], tokenizer.sep_token_id, np.int32)
    ids[starts[:-1]] = tokenizer.cls_token_id
    _place(ids, starts[:-1] + 1, q, first)
    if t is not None:
        _place(ids, starts[:-1] + 2 + first, t, second)
    return TokenizedPairs(ids, starts, first, second, truncated, tokenizer.pad_token_id)


def encode_pairs(
    tokenizer: PreTrainedTokenizerBase, q: Sequence[str], t: Sequence[str], max_length: int
) -> TokenizedPairs:
    """Tokenise and assemble sentence pairs."""
    return pair_up(tokenizer, encode(tokenizer, q), encode(tokenizer, t), max_length)


def fit(first: np.ndarray, second: np.ndarray, room: int) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of both sides after the longer one was cut token by token until both fit into `room`.

    The same as transformers' `longest_first`: the side that was longer keeps the odd token.
    """
    low, high = room // 2, room - room // 2
    first_limit = np.where(first > second, high, low)
    kept_first = np.minimum(first, np.maximum(room - second, first_limit))
    kept_second = np.minimum(second, np.maximum(room - first, room - first_limit))
    return kept_first, kept_second


def by_length(lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    """Rows in batches of similar length, longest first, at most `budget` padded tokens each (one row at least)."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = max(1, budget // int(lengths[order[start]]))
        yield order[start : start + size]
        start += size


def _place(ids: np.ndarray, at: np.ndarray, sentences: TokenizedTexts, counts: np.ndarray) -> None:
    """Copy the first `counts` tokens of every sentence to `ids`, beginning at the positions `at`."""
    within = ranges(counts)
    ids[np.repeat(at, counts) + within] = sentences.ids[np.repeat(sentences.starts[:-1], counts) + within]
