"""`yiju export-onnx`: a classifier for ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.output import say
from yiju.base.writable import check_writable
from yiju.models.named import MODEL_ARGUMENT, find_model


@click.command()
@click.argument("model")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="the graph to write")
@click.option("--revision", metavar="COMMIT", help="of a hub checkpoint")
def command(model: str, out: Path, revision: str | None) -> None:
    """Write MODEL, a model folder or owner/name, as an ONNX graph.

    It takes input_ids, attention_mask and, where the model is told sides, token_type_ids (0 for q, 1 for t), and gives
    logits: one for each class, or the one number of a cross-encoder; match markers are computed inside. Other kinds of
    models are refused. It is written only if its logits are within 1e-4 of the model's on pairs of several lengths. Its
    metadata name decision_margin, average_orders, labels and max_length. Needs requirements/onnx.txt.

    \b
    yiju export-onnx results/sample/folds/0/model -o model.onnx
    """
    check_writable(out)
    folder = find_model(model, revision, MODEL_ARGUMENT)
    from yiju.app.explainer import Explainer
    from yiju.app.onnx_export import export_onnx

    explainer = Explainer.from_pretrained(folder, device="cpu")
    apart = export_onnx(explainer, out)
    say(f"{out}: written, its logits within {apart:.1g} of the model's")
    if explainer.average_orders:
        say("The model decides on the mean of the logits of (q, t) and of (t, q): run the graph on both orders.")
