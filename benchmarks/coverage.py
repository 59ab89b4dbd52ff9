"""How often 95 % intervals hold the true figure, and how wide they are: the plain percentile bootstrap and ours.

.venv/bin/python benchmarks/coverage.py

Sets of pairs are drawn from distributions whose figure is known: shares of right judgements, each pair by itself or
several times (one to five, all right or all wrong); values as token F1 has them (nine of ten are 1, the others
anything); F1, ROC AUC, average precision and MCC of two normal distributions, of which `right` is the share of right
decisions. Given: the share of the sets of which an interval is told at all; coverage and width are of these.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

from yiju.evaluation.metrics.bootstrap import Statistic, interval, statistic_intervals
from yiju.evaluation.metrics.classification import average_precision, f1_interval, matthews, roc_auc

SIZES, SHARES = (9, 30, 200), (0.5, 0.9, 0.99)
SETS, RANKED_SETS, SAMPLES = 1000, 200, 500
# Pairs from which the true figure of a ranking is computed.
MANY = 400_000

Ends = tuple[float, float] | None
Drawn = tuple[tuple[np.ndarray, ...], np.ndarray]


def share(count: int, right: float, random: np.random.Generator) -> Drawn:
    return ((random.random(count) < right).astype(float),), np.arange(count)


def repeated_share(count: int, right: float, random: np.random.Generator) -> Drawn:
    """Of a third as many distinct pairs."""
    distinct = count // 3
    pairs = np.repeat(np.arange(distinct), random.integers(1, 6, distinct))
    return ((random.random(distinct) < right)[pairs].astype(float),), pairs


def token_f1(count: int, right: float, random: np.random.Generator) -> Drawn:
    return (np.where(random.random(count) < right, 1.0, random.random(count)),), np.arange(count)


def ranking(count: int, right: float, random: np.random.Generator) -> Drawn:
    """Score, decision and label; the decision is right in so many cases."""
    labels = (random.random(count) < 0.5).astype(int)
    score = random.normal(0, 1, count) + (2 * labels - 1) * norm.ppf(right)
    return (score, (score > 0).astype(int), labels), np.arange(count)


def f1(_score: np.ndarray, said: np.ndarray, labels: np.ndarray) -> Statistic:
    both, called = ((labels == 1) & (said == 1)).astype(float), (labels + said).astype(float)

    def statistic(weights: np.ndarray) -> np.ndarray:
        whole = weights @ called
        return np.divide(2 * weights @ both, whole, out=np.full(len(whole), np.nan), where=whole > 0)

    return statistic


STATISTICS: dict[str, Callable[..., Statistic]] = {
    "F1": f1,
    "ROC AUC": lambda score, _said, labels: roc_auc(score, labels),
    "average precision": lambda score, _said, labels: average_precision(score, labels),
    "MCC": lambda _score, said, labels: matthews(said, labels),
}


def mean(values: np.ndarray) -> Statistic:
    return lambda weights: weights @ values / weights.sum(axis=1)


def percentiles(statistic: Statistic, pairs: np.ndarray, random: np.random.Generator) -> Ends:
    """The plain bootstrap: pairs are drawn with all their rows."""
    count = int(pairs.max()) + 1
    drawn = random.integers(0, count, (SAMPLES, count)) + count * np.arange(SAMPLES)[:, None]
    times = np.bincount(drawn.ravel(), minlength=SAMPLES * count).reshape(SAMPLES, count)
    found = statistic(times[:, pairs].astype(float))
    known = found[~np.isnan(found)]
    return (float(np.quantile(known, 0.025)), float(np.quantile(known, 0.975))) if len(known) else None


def of_mean(columns: Sequence[np.ndarray], pairs: np.ndarray) -> Ends:
    return interval(columns[0], pairs.tolist(), samples=SAMPLES)[1:]


def of_statistic(name: str) -> Callable[[Sequence[np.ndarray], np.ndarray], Ends]:
    def ends(columns: Sequence[np.ndarray], pairs: np.ndarray) -> Ends:
        if name == "F1":
            told = f1_interval(columns[1], columns[2], pairs.tolist())
            return told[1:] if told else None
        statistic = STATISTICS[name](*columns)
        _, low, high = statistic_intervals({name: statistic}, pairs.tolist(), samples=SAMPLES)[name]
        return None if low is None or high is None else (low, high)

    return ends


def row(title: str, true: float, sets: Sequence[Drawn], statistic: Callable[..., Statistic], ours: Callable) -> str:
    random = np.random.default_rng(1)
    old = [percentiles(statistic(*columns), pairs, random) for columns, pairs in sets]
    cells = [title, *told(old, true), *told([ours(*one) for one in sets], true)]
    return f"| {' | '.join(cells)} |"


def told(found: Sequence[Ends], true: float) -> list[str]:
    """Coverage, median width and the share of the sets that have an interval."""
    given = [one for one in found if one]
    if not given:
        return ["–", "–", "0 %"]
    held = np.mean([low - 1e-12 <= true <= high + 1e-12 for low, high in given])
    width = np.median([high - low for low, high in given])
    return [f"{100 * held:.1f} %", f"{width:.3f}", f"{100 * len(given) / len(found):.0f} %"]


def main() -> None:
    start, random = time.perf_counter(), np.random.default_rng(0)
    print("| figure | pairs | true | percentiles: coverage | width | given | ours: coverage | width | given |")
    print("|---|---|---|---|---|---|---|---|---|")
    means = [("share", share, right, right) for right in SHARES]
    means += [("share, pairs repeated", repeated_share, right, right) for right in SHARES]
    means += [("token F1", token_f1, 0.9, 0.95)]
    for name, draw, right, true in means:
        for size in SIZES:
            sets = [draw(size, right, random) for _ in range(SETS)]
            print(row(f"{name} | {size} | {true:g}", true, sets, mean, of_mean), flush=True)
    many, every = np.ones((1, MANY)), {right: ranking(MANY, right, random)[0] for right in SHARES[1:]}
    for name, statistic in STATISTICS.items():
        for right in SHARES[1:]:
            true = float(statistic(*every[right])(many)[0])
            for size in SIZES:
                sets = [ranking(size, right, random) for _ in range(RANKED_SETS)]
                print(row(f"{name} | {size} | {true:.3f}", true, sets, statistic, of_statistic(name)), flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s on {platform.processor() or platform.machine()}")


if __name__ == "__main__":
    main()
