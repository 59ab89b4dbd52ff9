"""A vocabulary that is learnt from texts."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from itertools import chain, islice

import polars as pl
from tokenizers import normalizers, pre_tokenizers

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import write_text
from yiju.models.vocabulary_file import SPECIALS, read_vocabulary

log = logging.getLogger(__name__)
# Texts that are normalised in one go.
BLOCK = 10_000


def learn_vocabulary(texts: Iterable[str], size: int) -> list[str]:
    """The most frequent characters and Latin words of `texts`, BERT's special tokens first.

    A Chinese character is a word of its own to BERT, so a Chinese vocabulary is a frequency list; words that stay
    outside are spelt from single characters, which come first and also as `##` continuations. Ties go to the smaller
    code point, so that the same texts always give the same list.
    """
    normalize = normalizers.BertNormalizer(lowercase=True)
    cut = pre_tokenizers.BertPreTokenizer()
    # Whole blocks at a time: a call for each of millions of texts takes ten times as long.
    spaced: Counter[str] = Counter()
    remaining = iter(texts)
    while block := list(islice(remaining, BLOCK)):
        spaced.update(normalize.normalize_str("\n".join(block)).split())
    words: Counter[str] = Counter()
    for run, count in spaced.items():
        for word, _ in cut.pre_tokenize_str(run):
            words[word] += count
    if not words:
        raise YijuError("no text to learn a vocabulary from: check posttrain.corpora and finetune.corpora")
    characters: Counter[str] = Counter()
    for word, count in words.items():
        for position, character in enumerate(word):
            characters["##" * (position > 0) + character] += count
    longer = Counter({word: count for word, count in words.items() if len(word) > 1 and count > 1})
    return list(dict.fromkeys(chain(SPECIALS, _by_frequency(characters), _by_frequency(longer))))[:size]


def write_vocabulary(texts: str, pairs: str, folds: str, given: str | None, size: int, out: str) -> None:
    """Write a vocab.txt: the given one, or one learnt from TEXTS and from the training pairs (those in FOLDS).

    Augmentation only combines sentences of these pairs anew, so every way of it goes with the same vocabulary.
    """
    if given:
        vocabulary = read_vocabulary(given)
    else:
        learnt = pl.col("pair").is_in(tables.read(folds, tables.FOLDS)["pair"].implode())
        training = tables.read(pairs, tables.MERGED, ["q", "t"], learnt)
        read = tables.read(texts, tables.TEXTS)
        columns = (read["text"], read["second"].drop_nulls(), training["q"], training["t"])
        vocabulary = learn_vocabulary(chain.from_iterable(columns), size)
    write_text(out, "".join(f"{token}\n" for token in vocabulary))
    log.info("%d tokens", len(vocabulary))


def _by_frequency(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda token: (-counts[token], token))
