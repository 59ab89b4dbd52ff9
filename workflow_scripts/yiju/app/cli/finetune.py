"""`yiju finetune`: a checkpoint learns a table of pairs with two labels, several classes or grades."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from yiju.app.cli.numbers import a_number
from yiju.app.cli.output import say
from yiju.app.cli.pair_options import pair_options
from yiju.base.errors import YijuError
from yiju.base.files import why_no_file
from yiju.models.named import MODEL_ARGUMENT, find_model

TABLE = click.Path(path_type=Path)


@click.command()
@click.argument("model")
@click.argument("table", type=TABLE)
@click.option("-o", "--out", required=True, type=TABLE, help="folder to write")
@click.option("--dev", type=TABLE, help="pairs that choose the best weights  [default: set aside of TABLE]")
@click.option("--test", type=TABLE, help="pairs that measure the model  [default: set aside of TABLE]")
@click.option("--label", help="column of the labels, by name or number  [default: found by its name or content]")
@click.option(
    "--classes",
    metavar="NAME,NAME,…",
    help="the classes, in the order of their numbers  [default: recognised]",
)
@click.option(
    "--highest",
    type=click.FloatRange(0, min_open=True),
    callback=a_number,
    help="the labels are grades from 0 to this one  [default: recognised]",
)
@click.option(
    "--loss",
    type=click.Choice(["cross_entropy", "bce", "mse"]),
    help="bce and mse train one logit  [default: bce for grades and for a model of one logit, else cross_entropy]",
)
@click.option("--epochs", type=click.FloatRange(0, min_open=True), default=3, show_default=True, callback=a_number)
@click.option("--batch-size", type=click.IntRange(1), help="pairs of an update")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), callback=a_number)
@click.option("--lora", is_flag=True, help="train low-rank matrices beside the weights; needs the package peft")
@click.option("--gradient-checkpointing", is_flag=True, help="less memory, a third more time")
@click.option(
    "--config", type=TABLE, help="YAML with the sections finetune and training, for techniques and all other keys"
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=111, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:NUMBER")
@click.option("--revision", metavar="COMMIT", help="commit of a checkpoint of the hub")
@pair_options
def command(model: str, table: Path, out: Path, config: Path | None, **options: Any) -> None:
    """Fine-tune MODEL on the pairs of TABLE, and write a model folder.

    MODEL is a classifier, a cross-encoder or an encoder, as a folder or owner/name of the hub. TABLE has two sentences
    and a label in each row. The kind of labels is recognised, and you are told which it is: two labels, several classes
    by name (such as entailment, neutral and contradiction), or grades (numbers from 0 to 1 or to 5, or to --highest). A
    head that has these outputs goes on learning; of others a new head is drawn from the seed.

    Where --dev or --test is not given, a tenth of the pairs is set aside for it, whose sentences are not learnt where
    that can be. At the end it is said how good the model is on both: accuracy and macro F1 for classes, Pearson's and
    Spearman's correlation for grades; and whether test has pairs or sentences that the model has learnt. The same
    command again goes on where it was stopped. `yiju train` makes a run of the whole workflow instead, with a report,
    of pairs that are similar or not.

    \b
    yiju finetune models/chinese-roberta nli.tsv -o models/nli --epochs 3
    yiju finetune BAAI/bge-reranker-base --revision COMMIT sts.csv --highest 5 -o models/sts
    """
    from yiju.app.cli.pair_source import Source
    from yiju.app.finetuning.run import Request, finetune, with_options
    from yiju.app.finetuning.targets import Said

    files = {"train": table} | {split: path for split in ("dev", "test") if (path := options.pop(split))}
    said = Said(_names(options.pop("classes")), options.pop("highest"))
    given = {key: options.pop(key) for key in ("loss", "epochs", "batch_size", "learning_rate")}
    given["gradient_checkpointing"] = options.pop("gradient_checkpointing") or None
    if options.pop("lora"):
        given["lora"] = {"enabled": True}
    seed, device, revision = (options.pop(key) for key in ("seed", "device", "revision"))
    sections = with_options(_sections(config), given)
    source = Source(table, **options)
    wanted = replace(source.wanted, label_by_content=True)
    folder = find_model(model, revision, MODEL_ARGUMENT)
    name = f"{model} {revision or ''}".strip()
    finetune(Request(folder, name, files, wanted, said, source.max_bad, sections, seed, device, out), say)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else ()


def _sections(file: Path | None) -> dict[str, Any]:
    """The content of a configuration file. Raises YijuError for one that holds no sections."""
    if file is None:
        return {}
    from yiju.base.yaml_files import read_mapping

    if not file.is_file():
        raise YijuError(f"{file}: {why_no_file(file)}; name a YAML file with --config")
    content = read_mapping(file)
    if not all(isinstance(one, dict) for one in content.values()):
        raise YijuError(f"{file}: holds no sections; write finetune: and training:, with their keys below")
    return content
