"""Whole words: which tokens of a sentence make up one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tokenizers.models import WordPiece
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from yiju.data.word_segmentation import Cut, read_words, word_cutter
from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import encode

# Added to a token id: the token continues the word of the one before it. Far above any vocabulary, and within int32.
CONTINUES = 1 << 30


def cut_of(dictionary: str | None) -> Cut:
    """What cuts sentences into words. dictionary: a file of words, one a line, or None for jieba's own words."""
    return word_cutter(None if dictionary is None else read_words(dictionary, "posttrain.dictionary"))


def encode_words(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], cut: Cut) -> TokenizedTexts:
    """Tokenise sentences; CONTINUES is added to the id of every token that continues a word (see `split_ids`)."""
    sentences = encode(tokenizer, texts, spans=True)
    continues = same_word(sentences, texts, cut)
    if isinstance(tokenizer.backend_tokenizer.model, WordPiece):
        continues |= _continuing_pieces(tokenizer)[sentences.ids]
    return TokenizedTexts(sentences.ids + continues.astype(np.int32) * CONTINUES, sentences.starts, None)


def same_word(sentences: TokenizedTexts, texts: Sequence[str], cut: Cut) -> np.ndarray:
    """Whether each token begins in the word in which the one before it ends. Returns [tokens] bool.

    sentences: of `texts`, with spans; a token of no character is a word of its own. Words end where sentences do.
    """
    words = np.fromiter((len(word) for text in texts for word in cut(text)), np.int64)
    # An empty span may lie behind the last character.
    word_of = np.append(np.repeat(np.arange(len(words)), words), -1)
    begins = np.cumsum([0, *map(len, texts)])[:-1]
    starts, ends = (sentences.spans + np.repeat(begins, sentences.lengths)[:, None]).T
    continues = np.zeros(len(starts), dtype=bool)
    continues[1:] = (word_of[starts[1:]] == word_of[ends[:-1] - 1]) & (starts[1:] < ends[1:])
    return continues


def split_ids(ids: Tensor) -> tuple[Tensor, Tensor]:
    """Token ids, and whether each continues a word, from ids as `encode_words` (or `encode`: no words) left them."""
    continues = ids >= CONTINUES
    return ids - continues * CONTINUES, continues


def _continuing_pieces(tokenizer: PreTrainedTokenizerBase) -> np.ndarray:
    """Which tokens of the vocabulary are WordPiece's own continuations of a word. Returns [vocabulary] bool."""
    return np.array([token.startswith("##") for token in tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))])
