"""Packing: sentences one after another in full blocks, so that nothing is padded."""

from __future__ import annotations

import numpy as np
from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.template import Template, template_of
from yiju.models.tokenized_texts import CHUNK, TokenizedTexts, ranges
from yiju.models.tokens import TokenizedPairs


def pack(tokenizer: PreTrainedTokenizerBase, sentences: TokenizedTexts, max_length: int, seed: int) -> TokenizedPairs:
    """Blocks of exactly `max_length` tokens: [CLS] s1 [SEP] s2 [SEP] … of a BERT, the last one shorter.

    Every token of every sentence is in one block; a sentence that reaches the end of its block goes on in the next
    one. The sentences are shuffled once, by the seed: as in RoBERTa (FULL-SENTENCES, Liu 2019; fairseq) the blocks stay
    what they are, and every epoch shuffles them and masks them anew. So a resumed training finds the same blocks
    without remembering anything. Raises YijuError for a tokeniser that does not put one token before a text and one
    behind it.
    """
    template = template_of(tokenizer)
    begin, end = _around_one(template)
    order = np.random.default_rng(seed).permutation(len(sentences))
    lengths = sentences.lengths[order]
    # Where the sentences end in the stream of all, each with its end token; a block takes all but one token from there.
    ends, room = np.cumsum(lengths + 1), max_length - 1
    blocks = -(-int(ends[-1]) // room)
    ids = np.full((blocks, max_length), end, np.int32)
    ids[:, 0] = begin
    for first in range(0, len(order), CHUNK):
        part = slice(first, first + CHUNK)
        within = ranges(lengths[part])
        place = np.repeat(ends[part] - 1 - lengths[part], lengths[part]) + within
        source = np.repeat(sentences.starts[order[part]], lengths[part]) + within
        ids[place // room, 1 + place % room] = sentences.ids[source]
    starts = np.append(np.arange(blocks) * max_length, ends[-1] + blocks)
    single, whole = np.full(blocks, -1), np.zeros(blocks, dtype=bool)
    return TokenizedPairs(ids.ravel()[: starts[-1]], starts, np.diff(starts) - 2, single, whole, template)


def _around_one(template: Template) -> tuple[int, int]:
    """The token before a text and the one behind it."""
    before, after = template.single
    if len(before) != 1 or len(after) != 1:
        raise YijuError(
            f"posttrain.packing: this tokeniser puts {len(before)} tokens before a text and {len(after)} behind it, "
            "and blocks are made with one each; set posttrain.packing to false"
        )
    return before[0], after[0]
