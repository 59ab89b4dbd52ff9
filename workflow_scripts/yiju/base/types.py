"""Kinds of values that are known to the configuration and to what computes.

Neither of these is code of the other, so that a method that is added to the one makes nothing of the other run again.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

# Of texts that people read.
Language = Literal["en", "zh", "zh-Hant"]
# What is put in a token's place.
Baseline = Literal["zero", "pad", "mask"]
# How training pairs are measured that speak for a judgement or against it (`yiju.explain.evidence.measures`).
Measure = Literal["similarity", "representer", "tracin"]
# What leaving pairs out and training again bears out best (benchmarks/README.md).
DEFAULT_MEASURE: Measure = "similarity"
Removal = Literal["mask", "delete"]
# What an explanation gives a score: parts that texts are cut into.
Units = Literal["characters", "tokens", "words", "sentences"]
# What fine-tuning minimises: the first of a classifier's logits, the others of one logit.
Loss = Literal["cross_entropy", "bce", "mse"]
# By what the best weights of a fine-tuning are chosen.
Select = Literal["accuracy", "loss", "f1", "auc"]
# Stands for the method that the run finds to explain its judgements best.
MEASURED = "measured"
SHA256, MD5 = r"^[0-9a-f]{64}$", r"^[0-9a-f]{32}$"
Sha256 = Annotated[str, Field(pattern=SHA256)]
Md5 = Annotated[str, Field(pattern=MD5)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
# Categories of `yiju.data.behaviour.categories` that change one sentence.
BehaviourCategory = Literal[
    "negation",
    "double_negation",
    "antonym",
    "number_unit",
    "entity",
    "time_aspect",
    "degree",
    "exchanged_roles",
    "symmetric_roles",
    "passive",
    "question_word",
    "synonym",
    "word_order",
    "particles",
    "traditional",
    "full_width",
    "misspelling",
    "spacing",
]
