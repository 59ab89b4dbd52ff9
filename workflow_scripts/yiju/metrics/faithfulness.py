"""Faithfulness: whether the model's probability hangs on the segments that an explanation ranks first.

Everything is by pair, so that intervals can be drawn. F(x) is the model's probability of the explained label. The
tokens of a set of segments are all that touch one of them: the rationale alone keeps these, the pair without its
rationale has lost these, by deletion or under [MASK], and every token is in exactly one of the two.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau

from yiju.attribution.removal import keep_tokens
from yiju.attribution.segments import Segmented, blocks, covered
from yiju.attribution.subject import Subject
from yiju.kinds import Removal
from yiju.rationale.layout import Layout
from yiju.rationale.selection import keep_count
from yiju.tokens import Sequences

SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)


def faithfulness(
    subject: Subject,
    found: Segmented,
    labels: np.ndarray,
    scores: np.ndarray,
    rationale: np.ndarray,
    removal: Removal,
) -> dict[str, np.ndarray]:
    """What is left of F without the rationale, and with nothing else; float64 [pairs] each, by name.

    sufficiency: F(x) - F(rationale), lower is better; comprehensiveness: F(x) - F(x without it), higher is better;
    aopc_*: mean of either over the best 1, 5, 10, 20 and 50 % (ERASER, DeYoung 2020), ceil(share * n) segments of each
    side, so one at least, as rationales are ranked and chosen side by side here; new_p: 1 where the rationale alone
    keeps the likelier label and the pair without it does not, else 0.

    labels: int [pairs]; scores: [segments]; rationale: bool [segments], what was selected by them.
    """
    top = [rationale, *(_best(found.layout, scores, share) for share in SHARES)]
    judged = []
    for rows, own, part in blocks(found, np.full(len(found.layout), 2 * len(top) + 1)):
        tokens = np.stack([part.touching(chosen[own]) for chosen in top])
        kept = np.concatenate([np.ones_like(tokens[:1]), tokens, ~tokens])
        pairs = np.tile(np.arange(len(part.layout)), len(kept))
        values = probabilities(subject, part.pairs, labels[rows], pairs, kept.ravel(), removal)
        judged.append(values.reshape(len(kept), -1))
    whole, alone, without = np.split(np.concatenate(judged, axis=1), [1, 1 + len(top)])
    return _figures(whole[0], alone, without)


def leave_one_out(subject: Subject, found: Segmented, labels: np.ndarray, removal: Removal) -> np.ndarray:
    """F(x) - F(x without the segment) of every segment, float64 [segments]."""
    differences = [np.zeros(0)]
    for rows, _, part in blocks(found, 1 + found.layout.counts.sum(axis=1)):
        count, owners = len(part.layout), part.layout.owners
        variants = np.concatenate([np.arange(count), owners])
        lengths = part.pairs.lengths[variants]
        base = (np.cumsum(lengths) - lengths)[count:]
        kept = ~covered(int(lengths.sum()), base + part.begin, base + part.end)
        judged = probabilities(subject, part.pairs, labels[rows], variants, kept, removal)
        differences.append(judged[owners] - judged[count:])
    return np.concatenate(differences)


def leave_one_out_tau(layout: Layout, scores: np.ndarray, differences: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of scores and leave-one-out differences over all segments of a pair, float64 [pairs].

    Not a number where the differences rank nothing (fewer than two segments, or all equal): no method could agree with
    them. Scores that rank nothing where the differences do agree with nothing: 0.
    """
    values = np.full(len(layout), np.nan)
    for pair, (start, stop) in enumerate(zip(layout.starts[:-1], layout.starts[1:], strict=True)):
        own, wanted = scores[start:stop], differences[start:stop]
        if len(own) > 1 and np.ptp(wanted) > 0:
            values[pair] = kendalltau(own, wanted).statistic if np.ptp(own) > 0 else 0.0
    return values


def _figures(whole: np.ndarray, alone: np.ndarray, without: np.ndarray) -> dict[str, np.ndarray]:
    """whole: [pairs]; alone, without: [1 + shares, pairs], the rationale's before those of the shares."""
    same = (alone[0] > 0.5) == (whole > 0.5)
    turned = (without[0] > 0.5) != (whole > 0.5)
    return {
        "sufficiency": whole - alone[0],
        "comprehensiveness": whole - without[0],
        "aopc_sufficiency": (whole - alone[1:]).mean(axis=0),
        "aopc_comprehensiveness": (whole - without[1:]).mean(axis=0),
        "new_p": (same & turned).astype(np.float64),
    }


def _best(layout: Layout, scores: np.ndarray, share: float) -> np.ndarray:
    """The best-scored share of each side, bool [segments]."""
    counts, which = np.unique(layout.counts, return_inverse=True)
    kept = np.array([keep_count(int(count), share) for count in counts], dtype=np.int64)[which].ravel()
    return layout.places(scores) < kept[layout.sides]


def probabilities(
    subject: Subject, pairs: Sequences, labels: np.ndarray, rows: np.ndarray, kept: np.ndarray, removal: Removal
) -> np.ndarray:
    """p(label) of variants (see `keep_tokens`), float64 [variants]; variants that are the same are judged once."""
    variants, labels = keep_tokens(pairs, rows, kept, removal, subject.mask_id), labels[rows]
    keys: dict[tuple, int] = {}
    bounds = zip(variants.starts[:-1], variants.starts[1:], variants.first, labels, strict=True)
    number = [
        keys.setdefault((variants.ids[start:stop].tobytes(), int(first), int(label)), len(keys))
        for start, stop, first, label in bounds
    ]
    distinct = np.unique(number, return_index=True)[1]
    return np.exp(subject.log_probabilities(variants.select(distinct), labels[distinct]))[number]
