"""A model with the calibration that lies beside it: found, checked against the weights, and taken over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yiju.base.errors import YijuError
from yiju.models.calibration.score_fit import Scaling
from yiju.models.calibration.stored import StoredCalibration, check_weights, read_stored
from yiju.models.folder_files import CALIBRATION
from yiju.models.scorer import Scorer
from yiju.models.scorers.onnx_graph import OnnxGraph

if TYPE_CHECKING:
    from torch import nn


def scaling_of(scorer: Scorer) -> Scaling:
    """What is fitted to the scores of a model. Raises YijuError for a model that no pairs of two labels calibrate."""
    if scorer.single:
        return "platt"
    if len(scorer.classes) != 2:
        raise YijuError(
            f"the model has {len(scorer.classes)} classes; only models of two labels, and those that give one number a "
            "pair, are calibrated"
        )
    if not isinstance(scorer, OnnxGraph):
        output_layer(scorer.model)
    return "temperature"


def calibration_for(
    scorer: Scorer, folder: str | Path | None, wanted: str | Path | bool = True
) -> StoredCalibration | None:
    """The calibration of a model, whose logits are then divided by its temperature, in memory alone.

    folder: of the model, None for a function; wanted: a file of `yiju calibrate`, True for the one in the folder, where
    there is one, False for none. Raises YijuError for a file that was fitted on scores of another kind, or of other
    weights than the folder holds.
    """
    file = Path(folder or "", CALIBRATION) if isinstance(wanted, bool) else Path(wanted)
    if wanted is False or (wanted is True and not (folder and file.is_file())):
        return None
    stored = read_stored(file)
    try:
        scaling = scaling_of(scorer)
    except YijuError as error:
        raise YijuError(f"{file}: {error}; leave the file out") from None
    if stored.scaling != scaling:
        raise YijuError(f"{file}: its scaling is {stored.scaling}, not that of such models; run yiju calibrate again")
    if folder:
        check_weights(file, stored, folder)
    if stored.scaling == "temperature" and isinstance(scorer, OnnxGraph):
        scorer.scale[:] *= stored.slope
    elif stored.scaling == "temperature":
        _multiply_logits(output_layer(scorer.model), stored.slope)
    return stored


def output_layer(model: nn.Module | None) -> nn.Linear:
    """The layer whose outputs are the two logits of a model. Raises YijuError where that is none that is linear."""
    from torch import nn

    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)] if model else []
    if not layers or layers[-1].out_features != 2:
        raise YijuError("the model does not end in a linear layer of two logits, which could take a temperature over")
    return layers[-1]


def _multiply_logits(layer: nn.Linear, slope: float) -> None:
    import torch

    with torch.no_grad():
        layer.weight.mul_(slope)
        if layer.bias is not None:
            layer.bias.mul_(slope)
