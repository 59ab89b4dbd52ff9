"""Which pairs the page shows, and all that is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from yiju.base import tables
from yiju.explain.rationales.rationale_lines import read_rationales
from yiju.report.explorer import carried, segments_of
from yiju.report.highlight import Piece, highlight

# Shown in each group of a set: right and wrong of either gold label, or either judgement where no gold is known.
PER_GROUP = 3


@dataclass(frozen=True)
class Side:
    """One sentence; `harmonised` are the texts of the fused rationale, most important first."""

    name: str
    text: str
    pieces: list[Piece]
    harmonised: list[str]

    @property
    def selected(self) -> list[Piece]:
        """Selected pieces, most important first."""
        return sorted((piece for piece in self.pieces if piece.rank), key=lambda piece: piece.rank or 0)

    @property
    def gold(self) -> list[str]:
        return [piece.text for piece in self.pieces if piece.gold]


@dataclass(frozen=True)
class Example:
    """A judged pair. `harmonised_label` differs from `label` where the fusion took that of an original.

    explained: the label that is explained; truncated: whether the model did not read its end; unknown: how many
    characters its vocabulary does not hold; carried: what carries the judgement, in words.
    """

    item: str
    label: int
    probability: float
    overlap_probability: float
    gold: int | None
    sides: list[Side]
    explained: int
    truncated: bool
    unknown: int
    harmonised_label: int | None
    carried: str

    @property
    def right(self) -> bool | None:
        return None if self.gold is None else self.gold == self.label


@dataclass(frozen=True)
class ExampleSet:
    name: str
    labelled: bool
    examples: list[Example]


def read_examples(
    name: str, lines: Sequence[dict], items: str, method: str, harmonised: str | None = None
) -> ExampleSet:
    """Choose and gather examples of a set, of those that were drawn.

    lines: of the set, as `yiju.evaluation.examples.example_lines` has them; items: ITEMS of the set; method: whose
    scores are shown; harmonised: of a set whose rationales are fused, the file of these.
    """
    table = tables.read(items, tables.ITEMS)
    known = dict(zip(table["item"], families(table), strict=True))
    schema = pl.Schema(tables.JUDGED)
    rows = pl.DataFrame([{key: line[key] for key in schema} for line in lines], schema=schema).with_columns(
        family=pl.Series([known.get(line["item"], line["item"]) for line in lines], dtype=pl.String)
    )
    wanted = [row["item"] for row in choose(rows, PER_GROUP)]
    by_item, fused = {line["item"]: line for line in lines}, _fused(harmonised, wanted)
    examples = [_example(by_item[item], method, fused.get(item)) for item in wanted]
    return ExampleSet(name, rows["gold"].count() > 0, examples)


def choose(rows: pl.DataFrame, number: int) -> list[dict]:
    """Take the most confident `number` of each group: wrong and right by gold label, else by judgement.

    rows: JUDGED with a column `family`, of which each group shows one member. Deterministic: ties go by the order of
    the rows. Items without gold in a set that has some are left out.
    """
    similar = pl.col("probability")
    confidence = pl.when(pl.col("label") == 1).then(similar).otherwise(1 - similar)
    ordered = rows.with_columns(confidence=confidence, right=pl.col("gold") == pl.col("label")).sort(
        "confidence", descending=True, maintain_order=True
    )
    if not ordered["gold"].count():
        groups = [ordered.filter(pl.col("label") == label) for label in (1, 0)]
    else:
        groups = [
            ordered.filter((pl.col("right") == right) & (pl.col("gold") == gold))
            for right in (False, True)
            for gold in (1, 0)
        ]
    return [
        row
        for group in groups
        for row in group.unique("family", keep="first", maintain_order=True).head(number).to_dicts()
    ]


def families(table: pl.DataFrame) -> list[str]:
    """Name a family for each row of an ITEMS table: an original, its disturbed forms, and repetitions of either."""
    originals = {
        other: row["item"]
        for row in table.iter_rows(named=True)
        for other in row["related"] or ()
        if row["kind"] == "ori"
    }
    first: dict[tuple[str, str], str] = {}
    return [
        first.setdefault((row["q"], row["t"]), originals.get(row["item"], row["item"]))
        for row in table.iter_rows(named=True)
    ]


def _example(line: dict, method: str, harmonised: dict | None) -> Example:
    kept = ("item", "label", "probability", "overlap_probability", "gold", "explained", "truncated", "unknown")
    return Example(
        **{key: line[key] for key in kept},
        sides=[_side(line, side, line["methods"][method], harmonised or {}) for side in ("q", "t")],
        harmonised_label=harmonised["label"] if harmonised else None,
        carried=carried(line),
    )


def _side(line: dict, name: str, found: dict, harmonised: dict) -> Side:
    text, spans, gold, unknown = (line[name][key] for key in ("text", "spans", "gold", "unknown"))
    pieces = highlight(text, spans, found[name], line[f"{name}_effects"], found[f"{name}_ranked"], gold or (), unknown)
    segments = segments_of(line, name)
    return Side(name, text, pieces, [segments[index] for index in harmonised.get(name, [])])


def _fused(path: str | None, wanted: Iterable[str]) -> dict[str, dict]:
    chosen = set(wanted)
    return {line["item"]: line for line in read_rationales(path) if line["item"] in chosen} if path else {}
