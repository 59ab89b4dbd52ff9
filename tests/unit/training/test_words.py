"""Whole words: carried from sentences to their tokens by offsets."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from families.architectures import ARCHITECTURES

from yiju.base.errors import YijuError
from yiju.data.word_segmentation import word_cutter
from yiju.models.build import build_tokenizer
from yiju.models.tokens import encode
from yiju.models.vocabulary import SPECIALS
from yiju.training.words import cut_of, encode_words, split_ids

JIEBA = word_cutter(None)
VOCABULARY = [*SPECIALS, *"今天手机很好用怎么买苹果了吗，。？αβ12.", "iphone", "##se", "##1", "vip", "##β", "a", "##a"]
TOKENIZER = build_tokenizer(VOCABULARY, 64)


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


def test_words_of_a_file_join_the_tokens(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("手机\n今天\n很好用", encoding="utf-8")
    assert grouped(["今天手机很好用"], cut_of(str(path))) == [["今|天", "手|机", "很|好|用"]]


def test_a_file_that_is_no_list_is_refused_by_its_key(tmp_path):
    with pytest.raises(YijuError, match=r"^posttrain\.dictionary: .*No such file"):
        cut_of(str(tmp_path / "words.txt"))


@pytest.mark.parametrize("architecture", ["roberta", "xlm-roberta", "deberta-v2", "modernbert"])
def test_words_of_other_tokenisers_are_told_by_characters(architecture):
    """Several tokens may be of one character, and a token that begins with ## is a text's own."""
    tokenizer, cut = ARCHITECTURES[architecture].new_tokenizer(), word_cutter(None)
    texts = ["怎么开通花呗", "北京##天气 hello", "更改"]
    found = encode_words(tokenizer, texts, cut)
    _, continues = split_ids(torch.from_numpy(found.ids))
    for row, text in enumerate(texts):
        word_of = [number for number, word in enumerate(cut(text)) for _ in word]
        spans = encode(tokenizer, [text], spans=True).spans.tolist()
        wanted = [False] + [
            first < end and before > 0 and word_of[first] == word_of[before - 1]
            for (_, before), (first, end) in pairwise(spans)
        ]
        assert continues[found.starts[row] : found.starts[row + 1]].tolist() == wanted
    assert continues.any()
