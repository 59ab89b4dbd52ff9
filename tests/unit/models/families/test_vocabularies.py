"""The tokenisers of the tests are the same at every run, and normalise as those of SentencePiece do."""

import unicodedata

import pytest
from families import prompts
from families.charsmap import REPLACED, charsmap
from families.tokenizer_kinds import BERT, QWEN_WORDS, ROBERTA
from families.vocabularies import byte_pairs, unigrams, wordpieces
from tokenizers.normalizers import Precompiled

TRAININGS = {
    "wordpieces": lambda: wordpieces.__wrapped__(BERT),
    "unigrams": lambda: unigrams.__wrapped__(ROBERTA),
    "byte pairs": lambda: byte_pairs.__wrapped__(ROBERTA),
    "byte pairs of Qwen": lambda: byte_pairs.__wrapped__(tuple(prompts.SPECIAL), (prompts.PREFIX,), QWEN_WORDS),
}


@pytest.mark.parametrize("training", TRAININGS.values(), ids=TRAININGS)
def test_a_vocabulary_is_the_same_at_every_training(training):
    assert all(training() == training() for _ in range(5))


def test_the_table_of_sentencepiece_replaces_its_characters_and_no_others():
    normalizer = Precompiled(charsmap())
    kept = "怎么 café 한글 ABC 👨‍👩‍👧"
    assert normalizer.normalize_str(kept) == kept
    for character in REPLACED:
        wanted = " " if character.isspace() else unicodedata.normalize("NFKC", character)
        assert normalizer.normalize_str(f"花{character}呗") == f"花{wanted}呗"
