"""Masked tokens: those that a language model has to guess, and those that a classifier must do without."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase


def mask_tokens(
    input_ids: Tensor, maskable: Tensor, share: float, mask_id: int, vocabulary_size: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Dynamic masking as in RoBERTa (Liu 2019) with BERT's 80/10/10 (Devlin 2019).

    input_ids, maskable: [batch, tokens]. Every maskable token is chosen with probability `share`; of the chosen, 80 %
    become [MASK], 10 % a random token, 10 % stay. Returns the changed ids and the chosen positions, both
    [batch, tokens]. A batch in which nothing was chosen gives up its first maskable token, so that it has a loss.
    """
    draw = torch.rand(input_ids.shape, generator=generator)
    chosen = (draw < share) & maskable
    if not chosen.any():
        chosen.view(-1)[maskable.flatten().nonzero()[:1]] = True
    fate = torch.rand(input_ids.shape, generator=generator)
    anything = torch.randint(vocabulary_size, input_ids.shape, generator=generator)
    changed = torch.where(chosen & (fate < 0.8), torch.full_like(input_ids, mask_id), input_ids)
    changed = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), anything, changed)
    return changed, chosen


@dataclass(frozen=True)
class Hiding:
    """Random masking of what a classifier reads; `kept_ids`: tokens that are never hidden."""

    share: float
    mask_id: int
    kept_ids: tuple[int, ...]

    @classmethod
    def of(cls, share: float, tokenizer: PreTrainedTokenizerBase) -> Hiding:
        """Everything that stands for text may be hidden, [UNK] too."""
        frame = (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id, tokenizer.mask_token_id)
        return cls(share, tokenizer.mask_token_id, frame)

    def __call__(self, input_ids: Tensor, draw: Tensor) -> Tensor:
        """Ids [batch, tokens] with [MASK] where `draw`, uniform in [0, 1), is below the share; draw: same shape."""
        kept = torch.isin(input_ids, torch.tensor(self.kept_ids))
        return input_ids.masked_fill((draw < self.share) & ~kept, self.mask_id)
