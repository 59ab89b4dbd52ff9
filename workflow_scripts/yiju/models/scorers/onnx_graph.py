"""A classifier or cross-encoder as an ONNX graph, run by ONNX Runtime on the CPU: it needs no torch.

The folder is written by `yiju export-onnx`: the graph, and config and tokeniser of the model that it was made of.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from typing_extensions import override

from yiju.base.errors import YijuError
from yiju.models.border import border
from yiju.models.folder_files import CONFIG, GRAPH
from yiju.models.inspect import finite, read_json, refuse_code
from yiju.models.outputs import check_finite, two_outputs
from yiju.models.scorer import SINGLE, Scorer
from yiju.models.template import template_of
from yiju.models.tokenizer import load_tokenizer
from yiju.models.tokens import Batch, TokenizedPairs, by_length

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from torch import Tensor

    from yiju.models.prompt import Wording

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "logits"
NO_GRADIENTS = "an ONNX graph has no gradients"
PROVIDERS = ["CPUExecutionProvider"]


@dataclass(frozen=True)
class OnnxGraph(Scorer):
    """A graph from tensors to logits as a scorer: nobody looks into it, so that methods need to take segments away.

    session: of ONNX Runtime; scale: [1], what logits are multiplied by, which a calibration changes in place; told:
    what the folder says of the model; weights: of the model outside its embeddings, by which its cost is known.
    """

    session: InferenceSession = field(kw_only=True, repr=False)
    told: SimpleNamespace = field(kw_only=True)
    weights: int = field(kw_only=True)
    scale: np.ndarray = field(default_factory=lambda: np.ones(1), kw_only=True)
    gradients: ClassVar[bool] = False
    family: ClassVar[str] = "graph (ONNX)"

    @property
    @override
    def own_config(self) -> SimpleNamespace:
        return self.told

    @override
    def predict(self, pairs: TokenizedPairs, batch_tokens: int) -> np.ndarray:
        found = np.empty((len(pairs), 1 if self.single else len(self.classes)))
        taken = [one.name for one in self.session.get_inputs()]
        for rows in by_length(pairs.lengths, batch_tokens):
            given = dict(zip(INPUTS, pairs.arrays(rows), strict=True))
            (found[rows],) = self.session.run([OUTPUT], {name: given[name] for name in taken})
        check_finite(found, OUTPUT)
        return two_outputs(found * self.scale)

    @override
    def embedding_output(self, batch: Batch) -> Tensor:
        raise NotImplementedError(NO_GRADIENTS)

    @override
    def outputs_at(self, batch: Batch, output: Tensor) -> Tensor:
        raise NotImplementedError(NO_GRADIENTS)


@dataclass(frozen=True)
class OnnxCrossEncoder(OnnxGraph):
    """The same of a model of one logit, which is its score."""

    single: ClassVar[bool] = True


def open_graph(folder: Path, device: str = "auto", wording: Wording | None = None) -> OnnxGraph:
    """The graph of a folder. Raises YijuError, naming place and remedy, for one that cannot be opened or run here.

    device: auto or cpu; wording: refused, as a graph reads pairs as its tokeniser writes them.
    """
    if device not in ("auto", "cpu"):
        raise YijuError(f"{folder}: an ONNX graph is computed on the CPU, not on {device}; leave the device out")
    if wording is not None and wording.given:
        raise YijuError(f"{folder}: an ONNX graph reads pairs without a prompt; leave out {wording.names}")
    session = open_session(folder / GRAPH)
    facts = session.get_modelmeta().custom_metadata_map
    config = _config(folder / CONFIG)
    tokenizer = load_tokenizer(folder, generic=True)
    outputs = session.get_outputs()[0].shape[-1]
    length = facts.get("max_length", "")
    if not isinstance(outputs, int) or outputs < 1 or not length.isdecimal():
        raise YijuError(f"{folder / GRAPH}: not a graph of yiju export-onnx, whose metadata name max_length; export it")
    classes = SINGLE if outputs <= 2 else tuple(config["id2label"].get(str(n), str(n)) for n in range(outputs))
    kind = OnnxCrossEncoder if outputs == 1 else OnnxGraph
    weights = facts.get("weights", "0")
    return kind(
        *(None, tokenizer, template_of(tokenizer), int(length), classes),
        session=session,
        told=SimpleNamespace(**_told(config)),
        weights=int(weights) if weights.isdecimal() else 0,
    )


def open_session(graph: Path) -> InferenceSession:
    """ONNX Runtime with a graph. OMP_NUM_THREADS, where it is set, says how many threads it computes on."""
    try:
        import onnxruntime
    except ImportError:
        raise YijuError("onnxruntime missing: pip install onnxruntime, or 'yiju[onnx]'") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdecimal() and int(threads):
        options.intra_op_num_threads = int(threads)
    with border(graph, "ONNX Runtime cannot open this graph", "export the model again (yiju export-onnx)"):
        return onnxruntime.InferenceSession(graph, options, providers=PROVIDERS)


def _config(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise YijuError(f"{path} is missing; export the model again (yiju export-onnx)")
    config = read_json(path)
    refuse_code(config, path)
    names = config.get("id2label")
    config["id2label"] = names if isinstance(names, dict) else {}
    return config


def _told(config: Mapping[str, Any]) -> dict[str, Any]:
    """What decides of the model's outputs, as far as the config names it."""
    told = {key: config[key] for key in ("decision_margin", "average_orders") if config.get(key) is not None}
    if not finite(told.get("decision_margin", 0.0)) or not isinstance(told.get("average_orders", False), bool):
        raise YijuError(f"{CONFIG}: decision_margin or average_orders is no such value; export the model again")
    return told
