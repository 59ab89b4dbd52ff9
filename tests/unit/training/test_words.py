"""Whole words: cut by jieba or a list, carried to tokens by their offsets, nothing read from a shared folder."""

import marshal
import sys
import tempfile
import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
from families.architectures import ARCHITECTURES
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.models.build import build_tokenizer
from yiju.models.vocabulary import SPECIALS
from yiju.training.words import encode_words, read_words, split_ids, word_cutter

JIEBA = word_cutter(None)
VOCABULARY = [*SPECIALS, *"今天手机很好用怎么买苹果了吗，。？αβ12.", "iphone", "##se", "##1", "vip", "##β", "a", "##a"]
TOKENIZER = build_tokenizer(VOCABULARY, 64)


def word_list(folder, *lines):
    path = folder / "words.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def grouped(texts, cut):
    """Tokens of each text, those of one word joined by |."""
    sentences = encode_words(TOKENIZER, texts, cut)
    ids, continues = split_ids(torch.from_numpy(sentences.ids))
    tokens = TOKENIZER.convert_ids_to_tokens(ids.tolist())
    shown = [("|" if more else " ") + token for token, more in zip(tokens, continues.tolist(), strict=True)]
    ends = sentences.starts.tolist()
    return ["".join(shown[start:end]).split() for start, end in pairwise(ends)]


def test_tokens_of_a_word_are_joined_through_offsets_of_the_original():
    texts = ["今天手机很好用", "  IPHONESE怎么买？", "", "VIP 手机 1.2", "，。"]
    assert grouped(texts, JIEBA) == [
        ["今|天", "手|机", "很", "好", "用"],
        ["iphone|##se", "怎|么", "买", "？"],
        [],
        ["vip", "手|机", "1|.|2"],
        ["，", "。"],
    ]


def test_pieces_that_a_tokeniser_splits_stay_one_word_where_jieba_cuts_them():
    assert list(JIEBA("αβ")) == ["α", "β"]
    assert grouped(["αβ买", "aaa"], JIEBA) == [["α|##β", "买"], ["a|##a|##a"]]


def test_an_unknown_word_joins_what_it_covers():
    # One [UNK] covers the whole Latin word, which jieba has as one too.
    assert grouped(["xyz手机"], JIEBA) == [["[UNK]", "手|机"]]


def test_words_end_with_their_sentence():
    assert grouped(["手", "机", "手机", "今天"] * 3, JIEBA) == [["手"], ["机"], ["手|机"], ["今|天"]] * 3


def test_no_text_has_no_words():
    sentences = encode_words(TOKENIZER, [], JIEBA)
    assert len(sentences) == 0 and sentences.ids.dtype == np.int32


def test_a_list_is_cut_into_the_fewest_words(tmp_path):
    cut = word_cutter(word_list(tmp_path, "手机", "今天", "天手机很", "很好用", "好用怎", "苹果", ""))
    assert list(cut("今天手机")) == ["今天", "手机"]
    assert list(cut("今天手机很")) == ["今", "天手机很"]
    # Of two cuts into four words the one with the longer word first.
    assert list(cut("手机很好用怎么")) == ["手机", "很好用", "怎", "么"]
    # What no list knows stands alone, and is not guessed.
    assert list(cut("怎么买VIP12苹果")) == ["怎", "么", "买", "VIP12", "苹果"]
    assert grouped(["今天手机很好用"], cut) == [["今|天", "手|机", "很|好|用"]]


@pytest.mark.parametrize("only", ["手机", "手"])
def test_a_list_of_one_word_serves(tmp_path, only):
    assert list(word_cutter(word_list(tmp_path, only))("买手机")) == ["买", *(["手机"] if only == "手机" else "手机")]


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("手机很好用今天 \r\n\t，.a1+𠀀é"))
def test_words_joined_are_the_sentence(text):
    assert "".join(JIEBA(text)) == text


@given(st.text("手机很好用今天，.a1+𠀀"), st.lists(st.text("手机很好用", min_size=1), min_size=1))
def test_words_of_a_list_joined_are_the_sentence(tmp_path_factory, text, listed):
    cut = word_cutter(word_list(tmp_path_factory.mktemp("list"), *listed))
    assert "".join(cut(text)) == text
    assert all(word in listed or len(word) == 1 or word.isascii() for word in cut(text))


def test_a_list_may_come_from_windows(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeff手机\r\n苹果\r\n\r\n手机\r\n".encode())
    assert read_words(path) == ["手机", "苹果"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("手机\n苹果 5 n\n".encode(), r"words\.txt line 2: '苹果 5 n' cannot be one word"),
        ("手机\n很，好\n".encode(), r"words\.txt line 2: '很，好'"),
        ("手机\n苹果".encode("gbk"), r"words\.txt line 1: not UTF-8"),
        ("手机\n".encode() + "苹果".encode("gbk"), r"words\.txt line 2: not UTF-8"),
        (b"\n\n", "no words in it"),
        (None, "No such file"),
    ],
    ids=["frequency", "comma", "GBK", "GBK later", "empty", "missing"],
)
def test_what_is_no_list_of_words_is_refused_by_key_file_and_line(tmp_path, data, says):
    path = tmp_path / "words.txt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(YijuError, match=r"^posttrain\.dictionary: .*" + says):
        word_cutter(path)


def test_jieba_is_quiet_and_neither_reads_nor_writes_the_common_temporary_folder(tmp_path, monkeypatch, capfd):
    planted = tmp_path / "jieba.cache"
    planted.write_bytes(marshal.dumps(({"天手": 10**9, "天": 0}, 10**9)))
    before = planted.read_bytes()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert list(word_cutter(None)("今天手机")) == ["今天", "手机"]
    assert [file.name for file in tmp_path.iterdir()] == ["jieba.cache"] and planted.read_bytes() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_its_import_is_quiet_too(tmp_path, monkeypatch):
    """Compiled anew, jieba's old syntax makes Python warn."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    for name in [name for name in sys.modules if name.split(".")[0] == "jieba"]:
        monkeypatch.delitem(sys.modules, name)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert list(word_cutter(None)("今天手机")) == ["今天", "手机"]
    assert seen == []


@pytest.mark.parametrize("architecture", ["roberta", "xlm-roberta", "deberta-v2", "modernbert"])
def test_words_of_other_tokenisers_are_told_by_characters(architecture):
    """Several tokens may be of one character, and a token that begins with ## is a text's own."""
    tokenizer, cut = ARCHITECTURES[architecture].new_tokenizer(), word_cutter(None)
    texts = ["怎么开通花呗", "北京##天气 hello", "更改"]
    found = encode_words(tokenizer, texts, cut)
    _, continues = split_ids(torch.from_numpy(found.ids))
    for row, text in enumerate(texts):
        word_of = [number for number, word in enumerate(cut(text)) for _ in word]
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        wanted = [False] + [
            first < end and word_of[first] == word_of[before - 1] for (_, before), (first, end) in pairwise(spans)
        ]
        assert continues[found.starts[row] : found.starts[row + 1]].tolist() == wanted
    assert continues.any()
