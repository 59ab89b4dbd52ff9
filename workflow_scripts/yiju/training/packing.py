"""Packing: sentences one after another in full blocks, so that nothing is padded."""

from __future__ import annotations

import numpy as np
from transformers import PreTrainedTokenizerBase

from yiju.tokens import Sentences, Sequences


def pack(tokenizer: PreTrainedTokenizerBase, sentences: Sentences, max_length: int, seed: int) -> Sequences:
    """Blocks of exactly `max_length` tokens: [CLS] s1 [SEP] s2 [SEP] …, the last one shorter.

    Every token of every sentence is in one block; a sentence that reaches the end of its block goes on in the next
    one. The sentences are shuffled once, by the seed: as in RoBERTa (FULL-SENTENCES, Liu 2019; fairseq) the blocks stay
    what they are, and every epoch shuffles them and masks them anew. So a resumed training finds the same blocks
    without remembering anything.
    """
    order = np.random.default_rng(seed).permutation(len(sentences))
    lengths = sentences.lengths[order]
    ends = np.cumsum(lengths)
    tokens = sentences.ids[np.arange(ends[-1]) + np.repeat(sentences.starts[order] - ends + lengths, lengths)]
    stream = np.insert(tokens, ends, tokenizer.sep_token_id)
    ids = np.insert(stream, np.arange(0, len(stream), max_length - 1), tokenizer.cls_token_id)
    starts = np.append(np.arange(0, len(ids), max_length), len(ids))
    blocks = len(starts) - 1
    single, whole = np.full(blocks, -1), np.zeros(blocks, dtype=bool)
    return Sequences(ids, starts, np.diff(starts) - 2, single, whole, tokenizer.pad_token_id)
