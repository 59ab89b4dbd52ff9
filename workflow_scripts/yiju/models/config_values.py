"""Values of a config.json that no model can be made of: named by their keys, before a library fails on them."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

from yiju.base.errors import YijuError
from yiju.models.folder_files import LABELS

# Keys that count or measure parts of an encoder, of BERT's kind and of DistilBERT's.
COUNTED = (
    *("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"),
    *("max_position_embeddings", "embedding_size", "dim", "hidden_dim", "n_heads", "n_layers"),
)
# Keys that are a fraction; those that may be null are in OPTIONAL.
SHARES = re.compile(r"(?:.*_)?dropout(?:_prob)?|layer_norm_eps|initializer_range")
OPTIONAL = ("classifier_dropout", "seq_classif_dropout")
ACTIVATIONS = ("hidden_act", "activation")
NAMES = json.dumps({str(number): name for number, name in LABELS.items()})


def check_values(config: dict[str, Any], path: Path) -> None:
    """Raise YijuError naming file, key, value and remedy for the first value that cannot be one."""
    for key, problem in _problems(config):
        raise YijuError(f"{path}: {key} is {shown(config[key])}; {problem}")


def shown(value: Any) -> str:
    """A value of a JSON file, shortened: an integer of thousands of digits cannot even be written."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "a number of more than 60 digits"
    return json.dumps(value, ensure_ascii=False)[:60]


def _problems(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Wrong keys, each with what it must be."""
    import torch
    from transformers import CONFIG_MAPPING
    from transformers.activations import ACT2FN

    if "model_type" in config and config["model_type"] not in list(CONFIG_MAPPING):
        yield "model_type", _kinds(config["model_type"])
    for key in (*COUNTED, "num_labels"):
        # Models of other kinds may have a list, a number for each layer.
        if key in config and not isinstance(config[key], list | dict) and not _is_count(config[key]):
            yield key, "it must be a whole number from 1 on, without quotes"
    # Models of DeBERTa's kind have no segment embeddings, and say 0.
    sides, kind = config.get("type_vocab_size", 1), str(config.get("model_type"))
    if not _is_count(sides) and not (type(sides) is int and sides == 0 and kind.startswith("deberta")):
        yield "type_vocab_size", "it must be a whole number from 1 on, without quotes"
    for key, value in config.items():
        if SHARES.fullmatch(key) and not (_is_share(value) or (value is None and key in OPTIONAL)):
            yield key, "it must be a number from 0 to below 1, without quotes"
    for key in ACTIVATIONS:
        if key in config and config[key] not in list(ACT2FN):
            yield key, "transformers knows no such activation; BERT's is gelu"
    for key in ("dtype", "torch_dtype"):
        if config.get(key) not in (None, "auto") and not isinstance(
            getattr(torch, str(config[key]), None), torch.dtype
        ):
            yield key, "torch knows no such type of numbers; write float32, or delete the key"
    padding, tokens = config.get("pad_token_id"), config.get("vocab_size")
    if _is_count(padding) and _is_count(tokens) and padding >= tokens:
        yield "pad_token_id", f"it must be below vocab_size, which is {tokens}"
    yield from _of_labels(config)


def _of_labels(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of labels that are no map."""
    names, numbers = config.get("id2label"), config.get("label2id")
    if names is not None and not (isinstance(names, dict) and all(str(key).isdecimal() for key in names)):
        yield "id2label", f"it must name labels by their numbers, such as {NAMES}"
    if numbers is not None and not isinstance(numbers, dict):
        yield "label2id", "it must give the number of each name, as the inverse of id2label, or be left out"


def _kinds(given: Any) -> str:
    from transformers import CONFIG_MAPPING

    known = list(CONFIG_MAPPING)
    alike = difflib.get_close_matches(str(given).lower(), known, 1, cutoff=0.8)
    remedy = f"write {json.dumps(alike[0])} if that is meant, or" if alike else "correct it, or"
    return f"transformers knows no such kind of model; {remedy} take the config.json that belongs to the weights"


def _is_count(value: Any) -> TypeGuard[int]:
    return type(value) is int and value >= 1


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value < 1
