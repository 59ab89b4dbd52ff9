"""`yiju train`: a table of pairs becomes a model with a report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from yiju.app.cli.numbers import a_number
from yiju.app.cli.output import say
from yiju.app.cli.pair_options import pair_options
from yiju.app.train import begun
from yiju.app.train.encoders import SCRATCH, encoder_of
from yiju.app.train.presets import PRESETS
from yiju.app.train.run_names import run_folder
from yiju.app.train.workflow import require_snakemake, run_workflow

TABLE = click.Path(path_type=Path)
# What the user says of labels.
OF_LABELS = ("similar", "other", "threshold")


@click.command()
@click.argument("table", type=TABLE)
@click.option("--dev", type=TABLE, help="pairs that choose weights and threshold  [default: set aside of TABLE]")
@click.option("--test", type=TABLE, help="pairs that measure the model  [default: set aside of TABLE]")
@click.option(
    "--encoder",
    metavar="NAME|FOLDER|scratch",
    default=SCRATCH,
    show_default=True,
    help="what is trained: a checkpoint's folder, a model of the hub (owner/name), or a small model from scratch",
)
@click.option("--revision", metavar="COMMIT", help="commit of a model of the hub")
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    default=next(iter(PRESETS)),
    show_default=True,
    help="thorough: three seeds, and a study of the explanation methods; trial: tiny, to see that everything works",
)
@click.option("--cores", default="all", show_default=True, help="processor cores, all or a number")
@click.option("-o", "--out", metavar="RUN", help="name of the run, in results/RUN  [default: as TABLE is called]")
@click.option("--label", help="column of the labels, by name or number  [default: found by its name or content]")
@click.option("--similar", multiple=True, metavar="WORD", help="label of similar pairs  [default: recognised]")
@click.option("--not-similar", "other", multiple=True, metavar="WORD", help="label of the others, with --similar")
@click.option(
    "--threshold",
    type=float,
    callback=a_number,
    help="where labels are grades, the one from which on pairs are similar  [default: from 0.8 of the highest on they "
    "are, up to 0.4 they are not]",
)
@click.option("--dry-run", is_flag=True, help="write the configuration and show the jobs, and run none")
@pair_options
def command(
    table: Path, dev: Path | None, test: Path | None, cores: str, out: str | None, dry_run: bool, **options: Any
) -> None:
    """Train a model on the pairs of TABLE, and write a report on how good it is and what its judgements rest on.

    TABLE has two sentences and a label in each row: CSV, TAB-separated text, JSON lines, Parquet or a workbook. Columns
    and labels are recognised, and you are told what was found. Everything is written to results/RUN in the current
    folder: the configuration (config.yaml, which you may edit), the model, and the report. If the command is stopped,
    run it again, and it goes on from there. Pairs are learnt as similar or not; `yiju finetune` learns grades and
    several classes as they are.

    \b
    yiju train pairs.csv
    yiju train pairs.xlsx --test test.xlsx --encoder models/chinese-roberta -o mine
    """
    if cores != "all" and not (cores.isdecimal() and int(cores)):
        raise click.BadParameter(f"{cores!r} is neither all nor a number from 1 on", param_hint="--cores")
    require_snakemake()
    files = {"train": table} | {split: path for split, path in (("dev", dev), ("test", test)) if path}
    run, encoder = run_folder(out, table), encoder_of(options["encoder"], options["revision"])
    given = {name: value for name, value in options.items() if value not in (None, ())}
    asked = begun.command_of(files, given)
    if begun.goes_on(run, asked):
        say(f"{run} was begun by this command, and goes on as {run / begun.CONFIG} says")
    else:
        _begin(run, files, encoder, asked, options)
    raise SystemExit(run_workflow(run, run / begun.CONFIG, cores, dry_run))


def _begin(run: Path, files: dict[str, Path], encoder: dict, asked: dict, options: dict[str, Any]) -> None:
    # Reading tables loads polars, which no help and no refusal needs.
    from yiju.app.cli.pair_source import Source
    from yiju.app.train.steps import Request, begin
    from yiju.app.train.user_tables import Words

    own = {name: options.pop(name) for name in ("encoder", "revision", "preset", *OF_LABELS)}
    source = Source(files["train"], **options)
    wanted = replace(source.wanted, label_by_content=True)
    words = Words(own["similar"], own["other"], own["threshold"])
    begin(Request(run, files, wanted, words, source.max_bad, encoder, own["preset"]), asked, say)
