"""A vocabulary: learnt from texts, read, written."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

import polars as pl
from tokenizers import normalizers, pre_tokenizers

from yiju.base import tables
from yiju.base.encodings import conversion
from yiju.base.errors import YijuError
from yiju.base.files import write_text

log = logging.getLogger(__name__)
# Texts that are normalised in one go.
BLOCK = 10_000
# A space, a tab or a carriage return within a token; BERT cuts texts at all of them.
INNER = re.compile("[ \t\r]")
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


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


def read_vocabulary(path: str | Path) -> list[str]:
    """Read a vocab.txt for a model from scratch; see `read_lines`.

    Raises YijuError, naming file, line and remedy, also for a token that stands there twice and for special tokens that
    are missing.
    """
    tokens = read_lines(path)
    missing = [token for token in SPECIALS if token not in tokens]
    if missing:
        raise YijuError(f"{path}: not a BERT vocabulary, {', '.join(missing)} missing")
    for token, first, second in twice(tokens):
        raise YijuError(f"{path}: {token!r} is in line {first} and again in line {second}; delete one of them")
    return tokens


def read_lines(path: str | Path) -> list[str]:
    """The tokens of a vocab.txt by their ids, one a line.

    U+2028 is a token in BERT's own, so lines end at newline only, or at CR LF. A byte-order mark at the beginning and
    spaces around a token are none of it. Raises YijuError, naming line and remedy, for another encoding, an empty line
    and a line that is more than a token.
    """
    try:
        read = Path(path).read_bytes()
        text = read.decode("utf-8-sig")
    except FileNotFoundError:
        raise YijuError(f"{path}: no such vocabulary; check encoder.scratch.vocabulary") from None
    except UnicodeDecodeError as error:
        raise YijuError(f"{path}: not UTF-8 at byte {error.start}; rewrite it: {conversion(read)}") from None
    if "\0" in text:
        raise YijuError(f"{path}: holds bytes of zero; rewrite it: {conversion(read)}")
    if "\r" in text and "\n" not in text:
        raise YijuError(
            f"{path}: its lines end with a carriage return alone; write line feeds: tr '\\r' '\\n' < OLD > NEW"
        )
    lines = [line.rstrip("\r").strip(" \t") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise YijuError(f"{path}: empty, and one token a line is expected")
    for number, line in enumerate(lines, 1):
        if not line:
            raise YijuError(
                f"{path} line {number}: empty, and the number of a line is a token's id; delete the line, or write "
                f"[unused{number}] there if the weights count it"
            )
        if INNER.search(line):
            raise YijuError(f"{path} line {number}: {line[:40]!r} is more than a token; each line is one token alone")
    return lines


def twice(tokens: Sequence[str]) -> list[tuple[str, int, int]]:
    """Tokens that stand in several lines, with the first two of their line numbers, counted from 1."""
    first: dict[str, int] = {}
    return [
        (token, first[token], number)
        for number, token in enumerate(tokens, 1)
        if first.setdefault(token, number) != number
    ]


def _by_frequency(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda token: (-counts[token], token))
