"""`yiju convert-highlights`: highlights of an annotation tool become gold rationales."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yiju.app.cli.numbers import a_number
from yiju.app.cli.output import say
from yiju.base.errors import YijuError
from yiju.base.writable import check_writable
from yiju.data.table_formats import HIGHLIGHTS

if TYPE_CHECKING:
    from yiju.data.highlights.convert_highlights import Converted


# Rows that are left out are named one by one up to so many.
NAMED = 20


@click.command()
@click.argument("items", type=click.Path(path_type=Path))
@click.argument("highlights", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="gold file to write")
@click.option("--format", "kind", type=click.Choice(HIGHLIGHTS), help="format of HIGHLIGHTS  [default: by the content]")
@click.option("--q", multiple=True, metavar="NAME", help="another name of the first sentence (query, q)")
@click.option("--t", multiple=True, metavar="NAME", help="another name of the second sentence (title, t)")
@click.option("--similar", multiple=True, metavar="NAME", help="another name of the label 1 (1, similar, 相似)")
@click.option(
    "--not-similar", multiple=True, metavar="NAME", help="another name of the label 0 (0, not similar, 不相似)"
)
@click.option("--only", multiple=True, metavar="NAME", help="count highlights of this name only  [default: all]")
@click.option(
    "--max-bad",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    callback=a_number,
    help="share of rows that may be left out",
)
def command(
    items: Path,
    highlights: tuple[Path, ...],
    out: Path,
    kind: str | None,
    q: tuple[str, ...],
    t: tuple[str, ...],
    similar: tuple[str, ...],
    not_similar: tuple[str, ...],
    only: tuple[str, ...],
    max_bad: float,
) -> None:
    """Turn HIGHLIGHTS that people made in ITEMS (JSON lines in the competition's format) into gold rationales.

    HIGHLIGHTS are exports of Label Studio (JSON) or doccano (JSONL), or tables of spans with the columns item, side,
    start and end (CSV, TSV, JSON lines). A segment that a highlight touches is part of the rationale. Each annotation
    of an item is a gold set of its own; the label of most of them is the item's.

    What cannot be used is written, with its place and reason, to a file beside the gold: OUT, with
    .quarantined.jsonl in place of its ending. Too much of it fails the command, and nothing is written.

    \b
    yiju convert-highlights items.jsonl export.json -o gold.jsonl
    yiju evaluate items.jsonl submission.txt --gold gold.jsonl
    """
    from yiju.data.highlights.annotations import names
    from yiju.data.highlights.convert_highlights import convert_highlights, write_gold

    # First of all: an empty name has no ending that could be replaced.
    check_writable(out, (items, *highlights))
    quarantine = out.with_suffix(".quarantined.jsonl")
    check_writable(quarantine, (items, *highlights))
    found = convert_highlights(items, highlights, kind, names(q, t, similar, not_similar, only))
    bad = [one for one in found.refused if not one.expected]
    for one in bad[:NAMED]:
        say(f"{one.place}: {one.reason}", err=True)
    _require_enough(found, len(bad), max_bad, highlights)
    write_gold(found, out, quarantine)
    _tell(found, out, quarantine)


def _require_enough(found: Converted, bad: int, limit: float, files: tuple[Path, ...]) -> None:
    where = ", ".join(map(str, files))
    if bad > limit * found.read:
        raise YijuError(
            f"{where}: {bad:,} of {found.read:,} rows cannot be used, more than --max-bad ({limit:.2%}) allows; "
            "correct them or the options, or raise --max-bad"
        )
    if not found.gold:
        raise YijuError(f"{where}: tells no rationale of any item; give the highlights of these items")


def _tell(found: Converted, out: Path, quarantine: Path) -> None:
    from yiju.data.highlights.convert_highlights import reasons

    say(f"{out}: gold of {len(found.gold):,} items from {found.annotations:,} annotations")
    if found.cut:
        say(f"{found.cut:,} highlights begin or end inside a segment, which counts whole")
    say(f"{quarantine}: {len(found.refused):,} rows left out")
    for reason, count in reasons(found.refused)[:NAMED]:
        say(f"  {count:,}: {reason}")
