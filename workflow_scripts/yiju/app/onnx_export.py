"""A classifier as an ONNX graph, which is published only if it judges as the classifier does."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from yiju.app.explainer import Explainer
from yiju.base.errors import YijuError
from yiju.base.files import atomic
from yiju.models.border import border
from yiju.models.inference import first_token_only
from yiju.models.scorer import Scorer
from yiju.models.scorers.classifier import Classifier
from yiju.models.scorers.onnx_graph import INPUTS, OUTPUT, PROVIDERS
from yiju.models.tokens import TokenizedPairs

NEEDED = ("onnx", "onnxruntime", "onnxscript")
# How far a logit of the graph may be from the classifier's.
TOLERANCE = 1e-4
# What the two are compared on: short and long, cut, repeated, empty, Latin, unknown.
PAIRS = [
    ("怎么开通花呗", "花呗怎样开通"),
    ("北京今天天气怎么样", "上海今天的天气怎么样？"),
    ("如何更改 VIP 手机号", "ＶＩＰ手机号码怎么改"),
    ("多少钱", "这个东西多少钱一斤啊，能不能便宜一点，我想多买几斤带回家去"),
    ("好", "不好"),
    ("", "空的"),
    ("今天去哪里吃饭比较好" * 60, "去哪里吃饭" * 60),
]


class Logits(nn.Module):
    """The classifier from plain tensors to plain logits, [batch, outputs]; markers are computed inside."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        known = dict(zip(INPUTS, (input_ids, attention_mask, token_type_ids), strict=True))
        return self.model(**known).logits


def export_onnx(explainer: Explainer, out: Path) -> float:
    """Write the explainer's classifier as an ONNX graph, and return how far its logits are from the classifier's.

    explainer: on the CPU, in float32. The graph takes input_ids, attention_mask and, of a model that is told sides,
    token_type_ids (0 for q, 1 for t), int64 [batch, tokens], both sizes free, and gives logits, float32 [batch,
    outputs], one for each class or, of a cross-encoder of one number, this number; match markers are computed inside.
    Its metadata name decision_margin (null where one number has none), average_orders (true where the mean of the
    logits of both orders of a pair decides: the graph judges one order, so it is to be run on both), labels (none of
    one number without a margin), max_length, and weights, how many of them compute. Raises YijuError, and writes
    nothing, where a package is missing, the file's name is not UTF-8, the model is of another family or one that torch
    cannot write, or the logits differ by more than 1e-4.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise YijuError(f"{', '.join(missing)} missing: pip install -r requirements/onnx.txt, or 'yiju[onnx]'")
    try:
        str(out).encode()
    except UnicodeEncodeError:
        raise YijuError(f"{out}: ONNX Runtime opens no file whose name is not UTF-8; name another one") from None
    check_family(explainer.scorer)
    q, t = map(list, zip(*PAIRS, strict=True))
    pairs = explainer.scorer.pair_up(explainer.scorer.encode(q, 0), explainer.scorer.encode(t, 1))
    with atomic(out) as written, explainer.computing() as subject:
        _write(subject.model, pairs, _facts(explainer), written)
        apart = _compare(subject.model, pairs, written)
        if not apart <= TOLERANCE:
            raise YijuError(f"{out}: not written, for its logits are up to {apart:.2g} from the model's")
    return apart


def check_family(scorer: Scorer) -> None:
    """Raise YijuError for a model that is not one graph from a pair to its logits."""
    if not isinstance(scorer, Classifier):
        raise YijuError(
            f"this model is a {scorer.family}, and only classifiers and cross-encoders, which read both texts at once, "
            "are written as a graph; take one of these"
        )


def _facts(explainer: Explainer) -> dict[str, str]:
    names = explainer.scorer.classes if explainer.decision.decides else ()
    return {
        "decision_margin": json.dumps(explainer.margin),
        "average_orders": json.dumps(explainer.average_orders),
        "labels": json.dumps({str(label): name for label, name in enumerate(names)}, ensure_ascii=False),
        "max_length": str(explainer.max_length),
        "weights": str(_computing(explainer.model)),
    }


def _computing(model: nn.Module | None) -> int:
    """How many weights are outside of tables that are only looked up."""
    assert model is not None, "only classifiers are written"
    tables = [one for one in model.modules() if isinstance(one, nn.Embedding)]
    return sum(weight.numel() for weight in model.parameters()) - sum(one.weight.numel() for one in tables)


def _write(model: PreTrainedModel, pairs: TokenizedPairs, facts: dict[str, str], out: Path) -> None:
    import onnx

    inputs = tuple(pairs.batch(np.arange(2)).inputs().values())
    sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", min=2, max=int(pairs.lengths.max()))}
    cannot = border(str(out), f"torch cannot write a {model.config.model_type} as a graph", "take another checkpoint")
    with cannot, _quiet(), torch.no_grad(), first_token_only(model):
        program = torch.onnx.export(
            Logits(model).eval(),
            inputs,
            input_names=INPUTS,
            output_names=[OUTPUT],
            dynamic_shapes=(sizes,) * 3,
            dynamo=True,
            verbose=False,
        )
    assert program is not None, "torch.onnx.export gives the program unless it writes a file itself"
    graph = program.model_proto
    for key, value in facts.items():
        graph.metadata_props.add(key=key, value=value)
    onnx.save(graph, out)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of its own workings."""
    exporter = logging.getLogger("torch.onnx")
    level = exporter.level
    exporter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        exporter.setLevel(level)


def _compare(model: PreTrainedModel, pairs: TokenizedPairs, graph: Path) -> float:
    """The largest difference of a logit between model and graph: of pairs alone, and of all in one padded batch.

    No number where one of the logits is none.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(graph, providers=PROVIDERS)
    taken = [one.name for one in session.get_inputs()]
    apart = []
    for rows in _batches(len(pairs)):
        batch = pairs.batch(rows).inputs()
        (found,) = session.run([OUTPUT], {name: batch[name].numpy() for name in taken})
        with torch.no_grad():
            apart.append(np.abs(found - model(**batch).logits.numpy()).max())
    # Not Python's max, which passes over what is no number.
    return float(np.max(apart))


def _batches(count: int) -> Iterator[np.ndarray]:
    yield from (np.array([row]) for row in range(count))
    yield np.arange(count)
