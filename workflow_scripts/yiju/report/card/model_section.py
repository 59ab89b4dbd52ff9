"""The card's main facts for programs: what stands in yiju.json beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from yiju.models.calibration.apply import probability
from yiju.models.measured import read_measured
from yiju.models.model_facts import About, Accuracy, Reordered
from yiju.report.card.figures_section import SetFigures
from yiju.report.doubts import only_label
from yiju.report.results import Sign
from yiju.report.sections.faithfulness_section import sign


def about_of(context: Mapping[str, Any], names: Mapping[str, str], weights: str) -> About:
    """What the model folder says of itself. context: of the card; names: of sets by their titles; weights: SHA-256."""
    chosen = "dev" if context["dev_chose"] else None
    measured = [_accuracy(one, names[one.name], names[one.name] == chosen) for one in context["sets"] if one.accuracy]
    return About(
        name=context["name"],
        corpora=tuple(context["learnt"]),
        synthetic=context["synthetic"],
        accuracy=tuple(sorted(measured, key=lambda one: one.chose)),
        threshold=float(probability(np.array(context["calibration"]["margin"]))),
        weights=weights,
        reordered=_reordered(context["sets"]),
        explanation=read_measured(context["explanation"], "explanation.json") if "explanation" in context else None,
    )


def _accuracy(one: SetFigures, name: str, chose: bool) -> Accuracy:
    ours = one.accuracy["model"]
    rivals = {model: one.accuracy[model].value for model in ("overlap", "majority")}
    found = {"value": ours.value, "low": ours.low, "high": ours.high} | rivals
    beside: Sign = sign(one.beyond["overlap"], 1) if not only_label(one) else "level"
    return Accuracy(set=name, pairs=one.labelled, synthetic=one.synthetic, beside_overlap=beside, chose=chose, **found)


def _reordered(sets: list[SetFigures]) -> Reordered | None:
    pairs, right = (sum(counts) for counts in zip(*(one.reordered for one in sets), strict=True))
    return Reordered(pairs=pairs, right=right) if pairs else None
