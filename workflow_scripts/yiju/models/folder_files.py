"""The model: a stock BERT, loaded, built and saved as a folder of four named files."""

from __future__ import annotations

from pathlib import Path

# safetensors only: no file of a model folder can run code when it is read.
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
# Of a model that ONNX Runtime computes, in the place of WEIGHTS.
GRAPH = "model.onnx"
# Files of weights that torch reads: a folder that holds one of them is no folder of a graph.
OF_TORCH = ("model*.safetensors", "pytorch_model*.bin")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
FOLDER_FILES = (CONFIG, WEIGHTS, *TOKENIZER_FILES)
# Any of these holds a whole vocabulary; transformers takes the first of them that the tokeniser's class knows.
VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
# Every file that a checkpoint's tokeniser may be made of. What is saved from it is in TOKENIZER_FILES alone.
TOKENIZER_SOURCES = (
    *TOKENIZER_FILES,
    *VOCABULARIES[1:],
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
    "chat_template.jinja",
)
# What calibration found, beside the others (`yiju calibrate`).
CALIBRATION = "yiju_calibration.json"
# The index of the pairs that the model learnt (`yiju index`): a folder beside the others, and what is in it.
EVIDENCE = "evidence"
INDEX_FILES = ("index.json", "pairs.parquet", "vectors.npy", "inputs.npy", "gradients.npy", "heads.npy")
# Of the states that a training kept (`finetune.checkpoints`): which folders hold them, and their learning rates.
STATES = "states.json"
# By label id, in the config of a classifier too.
LABELS = {0: "not similar", 1: "similar"}


def is_graph(folder: Path) -> bool:
    """Whether a folder holds an ONNX graph, and no weights that torch reads."""
    return (folder / GRAPH).is_file() and not any(True for pattern in OF_TORCH for _ in folder.glob(pattern))
