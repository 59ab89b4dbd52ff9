"""Masking: the shares of BERT on maskable tokens only, whole words together, draws that are functions of the row."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from yiju.training.masked_tokens import DRAWS, mask_tokens, uniform


def masked(ids, maskable, continues, seed, share=0.15, mask_id=4, vocabulary=10_000, at_least_one=False):
    draws = torch.from_numpy(uniform(seed, np.arange(len(ids)), ids.shape[1], DRAWS))
    return mask_tokens(ids, maskable, continues, draws, share, mask_id, vocabulary, at_least_one)


def single(ids):
    return torch.zeros_like(ids, dtype=torch.bool)


def words_of(length, shape):
    """Words of `length` tokens each, side by side."""
    return (torch.arange(shape[1]) % length != 0).expand(shape)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_shares_are_those_of_bert_whatever_the_words(length):
    ids = torch.full((400, 480), 7)
    maskable = torch.ones_like(ids, dtype=torch.bool)
    maskable[:, 240:] = False
    changed, chosen = masked(ids, maskable, words_of(length, ids.shape), 1)
    assert not chosen[:, 240:].any()
    assert torch.equal(changed[~chosen], ids[~chosen])
    # Within four standard deviations; longer words are fewer draws.
    assert abs(chosen[:, :240].double().mean() - 0.15) < 4 * np.sqrt(0.15 * 0.85 / 96_000 * length)
    picked = changed[chosen]
    deviation = 4 / np.sqrt(len(picked))
    assert abs((picked == 4).double().mean() - 0.8) < 0.4 * deviation
    assert abs((picked == 7).double().mean() - 0.1) < 0.3 * deviation
    # Anything of the vocabulary may stand for a token: its numbers are spread evenly.
    other = picked[(picked != 4) & (picked != 7)].double() / 10_000
    assert abs(other.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(other))
    assert abs((other**2).mean() - 1 / 3) < 4 * np.sqrt(4 / 45 / len(other))


def test_the_tokens_of_a_word_are_chosen_together_and_words_apart():
    ids = torch.full((300, 300), 7)
    _, chosen = masked(ids, torch.ones_like(ids, dtype=torch.bool), words_of(3, ids.shape), 2, share=0.4)
    words = chosen.view(300, 100, 3)
    assert torch.equal(words.any(-1), words.all(-1))
    picked = words.all(-1).double()
    # Neighbours, in the row and in the column, know nothing of each other.
    for one, other in ((picked[:, 1:], picked[:, :-1]), (picked[1:], picked[:-1])):
        assert abs(np.corrcoef(one.flatten(), other.flatten())[0, 1]) < 4 / np.sqrt(one.numel())


def test_each_token_of_a_word_has_a_fate_of_its_own():
    ids = torch.full((300, 300), 7)
    changed, chosen = masked(ids, torch.ones_like(ids, dtype=torch.bool), words_of(2, ids.shape), 3)
    pairs = (changed == 4).view(-1, 2)[chosen.view(-1, 2).all(-1)].double()
    assert len(pairs) > 5000
    assert abs(pairs.prod(-1).mean() - 0.64) < 4 * np.sqrt(0.64 * 0.36 / len(pairs))


def test_what_is_not_to_be_guessed_stays_though_its_word_is_chosen():
    ids = torch.tensor([[2, 7, 8, 9, 3]]).repeat(2000, 1)
    maskable = torch.tensor([[False, True, False, True, False]]).expand(ids.shape)
    continues = torch.tensor([[False, False, True, True, False]]).expand(ids.shape)
    changed, chosen = masked(ids, maskable, continues, 4, share=0.5)
    assert torch.equal(chosen[:, 1], chosen[:, 3]) and chosen[:, 1].any() and not chosen[:, 1].all()
    assert not chosen[:, [0, 2, 4]].any()
    assert torch.equal(changed[:, [0, 2, 4]], ids[:, [0, 2, 4]])


@given(st.integers(0, 2**63 - 1), st.lists(st.integers(0, 10**7), min_size=1, max_size=9), st.integers(1, 20))
def test_a_row_draws_the_same_wherever_it_stands(seed, rows, columns):
    together = uniform(seed, np.array(rows), columns, DRAWS)
    assert together.shape == (len(rows), columns, DRAWS)
    for place, row in enumerate(rows):
        alone = uniform(seed, np.array([row]), columns + 7, DRAWS)
        assert np.array_equal(alone[0, :columns], together[place])


def test_draws_are_uniform_and_know_nothing_of_each_other():
    seeds = [uniform(seed, np.arange(200), 50, DRAWS) for seed in (1, 2, 2**62)]
    for drawn in seeds:
        assert drawn.min() >= 0 and drawn.max() < 1
        counts, _ = np.histogram(drawn, 20, (0, 1))
        # Chi squared of 19 degrees: 0.01 % lie above 51.
        assert ((counts - 1500) ** 2 / 1500).sum() < 51
        for one, other in ((drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1]), (drawn[..., 0], drawn[..., 1])):
            assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(one.size)
    assert abs(np.corrcoef(seeds[0].ravel(), seeds[1].ravel())[0, 1]) < 4 / np.sqrt(30_000)


@pytest.mark.parametrize("first", [0, 1])
def test_where_nothing_was_drawn_one_word_can_be_asked_for(first):
    ids = torch.tensor([[2, 9, 8, 7, 3], [2, 9, 8, 7, 3]])
    maskable = torch.tensor([[False, True, True, True, False]]).repeat(2, 1)
    maskable[:first] = False
    continues = torch.tensor([[False, False, True, False, False]]).repeat(2, 1)
    assert not masked(ids, maskable, continues, 1, share=1e-9)[1].any()
    _, chosen = masked(ids, maskable, continues, 1, share=1e-9, at_least_one=True)
    expected = torch.zeros_like(maskable)
    expected[first, 1:3] = True
    assert torch.equal(chosen, expected)


def test_a_batch_without_maskable_tokens_has_none():
    ids = torch.tensor([[2, 3]])
    changed, chosen = masked(ids, single(ids), single(ids), 1, share=0.5, at_least_one=True)
    assert not chosen.any() and torch.equal(changed, ids)
