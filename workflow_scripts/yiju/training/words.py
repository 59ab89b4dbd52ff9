"""Whole words: which tokens of a sentence make up one, by jieba or by a list of words."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
from tokenizers.models import WordPiece
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import encode

# Added to a token id: the token continues the word of the one before it. Far above any vocabulary, and within int32.
CONTINUES = 1 << 30

Cut = Callable[[str], Iterable[str]]


def word_cutter(dictionary: str | Path | None) -> Cut:
    """What cuts a sentence into words that, joined, are the sentence again.

    Without `dictionary`, jieba as it comes: its own words and frequencies, unknown words guessed by its HMM. With a
    list of words, one a line, the fewest words of the list, the longer first; a character outside them is a word of
    its own, as is a run of Latin letters and digits. Raises YijuError naming file and line of a list that is none.
    """
    tokenizer = _import_jieba().Tokenizer()
    if dictionary is None:
        # What its own set-up does, but for a cache in the common temporary folder, which anybody could write to.
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    else:
        tokenizer.FREQ = _equally_likely(read_words(dictionary))
        tokenizer.total = len(tokenizer.FREQ)
    tokenizer.initialized = True
    return partial(tokenizer.cut, HMM=dictionary is None)


def read_words(path: str | Path) -> list[str]:
    """Distinct words of a list, one a line, in order; empty lines are passed over."""
    key = f"posttrain.dictionary: {path}"
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise YijuError(f"{key}: {error.strerror}; a text file with one word a line is expected") from None
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise YijuError(f"{key} line {line}: not UTF-8; save the list as UTF-8") from None
    words: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        word = line.removesuffix("\r")
        if word:
            _require_word(word, f"{key} line {number}")
            words[word] = None
    if not words:
        raise YijuError(f"{key}: no words in it; put one word on each line, or set it to null for jieba's own")
    return list(words)


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


def _import_jieba() -> ModuleType:
    """jieba, which is only needed here, and whose import may warn of its own old syntax."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    return jieba


def _equally_likely(words: Sequence[str]) -> dict[str, int]:
    """Frequencies in jieba's form: the likeliest cut is the one with the fewest words.

    jieba looks for longer words as long as it knows their beginnings, and cuts off a single character only where that
    is known as a word.
    """
    beginnings = {word[:end]: 0 for word in words for end in range(1, len(word))}
    return beginnings | dict.fromkeys((word[0] for word in words), 1) | dict.fromkeys(words, 1)


def _require_word(word: str, place: str) -> None:
    """Refuse what jieba could never find, as it cuts at such characters before it looks for words."""
    if len(word) > 1 and not _import_jieba().re_han_default.fullmatch(word):
        raise YijuError(
            f"{place}: {word!r} cannot be one word for jieba; a word holds Chinese characters, Latin letters, digits "
            "and + # & . _ % - only, and stands alone on its line"
        )


def _continuing_pieces(tokenizer: PreTrainedTokenizerBase) -> np.ndarray:
    """Which tokens of the vocabulary are WordPiece's own continuations of a word. Returns [vocabulary] bool."""
    return np.array([token.startswith("##") for token in tokenizer.convert_ids_to_tokens(range(len(tokenizer)))])
