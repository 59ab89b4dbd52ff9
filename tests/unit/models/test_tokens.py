"""Tokenised pairs: the same as transformers makes them, with exact offsets and without waste."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import SENTENCES, model_folder

from yiju.models.folder import load_tokenizer
from yiju.models.template import template_of
from yiju.models.tokens import by_length, encode, encode_pairs, fit, pair_up


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tokenizer(model_folder(tmp_path_factory.mktemp("model")))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(8, 40))
def test_pairs_are_cut_as_transformers_cuts_them(tokenizer, first, second, max_length):
    q, t = ("怎么开通花呗" * 7)[:first], ("今天天气怎样" * 7)[:second]
    batch = encode_pairs(tokenizer, [q], [t], max_length).batch(np.array([0]))
    expected = tokenizer(q, t, truncation="longest_first", max_length=max_length)
    assert batch.input_ids[0].tolist() == expected["input_ids"]
    assert batch.token_type_ids[0].tolist() == expected["token_type_ids"]


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 60))
def test_fitted_sides_use_the_room_and_cut_the_longer(first, second, room):
    kept = [int(side[0]) for side in fit(np.array([first]), np.array([second]), room)]
    assert sum(kept) == min(first + second, room)
    assert kept[0] <= first and kept[1] <= second
    if first <= room // 2:
        assert kept[0] == first


def test_truncation_is_told(tokenizer):
    pairs = encode_pairs(tokenizer, ["花呗", "怎么开通花呗" * 9], ["多少钱", "花呗"], 16)
    assert pairs.truncated.tolist() == [False, True]


def test_an_empty_side_is_no_error(tokenizer):
    batch = encode_pairs(tokenizer, ["", "花"], ["花", ""], 16).batch(np.array([0, 1]))
    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id
    assert batch.input_ids[0, :3].tolist() == [cls, sep, tokenizer.convert_tokens_to_ids("花")]
    assert batch.token_type_ids.tolist() == [[0, 0, 1, 1], [0, 0, 0, 1]]


def test_batches_pad_on_the_right_and_keep_rows(tokenizer):
    pairs = encode_pairs(tokenizer, SENTENCES, SENTENCES[::-1], 32)
    batch = pairs.batch(np.array([5, 0]))
    for place, row in enumerate((5, 0)):
        ids = batch.input_ids[place][batch.attention_mask[place].bool()].tolist()
        assert ids == tokenizer(SENTENCES[row], SENTENCES[::-1][row])["input_ids"]
    assert (batch.input_ids[batch.attention_mask == 0] == tokenizer.pad_token_id).all()


def test_single_sentences_have_one_side(tokenizer):
    batch = pair_up(template_of(tokenizer), encode(tokenizer, SENTENCES), None, 8).batch(np.arange(len(SENTENCES)))
    assert batch.token_type_ids.sum() == 0
    assert batch.input_ids.shape[1] == 8


def test_spans_count_characters_of_the_original_text(tokenizer):
    text = "VIP 手机\u3000號？😀花"
    sentences = encode(tokenizer, [text], spans=True)
    pieces = [text[start:end] for start, end in sentences.span_list(0, len(sentences.ids))]
    assert pieces == ["V", "I", "P", "手", "机", "號", "？", "😀", "花"]


@given(st.lists(st.integers(1, 64), max_size=50), st.integers(1, 300))
def test_every_row_is_in_one_batch_within_the_budget(lengths, budget):
    batches = list(by_length(np.array(lengths, dtype=np.int64), budget))
    assert sorted(row for batch in batches for row in batch.tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[row] for row in batch) * len(batch) <= budget
