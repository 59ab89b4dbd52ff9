"""A reranker as bge-reranker-v2-gemma is published: a plain language model, whose prompt and answer no file names."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, GemmaConfig, GemmaTokenizer

from families.architectures import DECODER_POSITIONS, WIDTH, with_opinions
from families.texts import SENTENCES

INSTRUCTION = (
    "Given a query A and a passage B, determine whether the passage contains an answer to the query by providing a "
    "prediction of either 'Yes' or 'No'."
)
# What a caller says of such a folder. The token <bos> stands before everything, and belongs to the prompt.
TEMPLATE = f"<bos>A: {{q}}\nB: {{t}}\n{INSTRUCTION}"
SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>")
BYTES = tuple(f"<0x{number:02X}>" for number in range(256))
# Gemma's tokenisers hold runs of line breaks as tokens of their own.
BREAKS = ("\n", "\n\n", "\n\n\n")
SIZE = 800


def tokenizer() -> GemmaTokenizer:
    """BPE of characters with a ▁ for every space, bytes for unknown ones, and <bos> before every text."""
    vocabulary, merges = _pieces()
    made = GemmaTokenizer(vocab=dict(vocabulary), merges=list(merges), padding_side="left", add_bos_token=True)
    made.add_tokens([AddedToken(one, normalized=False) for one in BREAKS])
    made.model_max_length = DECODER_POSITIONS
    return made


def gemma(folder: Path, **keys: Any) -> Path:
    """The folder. keys: of the config."""
    made = tokenizer()
    ids = {name: getattr(made, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    sizes = WIDTH | {"num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": DECODER_POSITIONS}
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = AutoModelForCausalLM.from_config(GemmaConfig(vocab_size=len(made), **ids, **sizes, **keys))
    with_opinions(model).save_pretrained(folder)
    made.save_pretrained(folder)
    return folder


@cache
def _pieces() -> tuple[dict[str, int], list[tuple[str, str]]]:
    backend = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    backend.normalizer = normalizers.Replace(" ", "▁")
    # Words, so that what is learnt is no whole sentence; the published one is not cut at all when it is used.
    backend.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(vocab_size=SIZE, special_tokens=[*SPECIAL, *BYTES], show_progress=False)
    backend.train_from_iterator([*SENTENCES, INSTRUCTION, *["Yes", "No", "A: ", "B: "] * 40], trainer)
    learnt = json.loads(backend.to_str())["model"]
    if "Yes" not in learnt["vocab"]:
        raise AssertionError("the tokeniser's training made no token of Yes")
    return learnt["vocab"], [tuple(merge) for merge in learnt["merges"]]
