"""What the benchmarks of training share: LCQMC's rows, models of given shapes, and the operations they ask for."""

from __future__ import annotations

import lzma
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

import numpy as np
import torch
from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification, PreTrainedTokenizerBase

from yiju.models.build import build_tokenizer

VOCABULARY, MAX_LENGTH, MASK_SHARE = 21128, 64, 0.15
# transformers' own dropout of 0.1 everywhere.
SHAPES = {
    "toy": {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64},
    "tiny": {"num_hidden_layers": 4, "hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 1024},
    # MiniRBT-h256: 10.4 million weights.
    "student": {"num_hidden_layers": 6, "hidden_size": 256, "num_attention_heads": 8, "intermediate_size": 1024},
    "base": {"num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072},
    "large": {"num_hidden_layers": 24, "hidden_size": 1024, "num_attention_heads": 16, "intermediate_size": 4096},
}
MODELS = {"finetune": BertForSequenceClassification, "posttrain": BertForMaskedLM}


def read_pairs(file: Path) -> tuple[list[str], list[str], np.ndarray]:
    """First and second sentences and labels of a split of LCQMC, plain or .xz."""
    opened = lzma.open if file.suffix == ".xz" else open
    with opened(file, "rt", encoding="utf-8", newline="\n") as lines:
        q, t, labels = zip(*(line.rstrip("\n").split("\t") for line in lines), strict=True)
    return list(q), list(t), np.array([int(label) for label in labels])


def read_tokenizer(file: Path) -> PreTrainedTokenizerBase:
    """BERT's Chinese tokeniser over a vocabulary of one token a line."""
    return build_tokenizer(file.read_text(encoding="utf-8").rstrip("\n").split("\n"), MAX_LENGTH)


def build(kind: str, shape: str, seed: int = 0) -> BertForSequenceClassification | BertForMaskedLM:
    """A stock model for `finetune` or `posttrain`, the same weights at every call."""
    torch.manual_seed(seed)
    return MODELS[kind](BertConfig(vocab_size=VOCABULARY, **SHAPES[shape]))


def model_flops(kind: str, shape: str, lengths: Sequence[int] | np.ndarray) -> float:
    """Floating-point operations of forward and backward pass over sequences of these lengths, without any padding.

    6 N a token, N being the weights of the layers (12 h^2 each, feed-forward of 4 h); attention: 12 L h a token and
    token that it attends to; post-training: 6 (h^2 + h V) at each of the 15 % of positions that are guessed.
    Embeddings, the pooler and what is no matrix product are left out. What a training leaves out of this (the last
    layer where nobody reads it) or does twice counts all the same: it is the work that is asked for.
    """
    lengths = np.asarray(lengths, dtype=np.float64)
    layers, width = SHAPES[shape]["num_hidden_layers"], SHAPES[shape]["hidden_size"]
    a_token = 6 * 12 * layers * width**2
    head = 6 * MASK_SHARE * (width**2 + width * VOCABULARY) if kind == "posttrain" else 0.0
    return float((lengths * (a_token + head) + 12 * layers * width * lengths**2).sum())


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
