"""Files that inseq writes (FeatureAttributionOutput.save): tokens of prompts, and the scores of one generated token."""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yiju.base.errors import YijuError
from yiju.data.corpora.raw_files import RawFile, read_chunks

PACKED, COMPRESSED = "b64:", "b64.gz:"
KINDS = ("float16", "float32", "float64")
# How tokenizers write a space, a line feed, and a token that goes on in a word.
SPACES = str.maketrans({"▁": " ", "Ġ": " ", "Ċ": "\n"})
INSIDE = "##"


@dataclass(frozen=True)
class Sequences:
    """method: as the file names it; sequences: token strings and scores of each prompt."""

    method: str
    sequences: list[tuple[list[str], list[float]]]


def read_inseq(path: Path, step: int) -> Sequences:
    """Read a file. step: which generated token, from 0. Raises YijuError for what is not of this form.

    Of models with an encoder the scores of its tokens are taken, of others those of the prompt.
    """
    try:
        facts = _plain(json.loads(b"".join(read_chunks(RawFile(path), 1 << 20)).decode("utf-8")))
    except ValueError:
        raise YijuError(f"{path}: not JSON; give a file that FeatureAttributionOutput.save wrote") from None
    found = facts.get("sequence_attributions") if isinstance(facts, Mapping) else None
    if not isinstance(found, Sequence) or isinstance(found, str) or not found:
        raise YijuError(f"{path}: holds no sequence_attributions; give a file that FeatureAttributionOutput.save wrote")
    info = facts.get("info") or {}
    method = info.get("attribution_method") if isinstance(info, Mapping) else None
    own = [_sequence(one, step, f"{path}, sequence {number}") for number, one in enumerate(found)]
    return Sequences(method if isinstance(method, str) and method else "inseq", own)


def _sequence(facts: Any, step: int, place: str) -> tuple[list[str], list[float]]:
    if not isinstance(facts, Mapping):
        raise YijuError(f"{place}: not a sequence of inseq")
    side = "source" if facts.get("source_attributions") is not None else "target"
    values, tokens = facts.get(f"{side}_attributions"), facts.get(side)
    if values is None or not isinstance(tokens, Sequence):
        raise YijuError(f"{place}: holds neither source_attributions nor target_attributions")
    scores = _array(values, place)
    if scores.ndim != 2:
        raise YijuError(f"{place}: several scores a token; aggregate them before saving: out.aggregate().save(...)")
    if len(scores) != len(tokens) or not 0 <= step < scores.shape[1]:
        raise YijuError(
            f"{place}: scores of shape {list(scores.shape)} do not fit {len(tokens)} tokens and step {step}, from 0"
        )
    # Not a number: tokens that were generated later, the explained one among them.
    return [_spelt(one, place) for one in tokens], np.nan_to_num(scores[:, step]).tolist()


def _spelt(token: Any, place: str) -> str:
    """What a token stands for in the text."""
    text = token.get("token") if isinstance(token, Mapping) else token
    if not isinstance(text, str):
        raise YijuError(f"{place}: a token has no string")
    return text.removeprefix(INSIDE).translate(SPACES)


def _array(values: Any, place: str) -> np.ndarray:
    """Numbers as they are written: lists, or base64 with type and shape, compressed or not."""
    kind = "float64"
    shape: Any = None
    if isinstance(values, Mapping):
        values, kind, shape = values.get("__ndarray__"), str(values.get("dtype")), values.get("shape")
    try:
        if isinstance(values, str):
            size = math.prod(shape) * _kind(kind).itemsize
            return np.frombuffer(_unpacked(values, size), dtype=_kind(kind)).reshape(shape).astype(np.float64)
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, zlib.error):
        raise YijuError(f"{place}: scores that cannot be read; save the file again") from None


def _kind(name: str) -> np.dtype:
    if name not in KINDS:
        raise ValueError(name)
    return np.dtype(name)


def _unpacked(text: str, size: int) -> bytes:
    """The bytes of an array, never more than one byte beyond `size`."""
    if text.startswith(COMPRESSED):
        data = base64.b64decode(text[len(COMPRESSED) :], validate=True)
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, size + 1)
    if text.startswith(PACKED):
        return base64.b64decode(text[len(PACKED) :], validate=True)
    raise ValueError("neither packed nor compressed")


def _plain(value: Any) -> Any:
    """Objects, which are written as their class and attributes, as their attributes alone."""
    if isinstance(value, Mapping):
        if "__instance_type__" in value:
            return _plain(value.get("attributes") or {})
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
