"""`yiju dossier`: a finished run in one file for an auditor, with checksums."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.output import say
from yiju.base.errors import YijuError


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="file to write: .html")
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="the dossier before it: what changed since then is told",
)
def command(run: Path, out: Path, since: Path | None) -> None:
    """Write one file on RUN, a folder under results/, for an auditor.

    It holds the report of the run (data, leaks, training, figures with intervals, calibration, explanations, limits),
    the terms of the data, all settings and versions, and the checksum of every file of the run. The last line is the
    checksum of the file itself, by which `yiju verify` finds every byte that was changed. It is printed too: keep it
    in another place.

    \b
    yiju dossier results/sample -o sample-2026-12.html
    yiju dossier results/sample -o sample-2027-01.html --since sample-2026-12.html
    yiju verify sample-2027-01.html --run results/sample
    """
    if out.suffix != ".html":
        raise YijuError(f"{out}: a dossier is a page; give it a name that ends in .html")
    # Only now: what makes pages takes a moment to load.
    from yiju.report.dossier import write_dossier

    total = write_dossier(run, out, since)
    say(f"{out}: SHA-256 {total}")
