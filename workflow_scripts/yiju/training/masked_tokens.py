"""Masked tokens that a language model has to guess, and the random numbers that every masking draws."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# What mask_tokens draws for a token: whether its word is chosen, the token's fate, and which token takes its place.
DRAWS = 3
# The step of a SplitMix64 sequence: 2^64 divided by the golden ratio, odd.
GAMMA = np.uint64(0x9E3779B97F4A7C15)


def uniform(seed: int, rows: np.ndarray, columns: int, draws: int) -> np.ndarray:
    """Numbers in [0, 1), each a function of seed, row, column and draw alone.

    So what a row draws depends neither on the rows beside it nor on their order or widths. rows: int [n]. Returns
    float64 [n, columns, draws]: of each row the beginning of a SplitMix64 sequence (Steele, Lea and Flood 2014), whose
    state is a mix of seed and row.
    """
    state = _mix(_mix(np.array([seed], np.uint64)) + GAMMA * rows.astype(np.uint64))
    steps = GAMMA * np.arange(1, columns * draws + 1, dtype=np.uint64)
    bits = _mix(state[:, None] + steps) >> np.uint64(11)
    return (bits * 2.0**-53).reshape(len(rows), columns, draws)


def _mix(values: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser. values: uint64, any shape."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def mask_tokens(
    input_ids: Tensor,
    maskable: Tensor,
    continues: Tensor,
    draws: Tensor,
    share: float,
    mask_id: int,
    vocabulary_size: int,
    at_least_one: bool = False,
) -> tuple[Tensor, Tensor]:
    """Whole-word masking (Cui 2019), dynamic as in RoBERTa (Liu 2019); of words of one token each, RoBERTa's own.

    input_ids, maskable, continues: [batch, tokens]; `continues`: the token belongs to the word of the one before it.
    draws: uniform in [0, 1), [batch, tokens, DRAWS]. Every word is chosen with probability `share`, and so is every
    token. Each maskable token of a chosen word meets a fate of its own (Devlin 2019, and Google's whole-word code,
    which the published Chinese models were made with): 80 % become [MASK], 10 % a random token, 10 % stay. Returns the
    changed ids and the chosen positions, both [batch, tokens]. at_least_one: where nothing is chosen by chance, choose
    the first maskable word, so that there is a loss.
    """
    places = torch.arange(input_ids.shape[1])
    heads = torch.where(continues, 0, places).cummax(dim=1).values
    chosen = (draws[..., 0].gather(1, heads) < share) & maskable
    if at_least_one and not chosen.any():
        for row, column in maskable.nonzero()[:1].tolist():
            chosen[row] = maskable[row] & (heads[row] == heads[row, column])
    fate, anything = draws[..., 1], (draws[..., 2] * vocabulary_size).long()
    changed = torch.where(chosen & (fate < 0.8), mask_id, input_ids)
    return torch.where(chosen & (fate >= 0.8) & (fate < 0.9), anything, changed), chosen
