"""What the JSON files of a model folder ask for, looked at before anything is built from them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from yiju.base.errors import YijuError
from yiju.base.json_text import RepeatedKey, loads
from yiju.models.border import border
from yiju.models.config_values import check_values, shown
from yiju.models.folder_files import CONFIG, TOKENIZER_FILES, TOKENIZER_SOURCES
from yiju.models.label_order import zero_is_similar

TOKENIZER_CONFIG = "tokenizer_config.json"
# [CLS] q [SEP] t [SEP] with one token on either side.
SHORTEST = 5
# Keys of a config that count parts of the model, and keys that say how large a part is.
COUNTS = re.compile(r"(layers?|groups?|heads?|group_num)$")
SIZES = re.compile(r"(_size|dim|d_model|d_ff|_embd|_inner|_ctx|_positions|_embeddings|_length|_buckets)$")
# What is allowed whatever the weights are: models that compute positions name more of them than any weight is long.
COUNT, SIZE = 128, 2**17
# The same where the weights are not in safetensors, so that their sizes cannot be looked up.
UNKNOWN_COUNT, UNKNOWN_SIZE = 1024, 2**22
DAMAGED = "fetch it again, or correct it (UTF-8 without a byte-order mark)"


def inspect_model(folder: Path) -> None:
    """Refuse a config.json that asks for code, belies the size of the weights, or has keys of yiju that make no sense.

    A file that is missing is nobody's error here. Raises YijuError naming the file, the key and the remedy.
    """
    path = folder / CONFIG
    if not path.is_file():
        return
    config = read_json(path)
    refuse_code(config, path)
    _check_own_keys(config, path)
    _check_kind(config, path)
    check_values(config, path)
    _check_sizes(config, path)


def inspect_tokenizer(folder: Path) -> None:
    """Refuse JSON files of a tokeniser that are damaged, ask for code or name an impossible length.

    Raises YijuError naming the file, the key and the remedy.
    """
    found = [folder / name for name in (CONFIG, *TOKENIZER_SOURCES) if name.endswith(".json")]
    for path in found:
        if path.is_file():
            content = read_json(path)
            if path.name in (CONFIG, TOKENIZER_CONFIG):
                refuse_code(content, path)
            if path.name == TOKENIZER_CONFIG:
                _check_length(content, path)
            if path.name == TOKENIZER_FILES[0]:
                _check_parts(content, path)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object. Raises YijuError naming it where it does not."""
    with border(path, "not a JSON file", DAMAGED):
        try:
            content = loads(path.read_bytes().decode("utf-8"))
        except RepeatedKey as error:
            raise YijuError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise YijuError(f"{path}: not a JSON object; {DAMAGED}")
    return content


def refuse_code(content: dict[str, Any], path: Path) -> None:
    """Refuse a file that names code which comes with a checkpoint, or which the hub would have to send.

    transformers would ask on the terminal whether to run it, and take what arrives on standard input for the answer.
    Raises YijuError naming file, key and code.
    """
    for key, value in _entries(content):
        if key == "auto_map":
            raise YijuError(
                f"{path}: auto_map asks for code that comes with the checkpoint ({_named(value)}), and yiju never runs "
                "such code; if the weights and the tokeniser are those of a class that transformers has, such as BERT, "
                "name it (model_type in config.json, tokenizer_class in tokenizer_config.json) and delete auto_map; "
                "else take another checkpoint"
            )
        if key.endswith("_implementation") and "/" in str(value):
            raise YijuError(
                f"{path}: {key} asks for code of the hub ({_named(value)}), and yiju never runs such code; delete {key}"
            )


def finite(value: Any) -> bool:
    """Whether a value of a JSON file is a number that can be computed with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300 and not math.isnan(value)


def _entries(content: Any) -> Iterator[tuple[str, Any]]:
    """All keys with their values, however deep."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value.items()
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _named(value: Any) -> str:
    """Names that a key gives, as far as they are short."""
    names = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    flat = [name for one in names for name in (one if isinstance(one, list) else [one]) if name is not None]
    return ", ".join(dict.fromkeys(str(name)[:60] for name in flat[:4]))


