"""Taking tokens away leaves a pair that the tokeniser itself could have made."""

import numpy as np
import pytest
from scorers import template
from toys import model_folder

from yiju.models.folder import load_tokenizer
from yiju.models.removal import Replacement, keep_tokens, ordinary, replacements
from yiju.models.tokens import TokenizedPairs, encode_pairs


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


# Pairs that share sentences, two of which are equal, and one with an empty side.
TEXTS = (["花呗天", "多少钱", "天气怎", ""], ["天气", "一斤", "天气怎", "气"])


def replaced(tokenizer, change, q, t, kept):
    """Ids of the pairs after a replacement of all tokens that are not kept; kept: one flag a token."""
    pairs = encode_pairs(tokenizer, q, t, 32)
    found = keep_tokens(pairs, np.arange(len(pairs)), kept, change, tokenizer.mask_token_id)
    assert found.starts.tolist() == pairs.starts.tolist()
    assert (found.first.tolist(), found.second.tolist()) == (pairs.first.tolist(), pairs.second.tolist())
    return pairs, found


def test_a_replacement_keeps_lengths_and_what_is_left_and_draws_no_special_token(tokenizer):
    pairs = encode_pairs(tokenizer, *TEXTS, 32)
    changes = replacements(pairs, tokenizer.all_special_ids, tokenizer.mask_token_id, 3, 1)
    assert len({change.seed for change in changes}) == 3
    kept = np.random.default_rng(1).random(len(pairs.ids)) < 0.5
    for change in changes:
        _, found = replaced(tokenizer, change, *TEXTS, kept)
        stays = kept | ~ordinary(pairs)
        assert np.array_equal(found.ids[stays], pairs.ids[stays])
        assert np.isin(found.ids[~stays], pairs.ids[ordinary(pairs)]).all()
        assert not np.isin(found.ids[~stays], tokenizer.all_special_ids).any()


def test_draws_follow_the_frequency_of_tokens():
    change = Replacement(np.array([7, 7, 7, 9], dtype=np.int32), 1)
    ids = np.concatenate([[1], np.full(2000, 5), [1], np.full(2000, 6), [1]]).astype(np.int32)
    pairs = TokenizedPairs(
        ids, np.array([0, 4003]), np.array([2000]), np.array([2000]), np.array([False]), template(0, 1, 1, 2, (0, 1, 2))
    )
    drawn = change.tokens(pairs)[ordinary(pairs)]
    assert set(drawn.tolist()) == {7, 9}
    # 4000 draws: five standard deviations.
    assert abs((drawn == 7).mean() - 0.75) < 5 * (0.75 * 0.25 / 4000) ** 0.5


def test_what_is_drawn_for_a_pair_depends_on_nothing_else(tokenizer):
    change = Replacement(np.arange(100, 200, dtype=np.int32), 1)
    alone = change.tokens(encode_pairs(tokenizer, ["花呗天"], ["天气"], 32))
    beside = change.tokens(encode_pairs(tokenizer, ["多少钱", "花呗天"], ["一", "天气"], 32))
    assert np.array_equal(beside[-len(alone) :], alone)
    # In the other order each sentence has the same tokens.
    exchanged = change.tokens(encode_pairs(tokenizer, ["天气"], ["花呗天"], 32))
    assert (exchanged[1:3].tolist(), exchanged[4:7].tolist()) == (alone[5:7].tolist(), alone[1:4].tolist())
    other = Replacement(change.pool, 2).tokens(encode_pairs(tokenizer, ["花呗天"], ["天气"], 32))
    assert not np.array_equal(other, alone)


def test_equal_sentences_do_not_stay_equal(tokenizer):
    change = Replacement(np.arange(100, 200, dtype=np.int32), 1)
    found = change.tokens(encode_pairs(tokenizer, ["花呗天"], ["花呗天"], 32))
    assert not np.array_equal(found[1:4], found[5:8])


def test_pairs_of_special_tokens_alone_are_masked(tokenizer):
    pairs = encode_pairs(tokenizer, ["\u9f98"], ["\u9f98\u9f98"], 32)
    assert np.isin(pairs.ids, tokenizer.all_special_ids).all()
    (change,) = replacements(pairs, tokenizer.all_special_ids, tokenizer.mask_token_id, 1, 1)
    assert (change.tokens(pairs)[ordinary(pairs)] == tokenizer.mask_token_id).all()
