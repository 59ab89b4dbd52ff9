"""The student of distillation, as settings: what its encoder is made by, and how it is trained."""

from __future__ import annotations

from typing import Literal

from yiju.config.distill_keys import NOT_DISTILLED
from yiju.config.finetune_keys import Intermediate
from yiju.config.schema import Settings

# Its folder below that of the run, as variants have theirs.
STUDENT = "/distill"


def student_of(settings: Settings) -> Settings:
    """One training of one seed, from the student's own encoder, without what a teacher's scores do not go with."""
    distill, own = settings.distill, settings.finetune
    changes = {
        "folds": 1,
        "seeds": 1,
        "intermediate": Intermediate(),
        "weighting": "none",
        "loss": "cross_entropy",
        "epochs": own.epochs if distill.epochs is None else distill.epochs,
        "learning_rate": _rate(settings),
    }
    off = {name: type(getattr(own, name))() for name in NOT_DISTILLED}
    encoder = settings.encoder if distill.encoder is None else distill.encoder
    return settings.model_copy(update={"encoder": encoder, "finetune": own.model_copy(update=changes | off)}).resolved()


def _rate(settings: Settings) -> float | Literal["auto"]:
    """What is given, else as in finetune; but its rate suits the members' encoder, and not one of the student's own."""
    distill = settings.distill
    if distill.learning_rate is not None:
        return distill.learning_rate
    return settings.finetune.learning_rate if distill.encoder is None else "auto"
