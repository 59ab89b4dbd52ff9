"""`yiju evaluate`: a submission in the competition's format, scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from yiju.app.cli.output import say
from yiju.base.files import write_json
from yiju.base.writable import check_writable


@click.command()
@click.argument("items", type=click.Path(path_type=Path))
@click.argument("submission", type=click.Path(path_type=Path))
@click.option("--gold", type=click.Path(path_type=Path), help="gold labels and rationales")
@click.option(
    "--repeated",
    type=click.Choice(["refuse", "once", "counted"]),
    default="refuse",
    show_default=True,
    help="indices that a side names twice: refuse the file, count them once, or each time",
)
@click.option("--matched-only", is_flag=True, help="F1 over items that the submission holds")
@click.option("--strict-iou", is_flag=True, help="an IoU of exactly one half is no match")
@click.option(
    "--gold-sets",
    type=click.Choice(["best", "union"]),
    default="best",
    show_default=True,
    help="of several gold rationales of a sentence: the best one, or a union of them where it fits better (TrustAI)",
)
@click.option("--last-original", type=click.IntRange(0), help="in a set without rel_ids, the last undisturbed id")
@click.option("--bootstrap", type=click.IntRange(100), default=1000, show_default=True, help="resamples of an interval")
@click.option("--seed", type=click.IntRange(0), default=111, show_default=True, help="of intervals and the random rule")
@click.option("--out", type=click.Path(path_type=Path), help="write all figures to this JSON file too")
def command(items: Path, submission: Path, gold: Path | None, out: Path | None, **options: Any) -> None:
    """Score SUBMISSION (lines of id TAB label TAB q,indices TAB t,indices) against ITEMS (JSON lines).

    Shows accuracy, token F1, IoU F1 (with --gold) and MAP beside rules that look at no model, with 95 % intervals.
    """
    from yiju.evaluation.submissions import evaluate_foreign, table

    if out:
        check_writable(out, [file for file in (items, submission, gold) if file])
    metrics = evaluate_foreign(items, submission, gold, options)
    if out:
        write_json(out, metrics)
    say(table(metrics))
