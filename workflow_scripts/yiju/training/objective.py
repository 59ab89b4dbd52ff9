"""What fine-tuning minimises: the cross-entropy of pairs, and the techniques that change it or add to it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.config.technique import enabled, get_technique
from yiju.models.suited import require_suited
from yiju.training.techniques.masking import Masking
from yiju.training.techniques.mixup import Mixup, blended
from yiju.training.techniques.rdrop import divergence


@dataclass(frozen=True)
class Techniques:
    """The techniques that a forward pass knows of; without any, the loss is the plain cross-entropy."""

    label_smoothing: float = 0.0
    rdrop_alpha: float | None = None
    mixup: Mixup | None = None
    masking: Masking | None = None

    @classmethod
    def of(cls, settings: dict, classifier: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Techniques:
        """Those that the `finetune` section switches on. Raises YijuError where the model does not allow one."""
        rdrop, mixup, masking = settings["rdrop"], settings["mixup"], settings["masking"]
        require_suited(classifier, tokenizer, [name for name in enabled(settings) if get_technique(name).needs])
        return cls(
            settings["label_smoothing"],
            rdrop["alpha"] if rdrop["enabled"] else None,
            Mixup(mixup["at"], mixup["beta"], classifier.config.num_hidden_layers) if mixup["enabled"] else None,
            Masking(masking["operator"], tokenizer.mask_token_id, settings["seed"]) if masking["enabled"] else None,
        )

    @property
    def passes(self) -> int:
        """Forward passes whose results wait together for one backward pass."""
        return 1 if self.rdrop_alpha is None and self.mixup is None else 2


PLAIN = Techniques()


class PairLoss(nn.Module):
    """The classifier with its loss, summed over the pairs of a batch.

    Every part of the loss is a sum with one term a pair. So the loop's division by the number of pairs gives the mean
    over the update, however it is cut into steps, micro-batches and processes.
    """

    def __init__(self, classifier: PreTrainedModel, techniques: Techniques = PLAIN) -> None:
        super().__init__()
        self.classifier, self.techniques = classifier, techniques

    def forward(
        self,
        labels: Tensor,
        weights: Tensor | None = None,
        order: Tensor | None = None,
        share: Tensor | None = None,
        place: Tensor | None = None,
        **inputs: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """The loss, and how many pairs the (first) clean pass got right by the larger logit.

        labels, weights: [batch]; order, share, place: what mixup drew; inputs: of the classifier.
        """
        if self.techniques.rdrop_alpha is not None:
            return self._consistent(labels, weights, inputs)
        clean = self._logits(inputs)
        loss, right = self._cross_entropy(clean, labels, weights), _right(clean, labels)
        if order is None:
            return loss, right
        with blended(self.classifier, int(place), order, share):
            logits = self._logits(inputs)
        partners = None if weights is None else weights[order]
        # Soft cross-entropy with labels (and their weights) blended as the pairs are: it is linear in them.
        own, other = self._cross_entropy(logits, labels, weights), self._cross_entropy(logits, labels[order], partners)
        return loss + share * own + (1 - share) * other, right

    def _consistent(self, labels: Tensor, weights: Tensor | None, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """R-Drop: (CE1 + CE2) / 2 + alpha * divergence.

        One pass over the batch twice, as in the paper: every row draws its own dropout, and larger products are faster
        than more of them.
        """
        first, second = self._logits({name: torch.cat([value, value]) for name, value in inputs.items()}).chunk(2)
        both = self._cross_entropy(first, labels, weights) + self._cross_entropy(second, labels, weights)
        loss = both / 2 + self.techniques.rdrop_alpha * divergence(first, second).sum()
        return loss, _right(first, labels)

    def _logits(self, inputs: dict[str, Tensor]) -> Tensor:
        logits = self.classifier(**inputs).logits
        return logits.to(torch.promote_types(logits.dtype, torch.float32))

    def _cross_entropy(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        smoothing = self.techniques.label_smoothing
        if weights is None:
            return functional.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing)
        each = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
        return (weights.to(each.dtype) * each).sum()


def _right(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.detach().argmax(1) == labels).sum()
