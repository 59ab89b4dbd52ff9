"""Spans of tokens in the original text, for every kind of tokeniser and the texts that are hardest for them."""

import unicodedata
from functools import cache

import pytest
from families.texts import PAIRS, SENTENCES, TEXTS
from families.tokenizer_kinds import albert, bert, deberta_v2, distilbert, modernbert, qwen3, roberta, xlm_roberta
from tokenizers.pre_tokenizers import ByteLevel

from yiju.models.tokenized_texts import tokenize

KINDS = {
    function.__name__: cache(function)
    for function in (bert, distilbert, roberta, xlm_roberta, deberta_v2, albert, modernbert, qwen3)
}
BYTE_LEVEL = ("roberta", "modernbert", "qwen3")
ALL_TEXTS = list(dict.fromkeys([*TEXTS, *SENTENCES, *(text for pair in PAIRS for text in pair)]))


def is_mark(character):
    return unicodedata.category(character).startswith("M")


def is_visible(character):
    """Neither white space nor a control or format character nor a mark on another character."""
    return not character.isspace() and unicodedata.category(character)[0] not in "CM"


WITHOUT_MARKS = [text for text in ALL_TEXTS if not any(map(is_mark, text))]
WITH_MARKS = [text for text in ALL_TEXTS if any(map(is_mark, text))]


def spelt(kind, texts):
    """For each text: its tokens with their spans."""
    tokenizer = KINDS[kind]()
    found = tokenize(tokenizer.backend_tokenizer, texts, spans=True)
    for index, text in enumerate(texts):
        ids = found.ids[found.starts[index] : found.starts[index + 1]].tolist()
        yield text, list(zip(tokenizer.convert_ids_to_tokens(ids), found.span_list(index, len(ids)), strict=True))


def written(kind, token):
    """The bytes that a token stands for, without marks of the tokeniser and white space."""
    if kind in BYTE_LEVEL:
        return bytes(BYTES[character] for character in token).strip()
    return token.removeprefix("##").replace("▁", "").encode()


def normalised(kind, text):
    normalizer = KINDS[kind]().backend_tokenizer.normalizer
    return (normalizer.normalize_str(text) if normalizer else text).encode()


def byte_alphabet():
    """The byte of each character in which byte-level tokens are written."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + index): byte for index, byte in enumerate(others)}


BYTES = byte_alphabet()


def is_unknown(kind, token):
    return token == KINDS[kind]().unk_token and kind not in BYTE_LEVEL


def test_the_alphabet_of_byte_level_tokens_is_that_of_the_library():
    assert set(BYTES) == set(ByteLevel.alphabet())


@pytest.mark.parametrize("kind", KINDS)
def test_a_span_is_the_shortest_part_of_the_text_that_holds_the_token(kind):
    for text, tokens in spelt(kind, WITHOUT_MARKS):
        for token, (start, end) in tokens:
            wanted, part = written(kind, token), text[start:end].strip(" \t\n")
            if wanted and not is_unknown(kind, token):
                assert wanted in normalised(kind, part), (text, token, part)
                assert wanted not in normalised(kind, part[1:]), (text, token, part)
                assert wanted not in normalised(kind, part[:-1]), (text, token, part)


@pytest.mark.parametrize("kind", KINDS)
def test_a_span_holds_the_marks_of_its_characters(kind):
    for text, tokens in spelt(kind, WITH_MARKS):
        for token, (start, end) in tokens:
            if not is_unknown(kind, token):
                assert written(kind, token) in normalised(kind, text[start:end]), (text, token, text[start:end])


@pytest.mark.parametrize("kind", KINDS)
def test_what_marks_the_beginning_of_a_word_belongs_to_no_character(kind):
    for text, tokens in spelt(kind, ALL_TEXTS):
        for token, (start, end) in tokens:
            assert written(kind, token) or not any(map(is_visible, text[start:end])), (text, token, text[start:end])


@pytest.mark.parametrize("kind", KINDS)
def test_every_visible_character_belongs_to_a_token(kind):
    for text, tokens in spelt(kind, ALL_TEXTS):
        covered = {index for _, span in tokens for index in range(*span)}
        assert [
            character for index, character in enumerate(text) if is_visible(character) and index not in covered
        ] == []


@pytest.mark.parametrize("kind", KINDS)
def test_spans_follow_the_text(kind):
    for text, tokens in spelt(kind, ALL_TEXTS):
        spans = [span for _, span in tokens]
        assert all(0 <= start <= end <= len(text) for start, end in spans)
        assert spans == sorted(spans, key=lambda span: span[0])


@pytest.mark.parametrize("kind", BYTE_LEVEL)
def test_all_pieces_of_a_character_point_to_it(kind):
    for text, tokens in spelt(kind, WITHOUT_MARKS):
        for index, character in enumerate(text):
            pieces = [written(kind, token) for token, (start, end) in tokens if start <= index < end]
            assert character.encode().strip() in b"".join(pieces), (text, character)
