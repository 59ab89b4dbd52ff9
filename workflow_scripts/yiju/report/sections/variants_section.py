"""What the variants of a run change and what that is worth: as the report shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from yiju.report.page_sections import Section
from yiju.report.results import Estimate, Sign


@dataclass(frozen=True)
class Measured:
    """A mean over members, with its interval over pairs and, where there are several, over seeds; that of each seed."""

    over_pairs: Estimate
    over_seeds: Estimate | None
    by_seed: list[float]

    @property
    def sign(self) -> Sign:
        """On which side of 0 every interval lies that there is; level: 0 is in one of them."""
        intervals = [one for one in (self.over_pairs, self.over_seeds) if one]
        if all(one.low > 0 for one in intervals):
            return "above"
        return "below" if all(one.high < 0 for one in intervals) else "level"


@dataclass(frozen=True)
class Row:
    """A variant on one set; difference: to the base, None of the base itself; ensemble: of its members together."""

    name: str
    accuracy: Measured
    difference: Measured | None
    ensemble: Estimate
    ece: float


@dataclass(frozen=True)
class ComparedSet:
    """All variants on one set, the base first. pairs: different ones among the labelled."""

    name: str
    labelled: int
    pairs: int
    rows: list[Row]

    @property
    def reach(self) -> float:
        """The largest difference that an interval over pairs or a single seed reaches, with some room."""
        found = [row.difference for row in self.rows if row.difference]
        values = [abs(end) for one in found for end in (one.over_pairs.low, one.over_pairs.high, *one.by_seed)]
        return 1.08 * max(values, default=0.0) or 1.0


@dataclass(frozen=True)
class Variants:
    """changes: variant, key, value in the base, value in the variant, as the configuration writes them."""

    seeds: int
    folds: int
    changes: list[tuple[str, str, str, str]]
    sets: list[ComparedSet]

    @property
    def names(self) -> list[str]:
        """The variants but for the base."""
        return [row.name for row in self.sets[0].rows[1:]]


def read_variants(path: str | Path) -> Variants:
    """Read what compare_variants wrote."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    changes = [
        (one["variant"], change["key"], *(json.dumps(change[side], ensure_ascii=False) for side in ("base", "variant")))
        for one in found["variants"]
        for change in one["changes"]
    ]
    sets = [
        ComparedSet(one["set"], one["labelled"], one["pairs"], [_row(row) for row in one["variants"]])
        for one in found["sets"]
    ]
    return Variants(found["seeds"], found["folds"], changes, sets)


def _row(found: dict) -> Row:
    ensemble = found["ensemble"]
    accuracy = Estimate(*(ensemble[f"accuracy.model{end}"] for end in ("", ".low", ".high")))
    difference = measured_of(found["difference"]) if found["difference"] else None
    return Row(found["variant"], measured_of(found["accuracy"]), difference, accuracy, ensemble["ece"])


def measured_of(found: dict) -> Measured:
    """A mean with its intervals, as `yiju.evaluation.compare_variants.estimate` gives it."""
    over_pairs, over_seeds = found["over_pairs"], found["over_seeds"]
    seeds = Estimate(found["mean"], *over_seeds) if over_seeds else None
    return Measured(Estimate(found["mean"], *over_pairs), seeds, found["by_seed"])


SECTION = Section(
    name="variants",
    title="Variants",
    place=20,
    read=lambda inputs, _settings, _run: next((read_variants(path) for path in inputs["variants"]), None),
)
