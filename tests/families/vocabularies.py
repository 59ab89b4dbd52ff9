"""Vocabularies that are learnt from the sentences of the tests, a kind of tokeniser a function."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cache
from math import log
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from families.texts import SENTENCES

SIZE = 420
# Most of them are single characters.
PIECES = 200


@cache
def wordpieces(special: tuple[str, ...]) -> dict[str, int]:
    """Pieces of BERT's kind: every Chinese character is one."""
    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # Pieces of one character in a fixed order: the library numbers them by chance, which decides between merges.
    characters = sorted(set(backend.normalizer.normalize_str("".join(SENTENCES))) - {" "})
    first = [*special, *characters, *(f"##{character}" for character in characters)]
    trainer = trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=first, show_progress=False)
    return _trained(backend, trainer, SENTENCES)["vocab"]


@cache
def byte_pairs(
    special: tuple[str, ...], more: tuple[str, ...] = (), words: pre_tokenizers.PreTokenizer | None = None
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Tokens and merges of byte-level BPE. more: texts besides the sentences; words: what is never merged across."""
    backend = Tokenizer(models.BPE())
    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = words or pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE + 256,
        special_tokens=list(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    learnt = _trained(backend, trainer, [*SENTENCES, *more])
    return learnt["vocab"], [tuple(merge) for merge in learnt["merges"]]


@cache
def unigrams(special: tuple[str, ...], form: str = "NFKC") -> list[tuple[str, float]]:
    """Pieces of SentencePiece's kind, with their log probabilities. form: the normalisation of Unicode before.

    The pieces are those that BPE finds, for the library's training of Unigram is not the same at every run.
    """
    texts = [unicodedata.normalize(form, text) for text in SENTENCES]
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=PIECES, show_progress=False)
    pieces = _trained(backend, trainer, texts)["vocab"]
    written = "".join("▁" + text.replace(" ", "▁") for text in texts)
    return [
        *((token, 0.0) for token in special),
        *((piece, log(written.count(piece) / len(written))) for piece in pieces),
    ]


def _trained(backend: Tokenizer, trainer: trainers.Trainer, texts: Sequence[str]) -> dict[str, Any]:
    """The model part of a tokeniser's file, after training."""
    backend.train_from_iterator(texts, trainer)
    return json.loads(backend.to_str())["model"]
