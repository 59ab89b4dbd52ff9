"""All rows of the table of pair models: a family, an architecture, and a form of the folder that differs from the rest.

`build` makes the folder of a row in less than a second; the fixture `family_folder` keeps it for the test process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from families import colbert, cross_encoders, decoders, gemma, prompts
from families.architectures import ARCHITECTURES
from families.bi_encoders import bi_encoder, older
from families.late_interaction import late_interaction, pylate
from families.transformers_models import NLI, classifier

INSTRUCTION = "判断 Document 是否回答了 Query"
BI_PROMPTS = {"query": "为这个句子生成表示以用于检索：", "document": ""}
SKIPPED = ["，", "？", "（", "）", "！", "的"]


@dataclass(frozen=True)
class Row:
    """variant: how the folder differs from the family's usual one, empty for that one."""

    family: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "-".join(part for part in (self.family, self.architecture, self.variant) if part)


@dataclass(frozen=True)
class Family:
    """build: makes a folder; outputs: numbers that a model gives for a pair; variants: of an architecture, by name, as
    options of `build` (with another builder under the key "build", where the form has its own)."""

    build: Callable[..., Path]
    outputs: int
    architectures: tuple[str, ...]
    variants: dict[tuple[str, str], dict[str, Any]]


ALL = tuple(ARCHITECTURES)
CROSS_ENCODERS = {
    ("bert", "plain"): {"build": cross_encoders.plain},
    ("bert", "identity"): {"activation": cross_encoders.IDENTITY},
    ("bert", "old key"): {"build": cross_encoders.old_key},
    ("bert", "old key, identity"): {"build": cross_encoders.old_key, "activation": cross_encoders.IDENTITY},
    ("bert", "modules"): {"build": cross_encoders.with_modules},
    ("bert", "modules, identity"): {"build": cross_encoders.with_modules, "activation": cross_encoders.IDENTITY},
    ("xlm-roberta", "modules"): {"build": cross_encoders.with_modules},
    ("qwen3", "plain"): {"build": cross_encoders.plain},
    ("qwen3", "chat template"): {"build": cross_encoders.with_modules, "chat_template": prompts.PAIR_TEMPLATE},
}
DECODERS = {
    ("qwen3", "plain"): {"build": decoders.plain},
    ("qwen3", "one answer"): {"contrast": False},
    ("qwen3", "instruction"): {"instruction": INSTRUCTION},
}
BI_ENCODERS = {
    ("bert", "cls"): {"pooling": "cls"},
    ("bert", "max"): {"pooling": "max"},
    ("bert", "last token"): {"pooling": "lasttoken"},
    ("bert", "normalised"): {"normalize": True},
    ("bert", "dense"): {"dense": 8},
    ("bert", "dot"): {"similarity_fn_name": "dot"},
    ("bert", "prompts"): {"prompts": BI_PROMPTS},
    ("bert", "prompt not pooled"): {"prompts": BI_PROMPTS, "include_prompt": False},
    ("bert", "default prompt"): {"prompts": BI_PROMPTS, "default_prompt_name": "query"},
    ("bert", "short"): {"max_length": 12},
    ("bert", "older"): {"build": older, "pooling": "cls", "normalize": True, "max_length": 12},
    ("xlm-roberta", "older, all"): {"build": older, "pooling": "max", "dense": 8, "prompts": BI_PROMPTS},
    ("xlm-roberta", "all"): {"pooling": "cls", "normalize": True, "dense": 8, "prompts": BI_PROMPTS, "max_length": 24},
    ("qwen3", "prompts"): {"prompts": {"query": f"Instruct: {INSTRUCTION}\nQuery:", "document": ""}},
}
LATE_INTERACTION = {
    ("bert", "expansion"): {"expansion": {"strategy": "fixed", "length": 32}},
    ("bert", "attended expansion"): {"expansion": {"strategy": "min", "length": 16, "attend": True}},
    ("bert", "skiplist"): {"skiplist": SKIPPED},
    ("bert", "mean"): {"similarity_fn_name": "meanmaxsim"},
    ("bert", "pylate"): {"build": pylate, "skiplist": SKIPPED},
    ("modernbert", "pylate"): {"build": pylate},
    ("modernbert", "expansion"): {"expansion": {"strategy": "fixed", "length": 32}, "skiplist": [",", "."]},
}
FAMILIES = {
    "two labels": Family(classifier, 2, ALL, {}),
    "three labels": Family(lambda *place: classifier(*place, labels=NLI), 3, ALL, {}),
    "cross-encoder": Family(cross_encoders.new_key, 1, ALL, CROSS_ENCODERS),
    "decoder": Family(decoders.with_modules, 1, ("qwen3",), DECODERS),
    "bi-encoder": Family(bi_encoder, 1, ALL, BI_ENCODERS),
    "late interaction": Family(late_interaction, 1, ALL, LATE_INTERACTION),
}
# Folders of forms that no library of the tests saves: how they are made, and what a caller must say of them.
OTHERS: dict[tuple[str, str], tuple[Callable[[Path], Path], dict[str, Any]]] = {
    ("decoder", "gemma"): (gemma.gemma, {"template": gemma.TEMPLATE, "answers": "Yes"}),
    ("late interaction", "bert (Stanford ColBERT)"): (colbert.colbert, {}),
}
ROWS = [
    Row(name, *parts)
    for name, family in FAMILIES.items()
    for parts in [*((one,) for one in family.architectures), *family.variants]
]
# What the caller must say where a folder's files do not.
UNSAID = {
    Row("decoder", "qwen3", "plain"): {
        "template": prompts.written(),
        "answers": tuple(reversed(prompts.ANSWERS)),
        "instruction": prompts.INSTRUCTION,
    }
}


def rows(*families: str) -> list[Row]:
    """The rows of the named families."""
    return [row for row in ROWS if row.family in families]


def build(family: str, architecture: str, folder: Path, **options: Any) -> Path:
    """Make a model's folder; options: those of the family's builder, see the modules of this package."""
    made = {"build": FAMILIES[family].build} | options
    # Modules that a library adds to an encoder are drawn by their own constructors.
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return made.pop("build")(architecture, folder, **made)


def build_row(row: Row, folder: Path) -> Path:
    """Make the folder of a row of the table."""
    variants = FAMILIES[row.family].variants
    options = variants[row.architecture, row.variant] if row.variant else {}
    return build(row.family, row.architecture, folder, **options)
