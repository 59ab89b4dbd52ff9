"""Opening a checkpoint: every weight of the encoder comes from the file, in float32, or nothing is opened."""

from __future__ import annotations

import inspect
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
)

from yiju.base.errors import YijuError
from yiju.models.border import LONGEST
from yiju.models.folder_files import CONFIG
from yiju.models.inspect import read_json
from yiju.models.label_order import in_order
from yiju.models.mismatch import Mismatch
from yiju.models.weight_names import OTHERS, current_names, depth, dispensable, replaceable, tied, wrapper_of
from yiju.models.weights import read_weights, shown

log = logging.getLogger(__name__)
AUTO = {
    "masked_lm": AutoModelForMaskedLM,
    "classifier": AutoModelForSequenceClassification,
    "causal_lm": AutoModelForCausalLM,
    "encoder": AutoModel,
}
# The argument of an encoder without a head that leaves out the pooler, which nothing behind it reads.
POOLER = "add_pooling_layer"
# The attribute of a model that names its weights that were drawn and not read.
DRAWN = "drawn_weights"
OLD_CONFIG = "bert_config.json"
# What the config of a BERT names, whoever wrote it.
OF_BERT = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")


def open_checkpoint(
    folder: Path,
    head: str,
    seed: int,
    whole: bool,
    pickled: bool,
    outputs: int = 2,
    besides: Collection[str] = (),
) -> PreTrainedModel:
    """The model in a checkpoint folder, in float32, with a `masked_lm`, `causal_lm` or `classifier` head, or none.

    head: `encoder` for none, nor a pooler; outputs: of a classifier; seed: draws the weights of head and pooler that
    the file lacks, and no others; whole: not even these may be lacking, and the head has the outputs that the file's
    has; pickled: whether pytorch_model.bin is read where there are no safetensors; besides: names of tensors that the
    caller reads. A classifier whose labels are named
    in the other order has its outputs exchanged. Raises YijuError, naming place and remedy, for everything else.
    """
    config, state = read_config(folder), read_weights(folder, pickled)
    state = {name: value for name, value in state.items() if name not in besides}
    if head == "classifier":
        _settle_labels(config, outputs, whole)
    else:
        _forget_labels(config, 2)
    empty = shape_of(config, head, state, folder)
    held, drawn = fitted(state, empty, folder, whole)
    _report(held, drawn, folder)
    taken = {name: held[name] for name in empty.state_dict() if name in held and name not in drawn}
    whole_numbers = [name for name, weight in taken.items() if _lacks_fractions(weight, empty.state_dict()[name])]
    if whole_numbers:
        raise YijuError(
            f"{folder}: {shown(whole_numbers)} hold whole numbers ({taken[whole_numbers[0]].dtype}), as weights do "
            "that were quantised; take the checkpoint as it was before"
        )
    left = sorted(held.keys() - taken.keys() - set(drawn))
    if left:
        log.info("%s: not read, for this model has no place for it: %s", folder, shown(left))
    torch.manual_seed(seed)
    model = type(empty).from_pretrained(
        None, config=config, state_dict=taken, dtype=torch.float32, **_options(type(empty), head)
    )
    # Known to `save_folder`, as long as the model lives in this process.
    setattr(model, DRAWN, frozenset(drawn))
    if head != "classifier":
        return model
    if any(replaceable(name, empty.base_model_prefix) and ".pooler." not in name for name in drawn):
        assert model.config.num_labels is not None, "a classifier has outputs"
        _forget_labels(model.config, model.config.num_labels)
        return model
    return _named(folder, model)


def read_config(folder: Path) -> PreTrainedConfig:
    """A checkpoint's config. Raises YijuError where it is missing or not one that transformers knows."""
    path = folder / CONFIG
    if not path.is_file():
        old = f"; {OLD_CONFIG} is there: rename it to {CONFIG}" if (folder / OLD_CONFIG).is_file() else ""
        raise YijuError(f"{folder}: {CONFIG} missing{old}; a checkpoint folder holds the model's {CONFIG}")
    raw = read_json(path)
    if raw.get("quantization_config"):
        raise YijuError(f"{path}: a quantised checkpoint (quantization_config); yiju needs one that is not")
    _require_kind(raw, path)
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise YijuError(f"{path}: not the config of a model that transformers knows ({_line(error)})") from None


def shape_of(config: PreTrainedConfig, head: str, state: Mapping[str, Tensor], folder: Path) -> PreTrainedModel:
    """The config's model with the shapes of its weights alone, whatever their sizes. Raises YijuError for none.

    state: the file's weights, whose depth is compared first: a config can name any number of layers.
    """
    told, there = getattr(config, "num_hidden_layers", None), depth(state)
    if there and told != there:
        raise YijuError(
            f"{folder}: {CONFIG} says num_hidden_layers {told}, but the file of the weights holds {there} layers; "
            f"correct {CONFIG}, or take it and the weights from one checkpoint"
        )
    try:
        with torch.device("meta"):
            model = AUTO[head].from_config(config, trust_remote_code=False)
            options = _options(type(model), head)
            return type(model)(config, **options) if options else model
    except Exception as error:
        raise YijuError(
            f"{folder / CONFIG}: no {head.replace('_', ' ')} can be made of this {config.model_type} ({_line(error)})"
        ) from None


