"""Sentences spelt piece by piece: the same tokens as the tokeniser makes of each whole sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from toys import SENTENCES, model_folder
from transformers import PreTrainedTokenizerFast

from yiju.models import tokenized_texts
from yiju.models.folder import load_tokenizer
from yiju.models.text_pieces import cut, spells_by_piece
from yiju.models.tokens import encode

# Chinese and not, punctuation of both, white space, marks that combine, characters that normalisation drops or opens.
HOSTILE = "花呗開㐀豈𠀀，。？！…—·「」,.!?[]#_Aaéß1２が가ﬁ①€😀\u0301\u3099\u200d\ufe0f\u0000\ufffd\u00a0\u3000 \t\n"
PIECES = st.one_of(st.sampled_from(list(HOSTILE)), st.sampled_from(["[MASK]", "[UNK]", "VIP", "##p"]))
SENTENCE = st.lists(PIECES).map("".join)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tokenizer(model_folder(tmp_path_factory.mktemp("model")))


def whole(tokenizer, text):
    return tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids


@given(st.lists(st.one_of(SENTENCE, st.text()), max_size=8))
def test_pieces_spell_what_the_tokeniser_spells(tokenizer, texts):
    spelt = encode(tokenizer, texts)
    assert len(spelt) == len(texts)
    for row, text in enumerate(texts):
        assert spelt.ids[spelt.starts[row] : spelt.starts[row + 1]].tolist() == whole(tokenizer, text)


def test_many_chunks_are_one_text(tokenizer, monkeypatch):
    expected = encode(tokenizer, SENTENCES * 3)
    monkeypatch.setattr(tokenized_texts, "CHUNK", 5)
    got = encode(tokenizer, SENTENCES * 3)
    assert (got.ids == expected.ids).all() and (got.starts == expected.starts).all()


def test_each_different_piece_is_spelt_once(tokenizer):
    pieces = cut(tokenizer.backend_tokenizer, ["花呗VIP号", "", "VIP花[MASK]花", "号VIP"])
    assert pieces.texts == ["[", "]", "号", "呗", "花", "VIP", "VIP花[MASK]花"]
    assert pieces.which.tolist() == [4, 3, 5, 2, 6, 2, 5]
    assert pieces.bounds.tolist() == [0, 4, 4, 5, 7]


def test_other_tokenisers_read_whole_sentences():
    backend = Tokenizer(models.BPE(vocab={"花": 0, "呗": 1, "花呗": 2, "?": 3}, merges=[("花", "呗")], unk_token="?"))
    assert not spells_by_piece(backend)
    spelt = encode(PreTrainedTokenizerFast(tokenizer_object=backend), ["花呗", "花花"])
    assert spelt.ids.tolist() == [2, 0, 0] and spelt.starts.tolist() == [0, 1, 3]


def test_a_tokeniser_that_keeps_chinese_words_together_is_asked():
    backend = Tokenizer(models.WordPiece({"[UNK]": 0, "花": 1, "##花": 2, "！": 3}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(handle_chinese_chars=False)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    assert spells_by_piece(backend)
    assert cut(backend, ["花花！花"]).texts == ["！", "花花", "花"]
    assert np.array_equal(encode(PreTrainedTokenizerFast(tokenizer_object=backend), ["花花！花"]).ids, [1, 2, 3, 1])
