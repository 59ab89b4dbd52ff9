"""95 % intervals of shares, and of the difference of two shares of the same items, that hold for few items too.

The bootstrap gives 9 right judgements of 9 the interval [1, 1]; the formulas here do not. values: [n] float64; groups:
[n], equal for items that are no independent evidence (the same pair of sentences, forms of one original), or None.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

# Of the normal distribution: the ends of a 95 % interval.
Z = 1.959964
# Fewer groups have fewer than 40 different resamples, too few to estimate where the outer 2.5 % begin.
FEWEST_GROUPS = 5


def wilson(share: np.ndarray | float, count: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a share of `count` independent items (Wilson 1927): low and high, within [0, 1]."""
    middle = share + Z**2 / (2 * count)
    reach = Z * np.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    low, high = ((end / (1 + Z**2 / count)) for end in (middle - reach, middle + reach))
    return np.clip(low, 0.0, share), np.clip(high, share, 1.0)


def share_interval(values: np.ndarray, groups: Sequence[Hashable] | None = None) -> tuple[float, float, float]:
    """Mean of values within [0, 1] and its interval: Wilson's, with the effective number of items."""
    mean = float(values.mean())
    low, high = wilson(mean, effective_size(values, group_codes(len(values), groups)))
    return mean, float(low), float(high)


def difference_interval(values: np.ndarray, groups: Sequence[Hashable] | None = None) -> tuple[float, float, float]:
    """Mean of differences within [-1, 1] of the same items, and its interval.

    Of two shares (values -1, 0 and 1) it is the adjusted Wald interval for matched pairs (Bonett and Price 2012), which
    adds one item to either kind of discordant ones; with the effective number of items.
    """
    size = effective_size(values, group_codes(len(values), groups))
    more, less = (float(np.maximum(sign * values, 0).mean()) for sign in (1, -1))
    up, down = ((share * size + 1) / (size + 2) for share in (more, less))
    reach = Z * np.sqrt(max(0.0, up + down - (up - down) ** 2) / (size + 2))
    mean = more - less
    return mean, float(min(mean, max(-1.0, up - down - reach))), float(max(mean, min(1.0, up - down + reach)))


def effective_size(values: np.ndarray, codes: np.ndarray) -> float:
    """How many independent items would give as much information (Korn and Graubard 1998).

    It is the variance by the variance between groups, less what few groups leave open of that (the squared ratio of
    the percentiles of Student's distribution).

    At most the number of items; at least that of Kish (1965), (sum of sizes)^2 / sum of squared sizes, which is right
    where all items of a group are alike. Where the values do not vary, or groups are few, it is Kish's. codes: [n] int.
    """
    # Loaded where it computes: this module is imported by much that never does.
    from scipy.special import stdtrit

    sizes = np.bincount(codes)
    least = len(values) ** 2 / float((sizes.astype(np.float64) ** 2).sum())
    spread, count = float(values.var()), len(sizes)
    if spread == 0 or count < FEWEST_GROUPS:
        return least
    away = np.bincount(codes, weights=values) - values.mean() * sizes
    between = count / (count - 1) * float((away**2).sum()) / len(values) ** 2
    found = float(np.clip(spread / between, least, len(values))) if between else float(len(values))
    wide = float(stdtrit(len(values) - 1, 0.975) / stdtrit(count - 1, 0.975))
    return max(least, found * wide**2)


def group_codes(count: int, groups: Sequence[Hashable] | None) -> np.ndarray:
    """Number the groups in order of appearance, [count] int64; without groups every item is its own."""
    if groups is None:
        return np.arange(count)
    if len(groups) != count:
        raise ValueError(f"{count} values, but {len(groups)} groups")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
