"""Could another choice among the smallest sets that keep a judgement make better rationales?

    python benchmarks/rationale_choice.py MODEL PAIRS.tsv [NUMBER]

Pairs, methods, their options and figures are those of `benchmarks/rationales.py`. For each pair whose smallest sets
have up to three segments, all sets that are as small and keep the judgement are compared. Printed for each choice:
removal from one sentence and nothing else left, beyond random segments, not similar / similar. What is clearest alone
is about the most that any choice can reach in the second figure.

The choices with "a segment lent" are no rationales: a sentence without a score above 0 lends its best segment there,
which must never be a ground. They show what such sentences cost.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from rationales import FIGURES, LABELS, METHODS, SEEDS, before, draw, told

from yiju import Explainer
from yiju.evaluation.metrics.pairwise import pairwise
from yiju.explain.ensemble import Ensemble
from yiju.explain.explanation import Explanation
from yiju.explain.rationales.sufficient import ALL, _ranked, _sets, smallest_rationales
from yiju.models.calibration.apply import decide, lean

COMPARED = ("occlusion", "kernel_shap")
# By the sums of the scores of sets and how far on the label's side of the decision they alone are judged.
CHOICES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "highest sum of scores": lambda sums, leans: sums,
    "clearest alone": lambda sums, leans: leans,
    "highest product of both": lambda sums, leans: sums * leans,
}
# Above 0, and below every score that is.
LENT = 1e-9


def main(model: str, pairs: str, number: str = "200") -> None:
    torch.set_num_threads(1)
    explainer = Explainer.from_pretrained(model, device="cpu", seed=SEEDS[0])
    rows = draw(Path(pairs), int(number))
    labels = np.array([one.label for one in explainer.predict(rows)], dtype=np.int64)
    scores = {name: scores_of(explainer.explain(rows, name, ratio=0.1, **METHODS[name])) for name in COMPARED}
    with before(explainer, rows) as (ensemble, layout):
        for name, own in scores.items():
            firsts = ensemble.first.firsts.tolist()
            poor = np.array(
                [any(not (side > 0).any() for side in sides(*one)) for one in zip(own, firsts, strict=True)]
            )
            shares = " / ".join(f"{poor[labels == label].mean():.3f}" for label in range(len(LABELS)))
            print(f"{name}: pairs with a sentence without a score above 0: {shares}")
            lent = [lend(*one) for one in zip(own, firsts, strict=True)]
            for kind, values in (("", own), (", a segment lent", lent)):
                chosen = choose(ensemble, labels, values, explainer.margin)
                for choice, flags in chosen.items():
                    found = pairwise(ensemble, layout, labels, flags, SEEDS[0], "delete", explainer.margin)
                    cells = (
                        " / ".join(told(found[key][labels == one]) for one in range(len(LABELS))) for key in FIGURES
                    )
                    print(f"{name} | {choice}{kind} | {' | '.join(cells)}", flush=True)


def scores_of(explained: list[Explanation]) -> list[np.ndarray]:
    parts = ([part.score for side in one.sides for part in side.segments] for one in explained)
    return [np.array(own, dtype=np.float64) for own in parts]


def sides(scores: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    return scores[:first], scores[first:]


def lend(scores: np.ndarray, first: int) -> np.ndarray:
    """The scores, where the best of a sentence without any above 0 is a little above it."""
    own = scores.copy()
    for side in sides(own, first):
        if not (side > 0).any() and not np.isnan(side).all():
            side[np.nanargmax(side)] = LENT
    return own


def choose(
    ensemble: Ensemble, labels: np.ndarray, scores: Sequence[np.ndarray], margin: float
) -> dict[str, np.ndarray]:
    """The rationales by each choice: bool [segments], flat."""
    found = smallest_rationales(ensemble, labels, scores, margin)
    flags = {choice: np.zeros(ensemble.bounds[-1], dtype=bool) for choice in CHOICES}
    for row, one in enumerate(found):
        for own in flags.values():
            own[ensemble.bounds[row] + np.array(one.chosen, dtype=np.int64)] = True
    firsts = ensemble.first.firsts.tolist()
    short = [row for row in ensemble.longest_first() if found[row].kept and 0 < len(found[row].chosen) <= ALL]
    asked = (
        (row, _sets(_ranked(own, ensemble.read(row), firsts[row]), len(own), firsts[row], len(found[row].chosen), None))
        for row, own in ((row, scores[row]) for row in short)
    )
    for row, sets, each in ensemble.alone(asked, "delete"):
        logits = each.mean(axis=0)
        kept = decide(logits, margin) == labels[row]
        sums, leans = sets @ np.nan_to_num(scores[row]), lean(logits, int(labels[row]), margin)
        for choice, figure in CHOICES.items():
            flags[choice][ensemble.own(row)] = sets[np.argmax(np.where(kept, figure(sums, leans), -np.inf))]
    return flags


if __name__ == "__main__":
    main(*sys.argv[1:])
