"""What fine-tuning minimises: a loss of pairs, and the techniques that change it or add to it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.types import Loss
from yiju.config.technique import enabled, get_technique
from yiju.models.scorer import widened
from yiju.models.suited import require_suited
from yiju.training.dynamics import margins_of
from yiju.training.techniques.masking import Masking
from yiju.training.techniques.mixup import Mixup, blended
from yiju.training.techniques.rdrop import divergence


@dataclass(frozen=True)
class Techniques:
    """The loss of a pair and the techniques that a forward pass knows of.

    loss: `cross_entropy` of the logits of two classes or more; of one logit, `bce` is the binary cross-entropy and
    `mse` the squared error of its sigmoid.
    """

    label_smoothing: float = 0.0
    rdrop_alpha: float | None = None
    mixup: Mixup | None = None
    masking: Masking | None = None
    loss: Loss = "cross_entropy"

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
            settings["loss"],
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
        # Of the last clean pass: see `margins_of`.
        self.margins: Tensor | None = None

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

        labels: [batch], numbers of classes, or of one logit its target between 0 and 1; weights: [batch]; order, share,
        place: what mixup drew; inputs: of the classifier.
        """
        if self.techniques.rdrop_alpha is not None:
            return self._consistent(labels, weights, inputs, self.techniques.rdrop_alpha)
        clean = self._logits(inputs)
        loss, right = self._sum(clean, labels, weights), self._right(clean, labels)
        if order is None or share is None or place is None:
            return loss, right
        with blended(self.classifier, int(place), order, share):
            logits = self._logits(inputs)
        partners = None if weights is None else weights[order]
        # The loss with labels (and their weights) blended as the pairs are: cross-entropy is linear in them.
        own, other = self._sum(logits, labels, weights), self._sum(logits, labels[order], partners)
        return loss + share * own + (1 - share) * other, right

    def _consistent(
        self, labels: Tensor, weights: Tensor | None, inputs: dict[str, Tensor], alpha: float
    ) -> tuple[Tensor, Tensor]:
        """R-Drop: (L1 + L2) / 2 + alpha * divergence, L the loss of a pass.

        One pass over the batch twice, as in the paper: every row draws its own dropout, and larger products are faster
        than more of them.
        """
        first, second = self._logits({name: torch.cat([value, value]) for name, value in inputs.items()}).chunk(2)
        both = self._sum(first, labels, weights) + self._sum(second, labels, weights)
        loss = both / 2 + alpha * divergence(first, second).sum()
        return loss, self._right(first, labels)

    def _logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """In float32 at least; of one logit 0 and this, as the softmax of the two is its sigmoid: [batch, classes]."""
        logits = widened(self.classifier(**inputs).logits)
        return logits.to(torch.promote_types(logits.dtype, torch.float32))

    def _right(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Pairs on whose side of 0.5, or whose class, the model is; keeps the margins of a clean pass."""
        truth = (labels > 0.5).long() if labels.is_floating_point() else labels
        self.margins = margins_of(logits.detach(), truth)
        return (logits.detach().argmax(1) == truth).sum()

    def _sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        options = (self.techniques.loss, self.techniques.label_smoothing)
        if weights is None:
            return pair_losses(logits, labels, *options, reduction="sum")
        each = pair_losses(logits, labels, *options)
        return (weights.to(each.dtype) * each).sum()


def pair_losses(
    logits: Tensor, labels: Tensor, loss: Loss, label_smoothing: float = 0.0, reduction: str = "none"
) -> Tensor:
    """The loss of every pair, [batch], or with reduction `sum` or `mean` that of all.

    logits: [batch, classes], of one logit 0 and this; labels: numbers of classes, or with `bce` and `mse` targets
    between 0 and 1; label_smoothing: not with `mse`.
    """
    if loss == "mse":
        each = (torch.sigmoid(logits[:, 1] - logits[:, 0]) - labels).square()
        return {"none": each, "sum": each.sum(), "mean": each.mean()}[reduction]
    target = labels if loss == "cross_entropy" else torch.stack([1 - labels, labels], dim=1).to(logits.dtype)
    return functional.cross_entropy(logits, target, reduction=reduction, label_smoothing=label_smoothing)
