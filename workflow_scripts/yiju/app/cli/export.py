"""`yiju export-onnx`: a classifier for ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import click

from yiju.app.cli.output import say
from yiju.base.writable import check_writable
from yiju.models.named import MODEL_ARGUMENT, find_model

# How a file is told from a folder.
OF_GRAPH = ".onnx"


@click.command()
@click.argument("model")
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="the graph to write (a name that ends in .onnx), or a folder that yiju opens",
)
@click.option("--int8", is_flag=True, help="of a folder: weights of 8 bits (dynamic quantisation)")
@click.option("--revision", metavar="COMMIT", help="commit of a checkpoint of the hub")
def command(model: str, out: Path, int8: bool, revision: str | None) -> None:
    """Write MODEL, a model folder or owner/name, as an ONNX graph.

    It takes input_ids, attention_mask and, where the model is told sides, token_type_ids (0 for q, 1 for t), and gives
    logits: one for each class, or the one number of a cross-encoder; match markers are computed inside. Other kinds of
    models are refused. It is written only if its logits are within 1e-4 of the model's on pairs of several lengths. Its
    metadata name decision_margin, average_orders, labels and max_length. Needs requirements/onnx.txt.

    A folder holds config and tokeniser too: the commands that judge and explain, the page and
    Explainer.from_pretrained open it, and need no torch for it; yiju study opens it too, and needs torch. Methods that
    look into a model are refused there. With --int8 it is a quarter to a third of the size and faster,
    and judges a little otherwise: how far is printed.

    \b
    yiju export-onnx results/sample/folds/0/model -o model.onnx
    yiju export-onnx results/sample/folds/0/model -o small --int8
    """
    alone = out.suffix == OF_GRAPH
    if alone and int8:
        raise click.UsageError(f"--int8 is of a folder, and {out} ends in {OF_GRAPH}; name a folder")
    if alone:
        check_writable(out)
    folder = find_model(model, revision, MODEL_ARGUMENT)
    from yiju.app.explainer import Explainer
    from yiju.app.onnx_export import export_onnx
    from yiju.app.onnx_folder import export_folder

    explainer = Explainer.from_pretrained(folder, device="cpu")
    if alone:
        apart = export_onnx(explainer, out)
        say(f"{out}: written, its logits within {apart:.1g} of the model's")
        if explainer.average_orders:
            say("The model decides on the mean of the logits of (q, t) and of (t, q): run the graph on both orders.")
        return
    found = export_folder(explainer, out, int8)
    say(
        f"{out}: written, {found.bytes / 1e6:.1f} MB (in float32 {found.before / 1e6:.1f} MB); its outputs are within "
        f"{found.apart:.2g} of the model's on {found.pairs} sample pairs"
    )
    if found.alike is not None:
        say(f"{found.alike} of {found.pairs} are judged alike.")
