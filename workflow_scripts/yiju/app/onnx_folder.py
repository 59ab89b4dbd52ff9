"""A model as a folder that ONNX Runtime computes: graph, config and tokeniser, with 8-bit weights where asked for."""

from __future__ import annotations

import copy
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yiju.app.explainer import Explainer
from yiju.app.onnx_export import PAIRS, TOLERANCE, check_family, export_onnx
from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.models.calibration.stored import weights_checksum, weights_of, write_stored
from yiju.models.calibration.stored_classes import StoredClasses
from yiju.models.folder_files import CALIBRATION, CONFIG, GRAPH
from yiju.models.inspect import TOKENIZER_CONFIG, read_json
from yiju.models.model_facts import write_about
from yiju.models.scorers.onnx_graph import open_graph
from yiju.models.template import template_of

log = logging.getLogger(__name__)
# Products of matrices are computed in 8 bits, and the tables of embeddings held in them.
QUANTISED = ("MatMul", "Gather")


@dataclass(frozen=True)
class Agreement:
    """A graph beside its model on sample pairs: the largest difference of an output, and labels that are the same.

    alike: None of a model that decides nothing. bytes: of the graph and of the model's weights as float32.
    """

    pairs: int
    apart: float
    alike: int | None
    bytes: int
    before: int


def export_folder(explainer: Explainer, out: Path, int8: bool = False) -> Agreement:
    """Write a folder that `Explainer.from_pretrained` opens without torch, and say how far it agrees with the model.

    explainer: on the CPU, in float32; int8: dynamic quantisation. A calibration that the model has is written for the
    graph, whose logits are divided by the temperature already; what `yiju.json` tells goes with the graph, and with
    int8 it says that its figures are those of the model before. Raises YijuError, and writes nothing, where
    `export_onnx` does, where `out` is there already, and where the model reads pairs by a prompt of its own.
    """
    check_family(explainer.scorer)
    tokenizer = explainer.scorer.tokenizer
    if tokenizer is None or template_of(tokenizer) != explainer.scorer.template:
        raise YijuError(f"{out}: not written, for the model reads pairs by a prompt, which an ONNX folder has not")
    with _published(out) as draft:
        export_onnx(explainer, draft / GRAPH)
        before = (draft / GRAPH).stat().st_size
        if int8:
            quantise(draft / GRAPH)
        _write_config(explainer, draft / CONFIG)
        _write_tokenizer(explainer, draft)
        if explainer.about is not None:
            # How many reordered pairs are judged right is a small count, which 8 bits may change.
            changed = {"quantised": True, "reordered": None} if int8 else {}
            write_about(draft, explainer.about.model_copy(update=changed | {"weights": weights_checksum(draft)}))
        _write_calibration(explainer, draft)
        found = compare(explainer, Explainer(open_graph(draft), margin=explainer.margin), before, draft / GRAPH)
        if not np.isfinite(found.apart) or (not int8 and found.apart > TOLERANCE):
            raise YijuError(f"{out}: not written, for its outputs are up to {found.apart:.2g} from the model's")
    return found


def quantise(graph: Path) -> None:
    """Dynamic quantisation of a graph, in place: weights of 8 bits, activations quantised as they come.

    Weights keep to 7 of the 8 bits, a scale for each column: with all 8, sums of products overflow on processors with
    AVX2 and without VNNI, and so a graph would judge otherwise from one processor to another.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole = graph.with_name(f"whole-{graph.name}")
    graph.rename(whole)
    with _quiet():
        quantize_dynamic(
            whole,
            graph,
            op_types_to_quantize=list(QUANTISED),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
    whole.unlink()


def compare(explainer: Explainer, graph: Explainer, before: int, file: Path) -> Agreement:
    """Judge sample pairs, all combinations of two dozen texts, by both."""
    texts = list(dict.fromkeys(text for pair in PAIRS for text in pair if text))
    pairs = [(q, t) for q in texts for t in texts]
    wanted, found = explainer.outputs(pairs)[0], graph.outputs(pairs)[0]
    labels = [one.decision.labels(outputs) for one, outputs in ((explainer, wanted), (graph, found))]
    alike = None if labels[0] is None or labels[1] is None else int((labels[0] == labels[1]).sum())
    return Agreement(len(pairs), float(np.abs(wanted - found).max()), alike, file.stat().st_size, before)


def _write_config(explainer: Explainer, path: Path) -> None:
    config: Any = copy.deepcopy(explainer.scorer.own_config)
    values = json.loads(config.to_json_string(use_diff=False))
    values |= {"decision_margin": explainer.margin, "average_orders": explainer.average_orders}
    # It names a class of transformers that no weight in this folder is of.
    for key in ("architectures", "_name_or_path", "match_marker"):
        values.pop(key, None)
    write_json(path, {key: value for key, value in values.items() if value is not None})


def _write_tokenizer(explainer: Explainer, folder: Path) -> None:
    """The tokeniser as its tokenizer.json says, for a class that needs no torch (`load_tokenizer`)."""
    own: Any = copy.deepcopy(explainer.scorer.tokenizer)
    own.model_max_length = explainer.max_length
    own.save_pretrained(folder)
    config = read_json(folder / TOKENIZER_CONFIG)
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "model_input_names": list(own.model_input_names)}
    write_json(folder / TOKENIZER_CONFIG, config | names)


def _write_calibration(explainer: Explainer, folder: Path) -> None:
    """The model's calibration for the graph: the temperature of labels is in its logits."""
    stored = explainer.calibration
    if stored is None:
        return
    if isinstance(stored, StoredClasses):
        gap = None if stored.gap is None else stored.gap / stored.temperature
        changed = {"temperature": 1.0, "gap": gap, "weights": weights_of(folder)}
        write_stored(folder / CALIBRATION, stored.model_copy(update=changed))
        return
    fit = stored.fit if explainer.scorer.single else stored.fit.in_log_odds()
    above, below = (None if np.isinf(end) else float(end) for end in (fit.similar_above, fit.other_below))
    changes = {"slope": fit.slope, "intercept": fit.intercept, "threshold": float(fit.threshold)}
    ends = {"similar_above": above, "other_below": below}
    write_stored(folder / CALIBRATION, stored.model_copy(update=changes | ends | {"weights": weights_of(folder)}))


@contextmanager
def _published(out: Path) -> Iterator[Path]:
    """A draft that becomes the folder `out` when the block ends well, and vanishes otherwise."""
    if out.exists():
        raise YijuError(f"{out}: is there already; name a folder that is not")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as name:
        draft = Path(name) / "draft"
        draft.mkdir()
        yield draft
        shutil.move(draft, out)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice that quantisation writes into the root logger."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
