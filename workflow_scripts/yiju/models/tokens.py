"""Sentence pairs as token ids, and as batches without wasted padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yiju.models.template import Template, template_of
from yiju.models.tokenized_texts import TokenizedTexts, ranges, starts_of, tokenize

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase


def encode(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], spans: bool = False) -> TokenizedTexts:
    """Tokenise sentences; see `yiju.models.tokenized_texts.tokenize`."""
    place = getattr(tokenizer, "name_or_path", "") or "the model"
    return tokenize(tokenizer.backend_tokenizer, texts, spans, place)


def encode_side(
    tokenizer: PreTrainedTokenizerBase, template: Template, texts: Sequence[str], side: int, spans: bool = False
) -> TokenizedTexts:
    """Tokenise the texts of q (side 0) or of t (1) as they stand in the template.

    Spans are in characters of the text as given: a token of what is put around it has an empty one.
    """
    lead, trail = template.leads[side], template.trails[side]
    if not lead and not trail:
        return encode(tokenizer, texts, spans)
    found = encode(tokenizer, [f"{lead}{text}{trail}" for text in texts], spans)
    if not spans:
        return found
    ends = np.repeat([len(text) for text in texts], found.lengths)[:, None]
    own = np.clip(found.known_spans - len(lead), 0, ends).astype(np.int32)
    return TokenizedTexts(found.ids, found.starts, own)


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
        import torch

        if torch.device(device).type == "cpu":
            return self
        ids, mask, sides = (tensor.to(device, non_blocking=True) for tensor in self.inputs().values())
        return Batch(ids, mask, sides, self.rows)

    def take(self, places: Tensor) -> Batch:
        """The pairs at the given places of the batch; a place may come several times."""
        ids, mask, sides = (tensor[places] for tensor in self.inputs().values())
        return Batch(ids, mask, sides, self.rows[places.cpu().numpy()])


@dataclass(frozen=True)
class TokenizedPairs:
    """Model inputs of many pairs (or single sentences) in one flat array, as [CLS] q [SEP] t [SEP] of a BERT.

    first: tokens of q kept; second: tokens of t kept, or -1 for a single sentence; truncated: whether a side was cut;
    template: what stands around the tokens of q and t.
    """

    ids: np.ndarray
    starts: np.ndarray
    first: np.ndarray
    second: np.ndarray
    truncated: np.ndarray
    template: Template

    def __len__(self) -> int:
        return len(self.first)

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)

    @property
    def first_starts(self) -> np.ndarray:
        """Where the tokens of q begin in `ids`, int64 [pairs]."""
        return self.starts[:-1] + len(self.template.before)

    @property
    def second_starts(self) -> np.ndarray:
        """Where the tokens of t begin in `ids`, int64 [pairs]."""
        return self.first_starts + self.first + len(self.template.between)

    @classmethod
    def joined(cls, parts: Sequence[TokenizedPairs]) -> TokenizedPairs:
        """The rows of one part or more, one part after another."""
        names = ("ids", "lengths", "first", "second", "truncated")
        ids, lengths, first, second, truncated = (
            np.concatenate([getattr(part, name) for part in parts]) for name in names
        )
        return cls(ids, starts_of(lengths), first, second, truncated, parts[0].template)

    def select(self, rows: np.ndarray) -> TokenizedPairs:
        """The given rows, in the order given; a row may come several times."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ids = self.ids[np.repeat(self.starts[rows], lengths) + ranges(lengths)]
        return TokenizedPairs(
            ids, starts_of(lengths), self.first[rows], self.second[rows], self.truncated[rows], self.template
        )

    def batch(self, rows: np.ndarray, width: int | None = None) -> Batch:
        """The given rows, padded to the longest of them, or to `width` tokens."""
        import torch

        ids, mask, sides = map(torch.from_numpy, self.arrays(rows, width))
        return Batch(ids, mask, sides, rows)

    def arrays(self, rows: np.ndarray, width: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ids, mask and sides of the given rows, padded as by `batch`: int64 [rows, tokens] each."""
        # Not self.lengths[rows], which is as long as the corpus.
        lengths = self.starts[rows + 1] - self.starts[rows]
        columns = np.arange(width or lengths.max())
        real = columns < lengths[:, None]
        ids = np.where(
            real, self.ids[np.minimum(self.starts[rows, None] + columns, len(self.ids) - 1)], self.template.pad_id
        )
        second = len(self.template.before) + self.first[rows, None] + self.template.first_share
        sides = real & self.template.numbered & (columns >= second) & (self.second[rows, None] >= 0)
        return ids.astype(np.int64), real.astype(np.int64), sides.astype(np.int64)


def pair_up(template: Template, q: TokenizedTexts, t: TokenizedTexts | None, max_length: int) -> TokenizedPairs:
    """Assemble pairs (or, without `t`, single sentences) of at most `max_length` tokens, the template's included."""
    if t is None:
        return _singles(template, q, max_length)
    return _assembled(template, q, t, *_kept(template, q.lengths, t.lengths, max_length))


def pair_up_separate(
    template: Template, q: TokenizedTexts, t: TokenizedTexts, limits: tuple[int, int]
) -> TokenizedPairs:
    """Assemble pairs whose texts are inputs of their own. limits: tokens of either input, the template's included."""
    own = len(template.before) + template.first_share
    rooms = limits[0] - own, limits[1] - (template.around - own)
    return _assembled(template, q, t, np.minimum(q.lengths, rooms[0]), np.minimum(t.lengths, rooms[1]))


def _assembled(
    template: Template, q: TokenizedTexts, t: TokenizedTexts, first: np.ndarray, second: np.ndarray
) -> TokenizedPairs:
    """Pairs of the first so many tokens of each text of q and of t."""
    truncated = (first < q.lengths) | (second < t.lengths)
    starts = starts_of(first + second + template.around)
    pairs = TokenizedPairs(np.empty(starts[-1], np.int32), starts, first, second, truncated, template)
    _fill(pairs.ids, starts[:-1], template.before)
    _place(pairs.ids, pairs.first_starts, q, first)
    _fill(pairs.ids, pairs.first_starts + first, template.between)
    _place(pairs.ids, pairs.second_starts, t, second)
    _fill(pairs.ids, pairs.second_starts + second, template.after)
    return pairs


def encode_pairs(
    tokenizer: PreTrainedTokenizerBase, q: Sequence[str], t: Sequence[str], max_length: int
) -> TokenizedPairs:
    """Tokenise and assemble sentence pairs."""
    return pair_up(template_of(tokenizer), encode(tokenizer, q), encode(tokenizer, t), max_length)


def _singles(template: Template, texts: TokenizedTexts, max_length: int) -> TokenizedPairs:
    before, after = template.single
    kept = np.minimum(texts.lengths, max_length - len(before) - len(after))
    starts = starts_of(kept + len(before) + len(after))
    ids = np.empty(starts[-1], np.int32)
    _fill(ids, starts[:-1], before)
    _place(ids, starts[:-1] + len(before), texts, kept)
    _fill(ids, starts[:-1] + len(before) + kept, after)
    return TokenizedPairs(ids, starts, kept, np.full(len(texts), -1), kept < texts.lengths, template)


def _kept(template: Template, first: np.ndarray, second: np.ndarray, max_length: int) -> tuple[np.ndarray, np.ndarray]:
    """How many tokens of q and of t are read."""
    room = template.room(max_length)
    if not template.cut_last:
        return fit(first, second, room)
    kept = np.minimum(first, room)
    return kept, np.minimum(second, room - kept)


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


def _fill(ids: np.ndarray, at: np.ndarray, constant: Sequence[int]) -> None:
    """Write the same ids at each of the positions `at`."""
    for place, token in enumerate(constant):
        ids[at + place] = token


def _place(ids: np.ndarray, at: np.ndarray, sentences: TokenizedTexts, counts: np.ndarray) -> None:
    """Copy the first `counts` tokens of every sentence to `ids`, beginning at the positions `at`."""
    within = ranges(counts)
    ids[np.repeat(at, counts) + within] = sentences.ids[np.repeat(sentences.starts[:-1], counts) + within]
