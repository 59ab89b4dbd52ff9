"""Packing: full blocks, in which every token of every sentence is found once and in order."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from families.architectures import ARCHITECTURES
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.models.build import build_tokenizer
from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import encode
from yiju.models.vocabulary import SPECIALS
from yiju.training import packing
from yiju.training.packing import pack
from yiju.training.words import CONTINUES, split_ids

TOKENIZER = build_tokenizer([*SPECIALS, *"今天手机"], 64)
CLS, SEP, PAD = TOKENIZER.cls_token_id, TOKENIZER.sep_token_id, TOKENIZER.pad_token_id


def sentences(lengths):
    """Every token has a number of its own, so that none can stand for another."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return TokenizedTexts((np.arange(starts[-1]) + 100).astype(np.int32), starts, None)


def each(of):
    return [of.ids[start:end].tolist() for start, end in pairwise(of.starts)]


def unpacked(blocks):
    """The sentences of the blocks, each of which ends with [SEP]."""
    found = [[]]
    for token in blocks.ids[blocks.ids != CLS].tolist():
        if token == SEP:
            found.append([])
        else:
            found[-1].append(token)
    assert found.pop() == []
    return found


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(8, 40), st.integers(0, 5))
def test_blocks_are_full_and_nothing_is_lost(lengths, max_length, seed):
    blocks = pack(TOKENIZER, sentences(lengths), max_length, seed)
    assert blocks.lengths[:-1].tolist() == [max_length] * (len(blocks) - 1)
    assert 2 <= blocks.lengths[-1] <= max_length
    assert all(block[0] == CLS and CLS not in block[1:] for block in each(blocks))
    assert blocks.ids.dtype == np.int32
    assert sorted(unpacked(blocks)) == sorted(each(sentences(lengths)))


def test_blocks_do_not_depend_on_the_parts_they_are_made_in(monkeypatch):
    given_sentences = sentences([0, 30, 3, 7, 1] * 20)
    whole = pack(TOKENIZER, given_sentences, 10, 1)
    monkeypatch.setattr(packing, "CHUNK", 7)
    in_parts = pack(TOKENIZER, given_sentences, 10, 1)
    assert each(in_parts) == each(whole) and in_parts.first.tolist() == whole.first.tolist()


def test_sentences_are_shuffled_by_the_seed():
    given_sentences = sentences([3] * 50)
    first, again, other = (unpacked(pack(TOKENIZER, given_sentences, 10, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert first != each(given_sentences)


def test_a_block_is_a_single_sequence_to_the_model():
    batch = pack(TOKENIZER, sentences([5, 5, 5]), 12, 1).batch(np.array([0, 1]))
    assert batch.input_ids.shape == (2, 12)
    assert batch.attention_mask.sum(1).tolist() == [12, 8]
    assert batch.input_ids[1, 8:].tolist() == [PAD] * 4
    assert not batch.token_type_ids.any()


def test_words_stay_words():
    """18 tokens and 3 separators in blocks of 9 and [CLS]: a word that a border cuts goes on behind the next [CLS]."""
    plain = sentences([6, 6, 6])
    marked = TokenizedTexts(plain.ids + CONTINUES * (plain.ids % 2), plain.starts, None)
    blocks = pack(TOKENIZER, marked, 10, 1)
    ids, continues = split_ids(torch.from_numpy(blocks.ids))
    assert torch.equal(ids, torch.from_numpy(pack(TOKENIZER, plain, 10, 1).ids))
    assert torch.equal(continues, (ids >= 100) & (ids % 2 == 1))


@pytest.mark.parametrize("architecture", ["roberta", "xlm-roberta", "modernbert", "albert"])
def test_blocks_have_the_tokens_that_the_tokeniser_puts_around_a_text(architecture):
    tokenizer = ARCHITECTURES[architecture].new_tokenizer()
    texts = ["怎么开通花呗", "多少钱"]
    blocks = pack(tokenizer, encode(tokenizer, texts), 100, 1)
    (first, *one, end), (_, *other, _) = (tokenizer(text)["input_ids"] for text in texts)
    assert blocks.ids.tolist() in ([first, *one, end, *other, end], [first, *other, end, *one, end])


def test_a_tokeniser_that_puts_nothing_around_a_text_is_refused():
    tokenizer = ARCHITECTURES["qwen3"].new_tokenizer()
    with pytest.raises(YijuError, match=r"posttrain\.packing: this tokeniser puts 0 tokens before a text and 0 behind"):
        pack(tokenizer, encode(tokenizer, ["甲", "乙"]), 100, 1)
