"""`yiju search`: the values of a few keys that give the best model on dev."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.output import say, say_as_it_is
from yiju.app.train.workflow import require_snakemake, show_jobs
from yiju.base.errors import YijuError
from yiju.base.plurals import counted

UNEVEN = (
    "Warning: with a number in finetune.evaluate_every, trials of more updates are evaluated more often, and the best "
    "of more evaluations is higher by chance. Set it to auto in the configuration."
)


@click.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option(
    "--space",
    multiple=True,
    metavar="KEY=VALUES|FILE",
    help="a key and what it is tried with, or a YAML file of these  [default: learning rate, epochs, batch size and "
    "weight decay of fine-tuning, around those of the configuration]",
)
@click.option("--trials", type=click.IntRange(min=1), default=20, show_default=True, help="trials of the whole search")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="begin no trial after so long  [default: no limit]"
)
@click.option("--seed", type=click.IntRange(min=0), default=111, show_default=True, help="of the values that are drawn")
@click.option("--cores", default="all", show_default=True, help="processor cores, all or a number")
@click.option(
    "-o",
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="where the search is kept  [default: results/RUN/search]",
)
@click.option("--dry-run", is_flag=True, help="show what is searched and the jobs of the first trial, and run none")
def command(
    config: tuple[Path, ...],
    space: tuple[str, ...],
    trials: int,
    minutes: float | None,
    seed: int,
    cores: str,
    out: Path | None,
    dry_run: bool,
) -> None:
    """Search the values of a few keys with which the training of a run does best where its weights are chosen, on dev.

    CONFIG are the files of configuration that snakemake --configfile takes, later ones overriding, or the folder of a
    run of yiju train. A trial is a variant of the run that is only trained, so that all trials share its data and its
    post-training. Test is never judged. The first trial is the configuration as it stands. The same command goes on
    where it was stopped.

    VALUES are log:LOW:HIGH or uniform:LOW:HIGH, or values with commas between them. In a FILE they stand below the
    sections of the configuration.

    \b
    yiju search results/pairs --trials 10
    yiju search presets/smoke.yaml --space finetune.learning_rate=log:1e-4:3e-3 --space finetune.epochs=1,2
    """
    if cores != "all" and not (cores.isdecimal() and int(cores)):
        raise click.BadParameter(f"{cores!r} is neither all nor a number from 1 on", param_hint="--cores")
    from yiju.app.search.base import read_base
    from yiju.app.search.space import evaluates_unevenly, read_space

    try:
        base = read_base(config)
        asked_space = read_space(space, base.settings.resolved())
    except YijuError as error:
        raise click.UsageError(str(error)) from None
    # Before what takes long, the libraries that an extra brings.
    require_snakemake("search", "search")
    files = ", ".join(map(str, base.files))
    say(f"Search of the run {base.run}, configured by {files}: {counted(trials, 'trial')} in all.")
    for key, one in asked_space.written().items():
        say_as_it_is(f"{key}  {one}")
    if evaluates_unevenly(asked_space, base.settings):
        say(UNEVEN, err=True)
    if dry_run:
        raise SystemExit(show_jobs(base.run, base.files, cores, base.steps()))
    from yiju.app.search.searching import Asked, search
    from yiju.app.search.trial_run import Stopped

    folder = out or base.run / "search"
    try:
        search(base, asked_space, folder, Asked(trials, minutes, cores, seed), say, say_as_it_is)
    except Stopped as stopped:
        say(f"{folder}: the search has stopped; the same command goes on with it", err=True)
        raise SystemExit(stopped.status) from None