def _check_own_keys(config: dict[str, Any], path: Path) -> None:
    """Check the keys that yiju itself writes."""
    margin = config.get("decision_margin", 0.0)
    if not finite(margin):
        raise YijuError(f"{path}: decision_margin is {shown(margin)}, no finite number; correct or delete it")
    for key in ("match_marker", "average_orders"):
        if not isinstance(config.get(key, False), bool):
            raise YijuError(f"{path}: {key} is {shown(config[key])}; it must be true or false")
    marker = config.get("match_marker", False)
    segments = config.get("type_vocab_size", 2)
    if marker and finite(segments) and segments < 4:
        raise YijuError(
            f"{path}: match_marker needs four segment ids, and type_vocab_size is {segments}; correct the wrong one"
        )


def _check_kind(config: dict[str, Any], path: Path) -> None:
    """Refuse keys that make another model of the weights, and names of labels that nobody could follow."""
    if config.get("is_decoder") is True:
        raise YijuError(
            f"{path}: is_decoder is true, so that each character would be read without those after it, and a pair is "
            "judged by an encoder; delete is_decoder if the weights are an encoder's, else take another checkpoint"
        )
    names = config.get("id2label")
    if isinstance(names, dict) and len(names) == 2 and set(map(str, names)) != {"0", "1"}:
        raise YijuError(f"{path}: id2label numbers its two labels {shown(list(names))}; number them 0 and 1")
    if names is None and zero_is_similar(None, config.get("label2id")):
        # transformers knows the names of id2label alone, and would forget these.
        raise YijuError(
            f"{path}: label2id says that 0 is similar, and id2label, which tells it to transformers, is missing; write "
            "id2label too"
        )


def _check_parts(content: dict[str, Any], path: Path) -> None:
    if missing := [key for key in ("model", "added_tokens") if key not in content]:
        raise YijuError(f"{path}: not a tokeniser, for it lacks {' and '.join(missing)}; fetch it again")
    model = content["model"]
    if isinstance(model, dict) and model.get("dropout"):
        raise YijuError(
            f"{path}: model.dropout is {shown(model['dropout'])}, so that the same text would be cut into other tokens "
            "each time; set it to null"
        )


def _check_length(config: dict[str, Any], path: Path) -> None:
    length = config.get("model_max_length")
    if length is not None and not (finite(length) and length >= SHORTEST):
        raise YijuError(
            f"{path}: model_max_length is {shown(length)}; a pair needs {SHORTEST} tokens or more: correct it"
        )


def _check_sizes(config: dict[str, Any], path: Path) -> None:
    """Refuse sizes that no weight of the folder has, before a model of that size is made."""
    shapes = _shapes(path.parent)
    sides = [side for shape in shapes for side in shape]
    limits = {
        COUNTS: max(COUNT, len(shapes)) if shapes else UNKNOWN_COUNT,
        SIZES: max(SIZE, *sides) if sides else UNKNOWN_SIZE,
    }
    for key, value in _entries(config):
        limit = next((limit for pattern, limit in limits.items() if pattern.search(key)), None)
        if limit is not None and type(value) in (int, float) and not abs(value) <= limit:
            beside = f"the {len(shapes)} tensors beside it are" if shapes else "any weights that yiju reads are"
            raise YijuError(
                f"{path}: {key} is {shown(value)}, and {beside} far too small for that; correct {key}, or take "
                f"{CONFIG} and weights from one checkpoint"
            )


def _shapes(folder: Path) -> list[tuple[int, ...]]:
    """Shapes of all tensors in a folder's safetensors files, as their headers say; no weight is read."""
    shapes = []
    for file in sorted(folder.glob("model*.safetensors")):
        # Whoever reads the weights says what is wrong with a file that has no such header.
        with suppress(SafetensorError, OSError), safe_open(file, framework="pt") as opened:
            shapes += [tuple(opened.get_slice(name).get_shape()) for name in opened.keys()]  # noqa: SIM118
    return shapes
