"""Arguments of `yiju explain`: two sentences, or a table and where to write it."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.pair_options import TABLE_OPTIONS
from yiju.base.plurals import counted

COMMANDLINE = click.core.ParameterSource.COMMANDLINE


def check_given(sentences: tuple[str, ...], table: Path | None, out: Path | None, printed: bool) -> None:
    """Refuse arguments that do not go together, or of which one would be overlooked."""
    context = click.get_current_context()
    needless = [name for name in (*TABLE_OPTIONS, "label") if context.get_parameter_source(name) == COMMANDLINE]
    if table is None and len(sentences) != 2:
        raise click.UsageError(f"expected two sentences, or --file and -o; got {counted(len(sentences), 'sentence')}")
    if table is None and (out or needless):
        told = "-o" if out else f"--{'format' if needless[0] == 'kind' else needless[0].replace('_', '-')}"
        raise click.UsageError(f"{told} goes with --file")
    if table is not None and (sentences or printed or out is None):
        told = "no sentences" if sentences else "neither --json nor --html: the name after -o says what is written"
        raise click.UsageError(f"--file goes with {'-o' if out is None else told}")
