"""`yiju diff`: what two runs were told, and what came of it."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.output import say, say_json
from yiju.report.run_differences import are_apart, differing, figures_of, settings_of, told


@click.command()
@click.argument("run_a", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("run_b", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--all", "everything", is_flag=True, help="all figures, not only those with an interval")
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
def command(run_a: Path, run_b: Path, everything: bool, as_json: bool) -> None:
    """Show which settings and figures of two runs differ: RUN_A and RUN_B are folders under results/.

    Each figure is shown with its interval, and is marked where the two intervals do not overlap.
    """
    found_of = {
        "settings": differing(*map(settings_of, (run_a, run_b))),
        "figures": differing(*(figures_of(run, everything) for run in (run_a, run_b))),
    }
    if as_json:
        say_json({name: {key: list(pair) for key, pair in found.items()} for name, found in found_of.items()})
        return
    for name, found in found_of.items():
        say(f"{name}: {len(found)} differ" if found else f"{name}: no difference")
        width = max(map(len, found), default=0)
        for key, (one, other) in found.items():
            say(f"  {key:<{width}}  {told(one)} -> {told(other)}{'  apart' if are_apart(one, other) else ''}")
