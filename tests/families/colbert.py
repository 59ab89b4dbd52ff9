"""Checkpoints of Stanford's ColBERT: one file of an encoder and its projection, and artifact.metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import AutoModel, BertTokenizer

from families import tokenizer_kinds
from families.architectures import ARCHITECTURES, with_opinions
from families.json_files import read_json, write_json
from families.vocabularies import wordpieces

DIM = 8
METADATA = {
    "query_token_id": "[unused0]",
    "doc_token_id": "[unused1]",
    "query_token": "[Q]",
    "doc_token": "[D]",
    "similarity": "cosine",
    "bsize": 32,
    "lr": 1e-05,
    "dim": DIM,
    "doc_maxlen": 40,
    "mask_punctuation": True,
    "checkpoint": "colbert-ir/colbertv2.0",
    "query_maxlen": 24,
    "attend_to_mask_tokens": False,
    "interaction": "colbert",
}


def colbert(folder: Path, pickled: bool = False, **told: Any) -> Path:
    """The folder. pickled: weights as pytorch_model.bin; told: other values of artifact.metadata."""
    special = (*tokenizer_kinds.BERT, "[unused0]", "[unused1]")
    tokenizer = BertTokenizer(vocab=wordpieces(special), do_lower_case=True, model_max_length=128)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = with_opinions(AutoModel.from_config(ARCHITECTURES["bert"].config(tokenizer)))
        projection = with_opinions(torch.nn.Linear(model.config.hidden_size, DIM, bias=False), 11)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", config | {"architectures": ["HF_ColBERT"]})
    state = {f"bert.{name}": value.contiguous() for name, value in model.state_dict().items()}
    state["linear.weight"] = projection.weight.detach()
    if pickled:
        (folder / "model.safetensors").unlink()
        torch.save(state, folder / "pytorch_model.bin")
    else:
        save_file(state, folder / "model.safetensors", {"format": "pt"})
    (folder / "artifact.metadata").write_text(json.dumps(METADATA | told), encoding="utf-8")
    return folder
