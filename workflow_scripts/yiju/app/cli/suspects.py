"""`yiju suspects`: training pairs of a run whose label may be wrong, as a table for a person to review."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.output import say
from yiju.base.errors import YijuError
from yiju.base.plurals import counted
from yiju.data.table_formats import WRITTEN

FILE = "data/suspects.parquet"
WORDS = {1: "similar", 0: "not similar"}


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-n", "--number", type=click.IntRange(min=1), default=200, show_default=True, help="pairs, at most")
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write: {', '.join(WRITTEN)}")
def command(run: Path, number: int, out: Path | None) -> None:
    """List the training pairs of RUN, a folder under results/, against whose label most speaks.

    With -o a table for a review is written: fill in right_label (0 not similar, 1 similar, or drop to leave the pair
    out) where the label is wrong, and leave it empty where it is right or you cannot tell.

    \b
    yiju suspects results/mine
    yiju suspects results/mine -n 500 -o review.csv
    """
    # Only now: what reads tables takes a moment to load.
    from yiju.app.suspect_review import read_suspects, write_review
    from yiju.data.table_files import check_target

    file = run / FILE
    if not file.is_file():
        raise YijuError(f"{file}: no such file; RUN is a folder of a finished run, such as results/sample")
    if out:
        check_target(out, file)
    suspects, pairs = read_suspects(file, number)
    if out:
        write_review(suspects, out)
        say(f"{out}: {counted(len(suspects), 'pair')} of {pairs:,} to review", err=True)
        return
    for row in suspects.iter_rows(named=True):
        say(f"{row['rank']:>5}  {row['q']} | {row['t']} ({WORDS[row['label']]})")
        say(f"{'':>5}  {row['file']} line {row['line']:,} of {row['corpus']}: {row['reasons']}")
