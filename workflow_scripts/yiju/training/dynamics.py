"""Training dynamics: what a classifier said of each training pair whenever it came to it, at no pass more.

A pair whose label is wrong is learnt late, is forgotten again, and stands against the pairs that are like it: its
margin stays low (area under the margin: Pleiss et al. 2020; forgetting: Toneva et al. 2019; data maps: Swayamdipta et
al. 2020). The margins of the passes that train are noted; nothing is computed for them, and no weight depends on them.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import torch
from accelerate import Accelerator
from torch import Tensor


class Dynamics:
    """The margin of every training pair in every epoch: the logit of its label less the largest other one.

    margins: float32 [epochs, pairs], NaN where the pair did not come whole, or was learnt by another process.
    """

    def __init__(self, epochs: int, pairs: int) -> None:
        self.margins = torch.full((epochs, pairs), torch.nan)

    def note(self, epoch: int, rows: np.ndarray, margins: Tensor) -> None:
        """What was said of the pairs in these rows. margins: float [rows]."""
        self.margins[epoch, torch.from_numpy(rows)] = margins.detach().float().cpu()

    def restore(self, margins: Tensor | None, main: bool) -> None:
        """Go on from a save, which holds what all processes noted: one of them keeps it. None: a save without it."""
        if margins is not None and main:
            self.margins.copy_(margins)

    def gathered(self, accelerator: Accelerator) -> Tensor:
        """What all processes noted, on the CPU. Every process calls it."""
        if accelerator.num_processes == 1:
            return self.margins
        known = ~torch.isnan(self.margins)
        both = torch.stack([torch.where(known, self.margins, 0), known.float()]).to(accelerator.device)
        total, count = accelerator.reduce(both, "sum").cpu()
        return torch.where(count > 0, total, torch.nan)


def margins_of(logits: Tensor, labels: Tensor) -> Tensor:
    """The logit of the label less the largest other one, [batch]. logits: [batch, classes]; labels: int [batch]."""
    own = logits.gather(1, labels[:, None])
    return (own[:, 0] - logits.scatter(1, labels[:, None], -torch.inf).amax(1)).detach()


def summarised(margins: np.ndarray) -> pl.DataFrame:
    """What the margins of each pair say, one row a pair.

    margins: float [epochs, pairs], of two classes, NaN where the pair was not seen. passes: epochs in which it was;
    confidence, variability: mean and standard deviation of the probability of its label (null where it was never
    seen); margin: mean, and last: that of the last pass; right: share of the passes with a margin above 0; forgotten:
    how often it was right in one pass and wrong in its next one, or, where it was never right, null.
    """
    seen = ~np.isnan(margins)
    passes = seen.sum(axis=0)
    known = np.where(seen, margins, 0.0).astype(np.float64)
    share = np.where(seen, 1 / (1 + np.exp(-known)), 0.0)
    count = np.maximum(passes, 1)
    mean = share.sum(axis=0) / count
    spread = np.sqrt(np.where(seen, (share - mean) ** 2, 0.0).sum(axis=0) / count)
    right = seen & (known > 0)
    columns = {
        "passes": passes.astype(np.int32),
        "confidence": mean,
        "variability": spread,
        "margin": known.sum(axis=0) / count,
        "last": known[_last(seen), np.arange(len(passes))],
        "right": right.sum(axis=0) / count,
        "forgotten": _forgotten(seen, right),
    }
    told = pl.DataFrame(columns)
    never = pl.col("passes") == 0
    unseen = [pl.when(never).then(None).otherwise(pl.col(name)).alias(name) for name in told.columns[1:]]
    learnt = pl.when(pl.col("right") > 0).then(pl.col("forgotten")).alias("forgotten")
    return told.with_columns(unseen).with_columns(learnt)


def _last(seen: np.ndarray) -> np.ndarray:
    """The last epoch in which each pair was seen, int [pairs]; any where there was none."""
    return len(seen) - 1 - seen[::-1].argmax(axis=0)


def _forgotten(seen: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How often each pair was right in a pass and wrong in the next one that it came to, int32 [pairs]."""
    count, before = np.zeros(seen.shape[1], dtype=np.int32), np.zeros(seen.shape[1], dtype=bool)
    for here, now in zip(seen, right, strict=True):
        count += here & before & ~now
        before = np.where(here, now, before)
    return count
