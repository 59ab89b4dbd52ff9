"""Where judgements are right: by kind of item, by overlap, by confidence; and whether disturbed forms keep theirs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from yiju.base.language import gettext
from yiju.report.results import MODELS, Estimate, read_estimate, required_estimate

KINDS = {"ori": "originals", "disturb": "disturbed forms"}


@dataclass(frozen=True)
class Part:
    """Items of one kind, or of one range of overlap (low, high in per cent), and what is right there.

    accuracy: by model; confusion: of ours, by gold and said label.
    """

    name: str
    items: int
    accuracy: dict[str, Estimate]
    confusion: dict[tuple[int, int], int]
    overlap: tuple[int, int] | None

    def wrong(self, gold: int) -> float | None:
        """Share judged wrong of the items of a gold label, None where there are none."""
        of_label = self.confusion[gold, 0] + self.confusion[gold, 1]
        return self.confusion[gold, 1 - gold] / of_label if of_label else None


@dataclass(frozen=True)
class Strata:
    """What evaluate_predictions found in parts of a set.

    surest: by model, accuracy of the most confident shares, from the least on to all (per cent, accuracy);
    agreement: by model, share of the `disturbed` forms judged as their original; empty where no relations are known.
    """

    name: str
    parts: list[Part]
    surest: dict[str, list[tuple[int, Estimate]]]
    disturbed: int
    agreement: dict[str, Estimate]

    @property
    def by_overlap(self) -> list[Part]:
        return [part for part in self.parts if part.overlap]


def read_strata(name: str, path: str | Path) -> Strata:
    """Read the parts of a set from its metrics.json; a set without labels and relations has none."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    known = [key.removesuffix(".items") for key in found if key.endswith(".items")]
    parts = [_part(found, part) for part in sorted(known, key=_order)]
    surest = {model: _surest(found, model) for model in MODELS}
    return Strata(
        name,
        parts,
        {model: curve for model, curve in surest.items() if curve},
        found.get("agreement.pairs", 0),
        _estimates(found, "agreement"),
    )


def _part(found: dict, part: str) -> Part:
    cells = {(gold, said): found[f"{part}.confusion.gold_{gold}.said_{said}"] for gold in (0, 1) for said in (0, 1)}
    what, _, rest = part.partition("_")
    overlap = _low_high(rest) if what == "overlap" else None
    return Part(_name(part), found[f"{part}.items"], _estimates(found, f"{part}.accuracy"), cells, overlap)


def _low_high(text: str) -> tuple[int, int]:
    low, high = text.split("_")
    return int(low), int(high)


def _estimates(found: dict, key: str) -> dict[str, Estimate]:
    estimates = {model: read_estimate(found, f"{key}.{model}") for model in MODELS}
    return {model: one for model, one in estimates.items() if one}


def _surest(found: dict, model: str) -> list[tuple[int, Estimate]]:
    kept = (re.fullmatch(rf"kept_(\d+)\.accuracy\.{model}", key) for key in found)
    shares = sorted((int(match[1]), match[0]) for match in kept if match)
    return [(share, required_estimate(found, key)) for share, key in shares]


def _name(part: str) -> str:
    what, _, rest = part.partition("_")
    if what == "kind":
        return gettext(KINDS[rest]) if rest in KINDS else rest
    low, high = rest.split("_")
    return gettext("overlap {low} to {high}\N{NO-BREAK SPACE}%", low=low, high=high)


def _order(part: str) -> tuple[int, str]:
    """Kinds first, then ranges of overlap, least first."""
    what, _, rest = part.partition("_")
    return (int(rest.split("_")[0]), "") if what == "overlap" else (-1, rest)
