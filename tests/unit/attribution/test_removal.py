"""Taking tokens away leaves a pair that the tokeniser itself could have made."""

import numpy as np
import pytest
from toys import model_folder

from yiju.attribution.removal import keep_tokens, ordinary
from yiju.encoder.folder import load_tokenizer
from yiju.tokens import encode_pairs


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tokenizer(model_folder(tmp_path_factory.mktemp("model")))


def kept_as(tokenizer, q, t, removal, *choices):
    """The pair (q, t) of one-character tokens with those characters kept that each choice, a text of 0 and 1, says."""
    pairs = encode_pairs(tokenizer, ["多少钱", q], ["一斤", t], 32)
    kept = np.array([flag == "1" for choice in choices for flag in choice])
    rows = np.ones(len(choices), dtype=np.int64)
    found = keep_tokens(pairs, rows, kept, removal, tokenizer.mask_token_id)
    return [
        (tokenizer.convert_ids_to_tokens(found.ids[start:end].tolist()), int(first), int(second))
        for start, end, first, second in zip(
            found.starts[:-1], found.starts[1:], found.first, found.second, strict=True
        )
    ]


# [CLS] 花 呗 [SEP] 天 气 怎 [SEP]
@pytest.mark.parametrize(
    ("removal", "choice", "text", "first", "second"),
    [
        ("delete", "00101010", "[CLS] 呗 [SEP] 天 怎 [SEP]", 1, 2),
        ("delete", "00001000", "[CLS] [MASK] [SEP] 天 [SEP]", 1, 1),
        ("delete", "00000000", "[CLS] [MASK] [SEP] [MASK] [SEP]", 1, 1),
        ("delete", "11111111", "[CLS] 花 呗 [SEP] 天 气 怎 [SEP]", 2, 3),
        ("mask", "00101010", "[CLS] [MASK] 呗 [SEP] 天 [MASK] 怎 [SEP]", 2, 3),
        ("mask", "00000000", "[CLS] [MASK] [MASK] [SEP] [MASK] [MASK] [MASK] [SEP]", 2, 3),
    ],
)
def test_what_is_left(tokenizer, removal, choice, text, first, second):
    # Others before and after it: variants do not touch each other.
    _, found, _ = kept_as(tokenizer, "花呗", "天气怎", removal, "11011010", choice, "00000001")
    assert found == (text.split(), first, second)


def test_an_empty_side_stays_empty(tokenizer):
    assert kept_as(tokenizer, "", "天", "delete", "0000") == [(["[CLS]", "[SEP]", "[MASK]", "[SEP]"], 0, 1)]


def test_sides_follow_the_tokens_that_are_left(tokenizer):
    pairs = encode_pairs(tokenizer, ["花呗天"], ["天气"], 32)
    kept = np.array([1, 0, 0, 1, 1, 0, 1, 1], dtype=bool)
    left = keep_tokens(pairs, np.array([0]), kept, "delete", tokenizer.mask_token_id)
    wanted = encode_pairs(tokenizer, ["天"], ["气"], 32)
    for name, value in wanted.batch(np.array([0])).inputs().items():
        assert left.batch(np.array([0])).inputs()[name].tolist() == value.tolist(), name


def test_ordinary_tokens_are_the_sentences_own(tokenizer):
    pairs = encode_pairs(tokenizer, ["花呗", ""], ["天", "气"], 32)
    assert ordinary(pairs).tolist() == [False, True, True, False, True, False, False, False, True, False]
