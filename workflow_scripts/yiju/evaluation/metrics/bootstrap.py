"""95 % intervals by resampling: of means, and of any statistic of rows that can be weighted.

Groups are drawn with replacement, as many as there are, each with all its rows: rows that repeat one pair of sentences
are no independent evidence, so they belong to one group. The ends are those of BCa (Efron 1987), which corrects the
percentiles for bias and skewness, with the percentiles of Student's distribution in place of the normal one (Hesterberg
2015): without that, intervals of few groups are too narrow. How often they hold what they promise is measured in
benchmarks/coverage.py.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

import numpy as np

from yiju.base.share_intervals import FEWEST_GROUPS, difference_interval, group_codes, share_interval

# Draws of one block: bounds the memory. Statistics hold several arrays of that size.
DRAWS = 4_000_000
WEIGHTS = DRAWS // 4
# Of fewer groups of values within bounds the variance is not known well enough, whichever way it is resampled.
FEWEST_RESAMPLED = 30
# Statistics are computed without one group, or from more groups on without one of so many parts of them.
LEFT_OUT = 200
# A statistic that is not defined for more of the resamples has no interval.
UNDEFINED = 0.05
# Figures that should be equal differ in their last bits.
EQUAL = 1e-12

# By weights of the rows, float64 [resamples, rows]: the value with each of them, [resamples], NaN where not defined.
Statistic = Callable[[np.ndarray], np.ndarray]
# Value, low, high.
Ends = tuple[float, float | None, float | None]


def interval(
    values: Sequence[float] | np.ndarray,
    groups: Sequence[Hashable] | None = None,
    samples: int = 1000,
    seed: int = 111,
    signed: bool = False,
) -> tuple[float, float, float]:
    """Mean of the values with its 95 % interval: mean, low, high. The same seed gives the same interval.

    values: [n], floats; groups: [n], e.g. (q, t); without groups every value is its own. The interval is that of
    `yiju.base.share_intervals` for shares (all values are whole numbers) and, of values within [0, 1], or [-1, 1] if
    `signed`, where resampling cannot estimate how far off the mean may be: there are fewer than thirty groups, of
    which that interval is rather too wide than too narrow, or every resample has the same mean. Values beyond these
    bounds, such as those of a model that gives any number, have Student's interval there; of one group its ends are
    NaN.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"expected a list of values, got shape {values.shape}")
    codes = group_codes(len(values), groups)
    bounded = values.min() >= -signed - EQUAL and values.max() <= 1 + EQUAL
    closed = _student if not bounded else difference_interval if signed else share_interval
    whole = np.isin(values, (-1, 0, 1) if signed else (0, 1)).all()
    sums, counts = np.bincount(codes, weights=values), np.bincount(codes)
    if whole or len(counts) < FEWEST_RESAMPLED:
        return closed(values, codes.tolist())
    mean = float(values.mean())
    means = _resampled_means(sums, counts, samples, np.random.default_rng(seed))
    if np.ptp(means) <= EQUAL:
        return closed(values, codes.tolist())
    left_out = (sums.sum() - sums) / (counts.sum() - counts)
    return mean, *_bca(mean, means, left_out, len(counts))


def _student(values: np.ndarray, codes: Sequence[int]) -> tuple[float, float, float]:
    """Mean and Student's interval of it, by the variance between groups; codes: [n], the number of each one's group."""
    from scipy.special import stdtrit

    sums, counts = np.bincount(codes, weights=values), np.bincount(codes)
    mean, groups = float(values.mean()), len(counts)
    if groups == 1:
        return mean, np.nan, np.nan
    error = np.sqrt(groups / (groups - 1) * ((sums - mean * counts) ** 2).sum()) / len(values)
    reach = float(stdtrit(groups - 1, 0.975) * error)
    return mean, mean - reach, mean + reach


