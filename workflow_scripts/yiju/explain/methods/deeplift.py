"""DeepLIFT, signed: differences from a baseline carried back through BERT by finite slopes, not derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Baseline
from yiju.config.method import Method
from yiju.config.section import Section

if TYPE_CHECKING:
    from torch import Tensor

    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.scorer import Scorer
    from yiju.models.tokens import Batch, TokenizedPairs


class Options(Section):
    baseline: Baseline = "mask"


METHOD = Method(
    title="DeepLIFT",
    summary="differences passed back from the output by rules",
    chinese=("DeepLIFT", "按规则把输出的差异传回每个字"),
    source="Shrikumar 2017",
    options=Options,
    # One pass forward and backward, of which each carries rules along.
    passes=lambda options, length: 6,
)
# Values at input and baseline, their slopes, and the products' halves.
COPIES = 4


def supports(scorer: Scorer) -> str | None:
    from yiju.explain.layers import why_no_bert

    return why_no_bert("deeplift", scorer)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of (x - x0) * multiplier (Shrikumar 2017).

    x: the embedding layer's output; x0: as for integrated gradients (`baseline`). Elementwise functions follow the
    rescale rule; products, layer normalisation and softmax, of which the paper does not speak, rules as exact: see
    `yiju.explain.multipliers`. The scores of all tokens, special ones included, sum to log p(x) - log p(x0) but
    for rounding, which is `gap`.
    """
    from yiju.explain.embeddings import embedding_output
    from yiju.explain.paths import baseline_output, blanked
    from yiju.explain.rescale import lift
    from yiju.explain.subject import TokenScores

    blank, gap = blanked(subject, pairs, options["baseline"]), np.empty(len(pairs))

    def score(batch: Batch, chosen: Tensor) -> Tensor:
        output, start = embedding_output(subject, batch), baseline_output(subject, blank, batch)
        scores, difference = lift(subject, batch.attention_mask, chosen, output, start)
        gap[batch.rows] = (scores.double().sum(-1) - difference).cpu().numpy()
        return scores

    return TokenScores(subject.per_batch(pairs, labels, score, copies=COPIES), gap)
