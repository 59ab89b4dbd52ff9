"""Small real models and inputs for tests: built from a config, never downloaded."""

from pathlib import Path

import torch
from transformers import BertForSequenceClassification, PreTrainedModel, PreTrainedTokenizerBase

from yiju.models.build import build_model, build_tokenizer
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.vocabulary import learn_vocabulary

SHAPE = {"layers": 2, "width": 16, "heads": 2, "feed_forward": 32, "dropout": 0.0}
SENTENCES = [
    "怎么开通花呗",
    "花呗怎样开通",
    "北京今天天气怎么样",
    "上海今天天气怎么样",
    "手机号码怎么更改",
    "如何更改 VIP 手机号",
    "这个多少钱",
    "多少钱一斤",
]
PAIRS = [(q, t, int(index % 2)) for index, (q, t) in enumerate((q, t) for q in SENTENCES for t in SENTENCES)]


def model_folder(folder: Path, marker: bool = False, dropout: float = 0.0, max_length: int = 32) -> Path:
    """Write a two-layer model folder and return it."""
    vocabulary = learn_vocabulary(SENTENCES, 500)
    model = build_model(SHAPE | {"dropout": dropout}, len(vocabulary), max_length, marker, seed=1)
    save_folder(model, build_tokenizer(vocabulary, max_length), [folder / name for name in FOLDER_FILES])
    return folder


def classifier(
    folder: Path, marker: bool = False, max_length: int = 32
) -> tuple[BertForSequenceClassification | PreTrainedModel, PreTrainedTokenizerBase]:
    """A classifier with weights large enough to have opinions, in evaluation mode, and its tokeniser."""
    model_folder(folder, marker, max_length=max_length)
    model = load_model(folder, "classifier", seed=2).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.2)
    return model, load_tokenizer(folder)