def statistic_intervals(
    statistics: Mapping[str, Statistic], groups: Sequence[Hashable], samples: int = 1000, seed: int = 111
) -> dict[str, Ends]:
    """Statistics of the same rows with 95 % intervals, by name: value (NaN where it is not defined), low, high.

    groups: of every row. The ends are None where nothing can be concluded: the value is not defined, there are fewer
    than five groups, every resample has the same value, or the statistic is not defined for more than one resample of
    twenty (such as one with a single row of a label). All statistics see the same resamples.
    """
    codes = group_codes(len(groups), groups)
    values = _computed(statistics, iter([np.ones((1, len(codes)))]))
    count = len(np.unique(codes))
    if count < FEWEST_GROUPS:
        return {name: (float(value[0]), None, None) for name, value in values.items()}
    drawn = _computed(statistics, _resamples(codes, samples, np.random.default_rng(seed)))
    left_out = _computed(statistics, _without_parts(codes, np.random.default_rng(seed)))
    return {
        name: (float(value[0]), *_concluded(float(value[0]), drawn[name], left_out[name], count))
        for name, value in values.items()
    }


def _concluded(
    value: float, drawn: np.ndarray, left_out: np.ndarray, count: int
) -> tuple[float, float] | tuple[None, None]:
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(value) or len(defined) < (1 - UNDEFINED) * len(drawn) or np.ptp(defined) <= EQUAL:
        return None, None
    return _bca(value, defined, left_out[~np.isnan(left_out)], count)


def _bca(value: float, drawn: np.ndarray, left_out: np.ndarray, count: int) -> tuple[float, float]:
    """Ends of the interval. drawn: values of the resamples; left_out: without each part; count: of groups."""
    from scipy.special import ndtr, ndtri, stdtrit

    below = (drawn < value - EQUAL).mean() + (np.abs(drawn - value) <= EQUAL).mean() / 2
    edge = 0.5 / len(drawn)
    bias = ndtri(np.clip(below, edge, 1 - edge))
    away = left_out.mean() - left_out
    spread = (away**2).sum()
    skewness = (away**3).sum() / (6 * spread**1.5) if spread > 0 else 0.0
    reach = np.sqrt(count / (count - 1)) * stdtrit(count - 1, 0.975)
    moved = bias + np.array([-reach, reach])
    left = 1 - skewness * moved
    # So skewed that the correction turns round: the outermost resample is the end.
    shares = np.where(left > 0, ndtr(bias + moved / np.where(left > 0, left, 1.0)), (moved > 0).astype(float))
    low, high = np.quantile(drawn, shares)
    return float(min(low, value)), float(max(high, value))


def _resampled_means(sums: np.ndarray, counts: np.ndarray, samples: int, generator: np.random.Generator) -> np.ndarray:
    means = np.empty(samples)
    rows = max(1, DRAWS // len(sums))
    for start in range(0, samples, rows):
        drawn = generator.integers(0, len(sums), size=(min(rows, samples - start), len(sums)))
        means[start : start + rows] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means


def _computed(statistics: Mapping[str, Statistic], weights: Iterator[np.ndarray]) -> dict[str, np.ndarray]:
    """Values of every statistic with all weights, which come in blocks."""
    blocks = [[statistic(block) for statistic in statistics.values()] for block in weights]
    return {name: np.concatenate(parts) for name, parts in zip(statistics, zip(*blocks, strict=True), strict=True)}


def _resamples(codes: np.ndarray, samples: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """How often every row is drawn, float64 [some resamples, rows] at a time."""
    groups = int(codes.max()) + 1
    rows = max(1, WEIGHTS // len(codes))
    for start in range(0, samples, rows):
        size = min(rows, samples - start)
        drawn = generator.integers(0, groups, size=(size, groups)) + groups * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * groups).reshape(size, groups).astype(np.float64)
        yield times if groups == len(codes) else np.take(times, codes, axis=1)


def _without_parts(codes: np.ndarray, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Weights without each part of the groups: a part is one group, or several at random where there are many."""
    groups = int(codes.max()) + 1
    parts = min(groups, LEFT_OUT)
    part = (generator.permutation(groups) % parts)[codes]
    rows = max(1, WEIGHTS // len(codes))
    for start in range(0, parts, rows):
        yield (part != np.arange(start, min(start + rows, parts))[:, None]).astype(np.float64)
