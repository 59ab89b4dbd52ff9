"""`yiju index`: the training pairs of a model beside it, so that explanations can name those they rest on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from yiju.app.cli.output import say
from yiju.app.cli.pair_options import pair_options
from yiju.models.folder_files import EVIDENCE
from yiju.models.named import MODEL_ARGUMENT, find_model


@click.command()
@click.argument("model")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--label", help="column of the labels  [default: found by its name]")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="an earlier state of the model, for TracIn over several; give them first to last",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:NUMBER")
@click.option(
    "--batch-tokens", type=click.IntRange(min=1), default=2048, show_default=True, help="padded tokens of one pass"
)
@pair_options
def command(
    model: str,
    table: Path,
    label: str | None,
    checkpoints: tuple[Path, ...],
    device: str,
    batch_tokens: int,
    **options: Any,
) -> None:
    """Write an index of the pairs that MODEL, a folder, learnt into the folder `evidence` beside its other files.

    TABLE holds these pairs with their labels. With the index, `yiju explain --evidence 5` shows which of them speak for
    a judgement and which against it, and so do the page and Explainer.explain. The model's own files are not changed. A
    model needs a head that is a linear layer on one vector a pair, as classifiers and cross-encoders of transformers
    have it; other kinds are refused.

    \b
    yiju index results/mine/folds/0/model pairs.csv
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --evidence 5 --model results/mine/folds/0/model
    """
    folder = find_model(model, None, MODEL_ARGUMENT)
    # Only now: torch takes seconds.
    from yiju.app.cli.pair_source import Source
    from yiju.app.learnt_table import index_table

    source = Source.of(table, options, labelled=True, label=label)
    count = index_table(folder, source, device, batch_tokens, checkpoints)
    say(f"{folder / EVIDENCE}: {count:,} training pairs", err=True)
