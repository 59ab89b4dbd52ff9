"""Shapley interactions of pairs beside those of shapiq: exact ones must agree; how far samples are from them.

    python benchmarks/shapiq_oracle.py judge MODEL PAIRS.tsv GAMES.npz [NUMBER]
    <environment with shapiq>/bin/python -P benchmarks/shapiq_oracle.py compare GAMES.npz

shapiq has an environment of its own, which needs no yiju; -P keeps the files beside this one from being taken for its
packages. `judge` draws NUMBER (8) distinct pairs from the lines of PAIRS.tsv (two sentences; further columns are not
read), takes the first six segments of each sentence, judges all 4,096 coalitions of them, and writes their worths
(log p(label), by deletion) with the exact interactions of yiju and its estimates from 500 and 2,000 judgements, of four
seeds each. `compare` lets shapiq find the same of these worths. Printed are the largest difference of the exact values,
and of each estimate the root mean square of its errors over the cells across both sentences. The exit status is 1 where
exact values differ by more than 1e-8.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

SEGMENTS, SEED, SEEDS, BUDGETS = 6, 1, 4, (500, 2000)
CLOSE = 1e-8


def judge(model: str, pairs: str, out: str, number: str = "8") -> None:
    from yiju import Explainer

    explainer = Explainer.from_pretrained(model, device="cpu", seed=SEED)
    rows = draw(Path(pairs), int(number))
    found: dict[str, np.ndarray] = {}
    for place, one in enumerate(explainer.predict(rows)):
        with explainer.before([(one.q, one.t)]) as ensemble:
            first, count = int(ensemble.first.firsts[0]), len(ensemble.players[0])
            worths = every_worth(ensemble, one.label, count)
        own = {"worths": worths, "first": np.array(first), "exact": exact(worths, first)}
        own |= {f"yiju.{budget}": estimates(worths, first, budget) for budget in BUDGETS}
        found |= {f"{place}.{name}": values for name, values in own.items()}
    np.savez(out, number=np.array(len(rows)), **found)


def draw(file: Path, number: int) -> list[tuple[str, str]]:
    """The beginnings of distinct pairs at random, in the order of the file."""
    from yiju.data.segmentation import characters

    lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    cut = [tuple("".join(characters(text)[:SEGMENTS]) for text in line[:2]) for line in lines if len(line) > 1]
    distinct = list(dict.fromkeys((q, t) for q, t in cut))
    places = np.random.default_rng(SEED).permutation(len(distinct))[:number]
    return [distinct[place] for place in sorted(places)]


def coalitions_of(count: int) -> np.ndarray:
    """All coalitions, bool [2 ** count, count]; the place of one has a bit for each player in it."""
    return (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(bool)


def every_worth(ensemble, label: int, count: int) -> np.ndarray:
    ((_, _, worth),) = ensemble.play(lambda _: coalitions_of(count), np.array([label]), "delete")
    return worth[0]


def exact(worths: np.ndarray, first: int) -> np.ndarray:
    return sampled(worths, first, len(worths), SEED)


def estimates(worths: np.ndarray, first: int, budget: int) -> np.ndarray:
    return np.stack([sampled(worths, first, budget, seed) for seed in range(SEEDS)])


def sampled(worths: np.ndarray, first: int, budget: int, seed: int) -> np.ndarray:
    """yiju's interactions from so many judgements: float64 [q segments, t segments]."""
    from yiju.explain.shapley_interactions import draws_of, interactions

    count = len(worths).bit_length() - 1
    drawn = draws_of(count, budget, np.random.default_rng(seed))
    return interactions(drawn, worths[drawn.coalitions @ (1 << np.arange(count))], first).values


def compare(games: str) -> None:
    errors: dict[tuple[str, int], list[np.ndarray]] = {}
    farthest = 0.0
    with np.load(games) as known:
        for place in range(int(known["number"])):
            worths, first = known[f"{place}.worths"], int(known[f"{place}.first"])
            right = exact_by_shapiq(worths, first)
            farthest = max(farthest, float(np.abs(known[f"{place}.exact"] - right).max()))
            for budget in BUDGETS:
                found = {"yiju": known[f"{place}.yiju.{budget}"]} | by_shapiq(worths, first, budget)
                for name, values in found.items():
                    errors.setdefault((name, budget), []).append((values - right).ravel())
    print(f"exact values differ by {farthest:.1e} at most")
    print("estimate | judgements | root mean square of the errors")
    for (name, budget), own in sorted(errors.items(), key=lambda one: (one[0][1], one[0][0] != "yiju")):
        print(f"{name} | {budget} | {np.sqrt(np.mean(np.concatenate(own) ** 2)):.3f}")
    sys.exit(farthest > CLOSE)


def game_of(worths: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    bits = 1 << np.arange(len(worths).bit_length() - 1)
    return lambda coalitions: worths[np.atleast_2d(coalitions).astype(np.int64) @ bits]


def across(values, first: int, count: int) -> np.ndarray:
    """The interactions of two players across the sentences."""
    return np.array([[values[(i, j)] for j in range(first, count)] for i in range(first)])


def exact_by_shapiq(worths: np.ndarray, first: int) -> np.ndarray:
    import shapiq

    count = len(worths).bit_length() - 1
    return across(shapiq.ExactComputer(game_of(worths), n_players=count)("SII", 2), first, count)


def by_shapiq(worths: np.ndarray, first: int, budget: int) -> dict[str, np.ndarray]:
    """Estimates by approximators of shapiq, by name: float64 [seeds, q segments, t segments]."""
    import shapiq

    count = len(worths).bit_length() - 1
    kinds: Mapping[str, Callable] = {
        "shapiq.SHAPIQ": shapiq.SHAPIQ,
        "shapiq.SVARMIQ": shapiq.SVARMIQ,
        "shapiq.KernelSHAPIQ": shapiq.KernelSHAPIQ,
        "shapiq.PermutationSamplingSII": shapiq.PermutationSamplingSII,
    }
    return {
        name: np.stack([across(approximated(kind, worths, budget, seed), first, count) for seed in range(SEEDS)])
        for name, kind in kinds.items()
    }


def approximated(kind: Callable, worths: np.ndarray, budget: int, seed: int):
    approximator = kind(n=len(worths).bit_length() - 1, max_order=2, index="SII", random_state=seed)
    return approximator.approximate(budget, game_of(worths))


if __name__ == "__main__":
    {"judge": judge, "compare": compare}[sys.argv[1]](*sys.argv[2:])
