"""How far the judgements hang on what the methods in use rank first, beside rules that never look at the model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yiju.report.results import TRIVIAL, Estimate, read_estimate

# By name in faithfulness.json: what the page calls it, and whether more (1) or less (-1) is better.
METRICS = {
    "aopc_comprehensiveness": ("AOPC comprehensiveness", 1),
    "aopc_sufficiency": ("AOPC sufficiency", -1),
    "comprehensiveness": ("comprehensiveness", 1),
    "sufficiency": ("sufficiency", -1),
}
RULES = ("trivial_shared_first", "trivial_random")


@dataclass(frozen=True)
class Faithfulness:
    """What evaluate_faithfulness found on a set.

    rows: figures by method and then rule; beyond: by method, the mean difference to random segments on the same pairs.
    """

    name: str
    pairs: int
    members: int
    rows: dict[str, dict[str, Estimate]]
    beyond: dict[str, dict[str, Estimate]]


def read_faithfulness(name: str, path: str | Path, methods: Sequence[str]) -> Faithfulness:
    """Read what evaluate_faithfulness wrote for a set."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    rows = {row: {metric: read_estimate(found, f"{row}.{metric}") for metric in METRICS} for row in (*methods, *RULES)}
    beyond = {
        method: {metric: read_estimate(found, f"{method}.beyond_random.{metric}") for metric in METRICS}
        for method in methods
    }
    return Faithfulness(name, found["pairs"], found["members"], rows, beyond)


def row_name(row: str) -> str:
    """A method's name, or what a rule does."""
    return TRIVIAL.get(row, row)


def sign(estimate: Estimate, better: int) -> str:
    """Whether a difference is good (above), bad (below), or cannot be told from none (level)."""
    low, high = sorted((better * estimate.low, better * estimate.high))
    return "above" if low > 0 else "below" if high < 0 else "level"
