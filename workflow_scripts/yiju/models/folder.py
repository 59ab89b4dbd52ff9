"""Loading and saving model folders: safetensors only, refused by name when something is missing."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from yiju.base.errors import YijuError
from yiju.base.files import publish
from yiju.models import match_marker
from yiju.models.checkpoint import open_checkpoint
from yiju.models.folder_files import LABELS
from yiju.models.inspect import inspect_model
from yiju.models.stock import tell_no_sides
from yiju.models.tokenizer import load_tokenizer, read_tokenizer

__all__ = ["load_model", "load_tokenizer", "name_labels", "save_folder"]
log = logging.getLogger(__name__)
# Its report on fresh heads and its bars say again what our own log says.
transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()


def load_model(
    folder: str | Path,
    head: str,
    seed: int = 0,
    whole: bool = False,
    pickled: bool = False,
    outputs: int = 2,
    besides: Collection[str] = (),
) -> PreTrainedModel:
    """Load a checkpoint with a `masked_lm`, `causal_lm` or `classifier` head; see `open_checkpoint`.

    head: one of these, or `encoder` for none; seed: draws a head that the checkpoint lacks; whole: refuse one that
    lacks anything, and take its head with the outputs that it has; pickled: take a pickle of plain tensors where there
    are no safetensors; outputs: of the classifier, a head of another number counts as lacking; besides: tensors of the
    file that the caller reads. Raises YijuError naming the missing or unreadable file, or the weights that do not fit.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise YijuError(f"{folder}: no such model folder; check encoder.name")
    inspect_model(folder)
    model = open_checkpoint(folder, head, seed, whole, pickled, outputs, besides)
    tell_no_sides(model)
    if getattr(model.config, "match_marker", False):
        # Whoever loads the tokeniser too is told what is doubtful of it.
        tokenizer, _ = read_tokenizer(folder)
        match_marker.install(model, tokenizer.all_special_ids)
    return model


def load_classifier(folder: str | Path, device: str) -> PreTrainedModel:
    """The classifier of a folder on a device, ready to judge: all its weights and its outputs are the folder's."""
    # Not `model.to`: transformers wraps it, which loses its type.
    return nn.Module.to(load_model(folder, "classifier", whole=True), device).eval()


def name_labels(
    config: PreTrainedConfig, margin: float, average_orders: bool = False, names: Sequence[str] = tuple(LABELS.values())
) -> None:
    """Say in a classifier's config what its labels mean and where it decides, for whoever loads the folder.

    margin: of the decision; average_orders: whether it is made on the mean of the logits of both orders of a pair. To
    others than yiju, which take the larger logit of one order, these are keys that they do not know. names: of the
    classes; the one logit of a cross-encoder is that of the last of them.
    """
    if config.num_labels == 1:
        # Without a problem_type, transformers' pipeline and CrossEncoder take the sigmoid of one logit.
        config.id2label, config.problem_type = {0: names[-1]}, None
    else:
        config.id2label, config.problem_type = dict(enumerate(names)), "single_label_classification"
    config.label2id = {name: label for label, name in config.id2label.items()}
    config.decision_margin, config.average_orders = margin, average_orders


def save_folder(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    outputs: Iterable[str | Path],
    without: Collection[str] = (),
) -> None:
    """Write model and tokeniser under exactly the given file names (of one folder), each whole or not at all.

    without: names of weights to leave out of the file; whoever loads the folder draws them from a seed.
    """
    paths = [Path(path) for path in outputs]
    folder = paths[0].parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".saving-", dir=folder) as name:
        model.save_pretrained(name, state_dict=_all_but(model, without) if without else None)
        tokenizer.save_pretrained(name)
        for path in paths:
            publish(Path(name) / path.name, path)


def _all_but(model: PreTrainedModel, without: Collection[str]) -> dict[str, Tensor]:
    return {name: weight for name, weight in model.state_dict().items() if name not in without}
