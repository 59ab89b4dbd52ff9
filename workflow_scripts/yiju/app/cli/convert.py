"""`yiju convert-checkpoint`: a pickled checkpoint becomes one of safetensors."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.output import say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
def command(folder: Path, out: Path) -> None:
    """Read the checkpoint in FOLDER and write it to OUT with its weights in safetensors.

    pytorch_model.bin, or its shards, is read as plain tensors; anything else in it is refused, and nothing of it is
    run. Weights that a training program put under a key or a prefix get the names that transformers gives them, and
    are written in float32. A checkpoint whose weights do not fit its config.json is refused.
    """
    from yiju.models.convert_checkpoint import convert_checkpoint

    convert_checkpoint(folder, out)
    say(f"{out}: written")
