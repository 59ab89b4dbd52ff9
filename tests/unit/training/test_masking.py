"""Masking: the shares of BERT, on maskable tokens only."""

import torch

from yiju.training.masking import mask_tokens


def test_shares_are_those_of_bert():
    ids = torch.full((400, 500), 7)
    maskable = torch.ones_like(ids, dtype=torch.bool)
    maskable[:, 250:] = False
    changed, chosen = mask_tokens(ids, maskable, 0.15, 4, 10_000, torch.Generator().manual_seed(1))
    assert not chosen[:, 250:].any()
    assert torch.equal(changed[~chosen], ids[~chosen])
    # 100,000 draws: four standard deviations are .0045 of the share, and .013 of the fates.
    assert abs(chosen[:, :250].float().mean() - 0.15) < 0.0045
    picked = changed[chosen]
    assert abs((picked == 4).float().mean() - 0.8) < 0.014
    assert abs((picked == 7).float().mean() - 0.1) < 0.011


def test_the_same_generator_state_masks_the_same():
    ids = torch.arange(600).view(20, 30)
    every = torch.ones_like(ids, dtype=torch.bool)
    first, second = (mask_tokens(ids, every, 0.3, 4, 900, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first[0], second[0]) and torch.equal(first[1], second[1])


def test_a_batch_in_which_nothing_was_drawn_still_has_one_token_to_guess():
    ids = torch.tensor([[2, 9, 3]])
    maskable = torch.tensor([[False, True, False]])
    _, chosen = mask_tokens(ids, maskable, 1e-9, 4, 100, torch.Generator().manual_seed(1))
    assert chosen.tolist() == [[False, True, False]]


def test_a_batch_without_maskable_tokens_has_none():
    ids = torch.tensor([[2, 3]])
    _, chosen = mask_tokens(ids, torch.zeros_like(ids, dtype=torch.bool), 0.5, 4, 100, torch.Generator().manual_seed(1))
    assert not chosen.any()