def fitted(
    state: Mapping[str, Tensor], model: PreTrainedModel, folder: Path, whole: bool
) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of a file by today's names and in float32, and the model's weights that they do not give.

    model: with the shapes of its weights; they need no numbers. whole: nothing may be missing. Raises YijuError where
    anything but heads and pooler is, where a shape is another one, where the file holds what nobody knows, or numbers
    that are none.
    """
    base, shapes = model.base_model_prefix, {name: value.shape for name, value in model.state_dict().items()}
    try:
        names = current_names(state, shapes, base)
    except YijuError as error:
        raise YijuError(f"{folder}: {error}") from None
    if wrapper := wrapper_of(state, base):
        log.warning("%s: the prefix %s before the names of its weights is left out", folder, wrapper)
    held = {names[name]: _single(value) for name, value in state.items()}
    wrong = [name for name in shapes if name in held and held[name].shape != shapes[name]]
    missing = sorted(shapes.keys() - held.keys() - tied(_ties(model), held))
    drawn = [name for name in (*missing, *wrong) if replaceable(name, base)]
    allowed = set() if whole else set(drawn)
    problem = Mismatch(
        missing=[name for name in missing if name not in allowed],
        unexpected=[name for name in held if name not in shapes and not dispensable(name)],
        wrong={name: (held[name].shape, shapes[name]) for name in wrong if name not in allowed},
    )
    if problem:
        raise YijuError(f"{folder}: {problem.explained(model, held)}")
    _require_finite(held, folder)
    return held, drawn


def _options(kind: type[PreTrainedModel], head: str) -> dict[str, Any]:
    """Arguments of a model's class: an encoder without head has no pooler."""
    return {POOLER: False} if head == "encoder" and POOLER in inspect.signature(kind.__init__).parameters else {}


def _require_kind(raw: dict, path: Path) -> None:
    if "model_type" in raw:
        return
    bert = all(key in raw for key in OF_BERT)
    remedy = 'its other keys are a BERT\'s: add "model_type": "bert"' if bert else "add the one of these weights"
    raise YijuError(f"{path}: names no model_type; {remedy}")


def _report(held: Mapping[str, Tensor], drawn: list[str], folder: Path) -> None:
    """Say what is drawn from the seed: heads and pooler, which a file lacks or holds in another size."""
    resized = [name for name in drawn if name in held]
    lacking = [name for name in drawn if name not in held]
    if lacking:
        log.warning("%s lacks %s: drawn from the seed", folder, ", ".join(lacking))
    if resized:
        log.warning("%s holds %s for another number of labels: drawn from the seed", folder, ", ".join(resized))


def _require_finite(held: Mapping[str, Tensor], folder: Path) -> None:
    """Raise YijuError, naming the first tensor and how much of it, where a weight is NaN or infinite."""
    broken = [name for name, value in held.items() if not OTHERS.search(name) and not torch.isfinite(value).all()]
    if broken:
        first = held[broken[0]]
        others = f", and some of {len(broken) - 1} more tensors" if broken[1:] else ""
        raise YijuError(
            f"{folder}: {int((~torch.isfinite(first)).sum())} of the {first.numel()} numbers of {broken[0]} are NaN or "
            f"infinite{others}; the training that wrote this file diverged, or the file is damaged: take an earlier "
            "checkpoint"
        )


def _settle_labels(config: PreTrainedConfig, outputs: int, whole: bool) -> None:
    """Make room for so many outputs, unless the head is to be used as it is, with however many it has."""
    if config.num_labels != outputs and not whole:
        _forget_labels(config, outputs)


def _forget_labels(config: PreTrainedConfig, outputs: int) -> None:
    """So many labels without names, for a head that is not the one that the config's names were of."""
    config.id2label = None
    config.num_labels = outputs


def _named(folder: Path, model: PreTrainedModel) -> PreTrainedModel:
    try:
        return in_order(model)
    except YijuError as error:
        raise YijuError(f"{folder}: {error}") from None


def _ties(model: PreTrainedModel) -> list[set[str]]:
    """Names that are one weight, as far as several are."""
    names = defaultdict(set)
    for name, weight in model.named_parameters(remove_duplicate=False):
        names[id(weight)].add(name)
    return [group for group in names.values() if len(group) > 1]


def _lacks_fractions(found: Tensor, wanted: Tensor) -> bool:
    return wanted.is_floating_point() and not found.is_floating_point()


def _single(value: Tensor) -> Tensor:
    """In float32: what is trained in half precision hardly moves, as an update is smaller than its steps."""
    return value.to(torch.float32) if value.is_floating_point() else value


def _line(error: Exception) -> str:
    """What a library says, on one line: the first of several names no cause."""
    return (" ".join(str(error).split()) or type(error).__name__)[:LONGEST].rstrip(".")
