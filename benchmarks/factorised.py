"""A start with factorised embeddings: the encoder of a run, its table of embeddings narrower than its layers.

    .venv/bin/python benchmarks/factorised.py results/<run> 64 data/factorised-64

Written is an ELECTRA of the run's shape and with its vocabulary, random weights, whose tokens have 64 numbers each,
which a matrix brings to the width of the layers. Trained as `encoder: {source: folder, name: data/factorised-64,
match_marker: true}`, it shows what factorised embeddings cost or bring (benchmarks/quality.md).
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoTokenizer, ElectraConfig, ElectraForMaskedLM

from yiju.models.match_marker import SEGMENT_IDS

SEED = 111
KEPT = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "max_position_embeddings",
    "pad_token_id",
)


def main(run: str, size: str, out: str) -> None:
    start = Path(run) / "start"
    own = AutoConfig.from_pretrained(start)
    shape = {name: getattr(own, name) for name in KEPT}
    torch.manual_seed(SEED)
    model = ElectraForMaskedLM(ElectraConfig(**shape, embedding_size=int(size), type_vocab_size=SEGMENT_IDS))
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(start).save_pretrained(out)
    print(f"{out}: {model.num_parameters():,} weights, drawn with seed {SEED}")


if __name__ == "__main__":
    main(*sys.argv[1:])
