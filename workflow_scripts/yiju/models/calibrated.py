"""A model with the calibration that lies beside it: found, checked against the weights, and taken over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from yiju.base.errors import YijuError
from yiju.models.calibration.score_fit import Scaling
from yiju.models.calibration.stored import Stored, check_weights, read_stored
from yiju.models.calibration.stored_classes import StoredClasses
from yiju.models.folder_files import CALIBRATION
from yiju.models.scorer import Scorer
from yiju.models.scorers.onnx_graph import OnnxGraph

if TYPE_CHECKING:
    from torch import nn


def scaling_of(scorer: Scorer) -> Scaling | Literal["class_temperature"]:
    """What is fitted to the outputs of a model. Raises YijuError for one that cannot take it over."""
    if scorer.single:
        return "platt"
    if not isinstance(scorer, OnnxGraph):
        output_layer(scorer.model, len(scorer.classes))
    return "temperature" if len(scorer.classes) == 2 else "class_temperature"


def calibration_file(folder: str | Path | None, wanted: str | Path | bool = True) -> Path | None:
    """The file that calibrates a model; None where there is none. Arguments: see `calibration_for`."""
    if not isinstance(wanted, bool):
        return Path(wanted)
    file = Path(folder, CALIBRATION) if folder and wanted else None
    return file if file and file.is_file() else None


def calibration_for(scorer: Scorer, folder: str | Path | None, wanted: str | Path | bool = True) -> Stored | None:
    """The calibration of a model, whose logits are then divided by its temperature, in memory alone.

    folder: of the model, None for a function; wanted: a file of `yiju calibrate`, True for the one in the folder, where
    there is one, False for none. Raises YijuError for a file that was fitted on scores of another kind, or of other
    weights than the folder holds.
    """
    file = calibration_file(folder, wanted)
    if file is None:
        return None
    stored = read_stored(file)
    try:
        scaling = scaling_of(scorer)
    except YijuError as error:
        raise YijuError(f"{file}: {error}; leave the file out") from None
    if stored.scaling != scaling:
        raise YijuError(f"{file}: its scaling is {stored.scaling}, not that of such models; run yiju calibrate again")
    if isinstance(stored, StoredClasses):
        _check_classes(file, stored, scorer)
    if folder:
        check_weights(file, stored, folder)
    if scaling != "platt":
        _multiply(scorer, 1 / stored.temperature if isinstance(stored, StoredClasses) else stored.slope)
    return stored


def _check_classes(file: Path, stored: StoredClasses, scorer: Scorer) -> None:
    if stored.classes != list(scorer.classes) or stored.scores != "logits":
        fitted = ", ".join(stored.classes)
        raise YijuError(
            f"{file}: it was fitted on {stored.scores} of the classes {fitted}, and the model gives logits of "
            f"{', '.join(scorer.classes)}; run yiju calibrate again with the model"
        )


def _multiply(scorer: Scorer, slope: float) -> None:
    """Multiply all logits of a model by a number, in memory alone."""
    if isinstance(scorer, OnnxGraph):
        scorer.scale[:] *= slope
    else:
        _multiply_logits(output_layer(scorer.model, len(scorer.classes)), slope)


def output_layer(model: nn.Module | None, classes: int) -> nn.Linear:
    """The layer whose outputs are a model's logits. Raises YijuError where that is none that is linear."""
    from torch import nn

    # Some models name their head before their body, so that the last layer of all is one of the body's.
    body = getattr(model, "base_model", None)
    parts = [part for part in model.children() if part is not body] if model else []
    layers = [layer for part in parts for layer in part.modules() if isinstance(layer, nn.Linear)]
    if not layers or layers[-1].out_features != classes:
        raise YijuError(
            f"the model does not end in a linear layer of {classes} logits, which could take a temperature over"
        )
    return layers[-1]


def _multiply_logits(layer: nn.Linear, slope: float) -> None:
    import torch

    with torch.no_grad():
        layer.weight.mul_(slope)
        if layer.bias is not None:
            layer.bias.mul_(slope)
