"""Which pairs the page shows, and all that is known of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from yiju.base import tables
from yiju.explain.rationales.rationale_lines import read_rationales
from yiju.explain.strength import Part, in_words
from yiju.report.highlight import Piece, highlight

# Shown in each group of a set: right and wrong of either gold label, or either judgement where no gold is known.
EXPLAINED_PER_GROUP = 3
PLAIN_PER_GROUP = 2


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

    carried: what carries the judgement, in words; empty where the scores do not tell it.
    """

    item: str
    label: int
    probability: float
    overlap_probability: float
    gold: int | None
    sides: list[Side]
    explained: bool
    harmonised_label: int | None
    carried: str

    @property
    def right(self) -> bool | None:
        return None if self.gold is None else self.gold == self.label


@dataclass(frozen=True)
class ExampleSet:
    name: str
    explained: bool
    labelled: bool
    examples: list[Example]


def read_examples(
    name: str,
    items: str,
    judged: str,
    faithful: str | None = None,
    harmonised: str | None = None,
    effects: bool = False,
) -> ExampleSet:
    """Choose and gather examples of a set; without rationales the sentences are shown plain.

    items: of a split that is explained those that were drawn, and so fewer than judged; effects: whether the scores are
    those of taking each segment away, so that they say how strong a colour is.
    """
    table = tables.read(items, tables.ITEMS)
    shown = tables.read(judged, tables.JUDGED).join(table, on="item", how="semi", maintain_order="left")
    rows = shown.with_columns(family=pl.Series(families(table)))
    chosen = choose(rows, EXPLAINED_PER_GROUP if faithful else PLAIN_PER_GROUP)
    wanted = [row["item"] for row in chosen]
    known = {row["item"]: row for row in table.filter(pl.col("item").is_in(wanted)).iter_rows(named=True)}
    by_model, fused = _lines(faithful, wanted), _lines(harmonised, wanted)
    examples = [
        _example(row, known[row["item"]], by_model.get(row["item"]), fused.get(row["item"]), effects) for row in chosen
    ]
    return ExampleSet(name, bool(faithful), rows["gold"].count() > 0, examples)


def choose(rows: pl.DataFrame, number: int) -> list[dict]:
    """Take the most confident `number` of each group: wrong and right by gold label, else by judgement.

    rows: JUDGED with a column `family`, of which each group shows one member. Deterministic: ties go by the order of
    the set. Items without gold in a set that has some are left out.
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


def _example(judged: dict, item: dict, faithful: dict | None, harmonised: dict | None, effects: bool) -> Example:
    whole = judged["probability"] if judged["label"] else 1 - judged["probability"]
    return Example(
        item=judged["item"],
        label=judged["label"],
        probability=judged["probability"],
        overlap_probability=judged["overlap_probability"],
        gold=judged["gold"],
        sides=[_side(name, item, faithful or {}, harmonised or {}, effects) for name in ("q", "t")],
        explained=faithful is not None,
        harmonised_label=harmonised["label"] if harmonised else None,
        carried=in_words(whole, _parts(item, faithful)) if faithful and effects else "",
    )


def _parts(item: dict, faithful: dict) -> list[Part]:
    """Segments of both sides, each with the effect of taking it away."""
    return [
        (side, place, text, faithful[f"{side}_scores"][place])
        for side in ("q", "t")
        for place, text in enumerate(item[f"{side}_segments"] or [])
    ]


def _side(name: str, item: dict, faithful: dict, harmonised: dict, effects: bool) -> Side:
    segments = item[f"{name}_segments"] or []
    gold = {index for alternative in item[f"{name}_gold"] or [] for index in alternative}
    scores, ranked = faithful.get(f"{name}_scores", []), faithful.get(name, [])
    known = scores if effects else []
    pieces = [Piece(item[name], segment=False)]
    if segments:
        pieces = highlight(item[name], segments, scores, known, ranked, gold)
    return Side(name, item[name], pieces, [segments[index] for index in harmonised.get(name, [])])


def _lines(path: str | None, wanted: Iterable[str]) -> dict[str, dict]:
    chosen = set(wanted)
    return {line["item"]: line for line in read_rationales(path) if line["item"] in chosen} if path else {}
