"""Configuration keys of distillation: a student that learns what a teacher says of pairs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yiju.config.encoder_keys import Encoder
from yiju.config.section import Name, Positive, Rate, Revision, Section

# The teacher that all members of this run together are.
OWN = "run"
# Techniques that change what a pair is, or compare two passes: a teacher's score is of the pair as it stands.
NOT_DISTILLED = ("masking", "mixup", "rdrop")


class Distill(Section):
    teacher: str | None = Field(
        default=None,
        description="Whose scores a student learns. null: no student is trained; run: all members of this run "
        "together; a model folder; the folder of another run, whose members judge together; or owner/name of the hub.",
    )
    revision: Revision | None = Field(
        default=None, description="Commit of a teacher of the hub, 40 hexadecimal digits; null of all others."
    )
    encoder: Encoder | None = Field(
        default=None,
        description="What the student starts from, with the keys of section `encoder` and their defaults, whatever "
        "that section says; post-trained as the members are. null: what the members start from. For example:\n"
        "{source: scratch, scratch: {layers: 2, width: 128}}",
    )
    corpora: list[Name] = Field(
        default=[],
        description="Corpora whose train pairs are learnt too, from the teacher's scores alone: their labels, where "
        "they have any, are not read.",
    )
    loss: Literal["kl", "mse"] = Field(
        default="kl",
        description="What the student is held to: kl, the divergence from the teacher's probabilities at the "
        "temperature (Hinton 2015); mse, the squared distance of the differences of both logits.",
    )
    temperature: Positive = Field(default=2.0, description="With loss kl: what the logits of both are divided by.")
    weight: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.7, description="Share of the teacher in the loss of a pair; the rest is its label's."
    )
    both_orders: bool = Field(
        default=True, description="Learn every pair in both orders, each with its own score; doubles the time."
    )
    epochs: Positive | None = Field(
        default=None, description="Passes over the student's pairs; null: as finetune.epochs."
    )
    learning_rate: Rate | Literal["auto"] | None = Field(
        default=None,
        description="Peak learning rate of the student; auto: by its encoder; null: as in finetune, and with an "
        "encoder of its own as auto.",
    )
    start: Literal["encoder", "members"] = Field(
        default="encoder",
        description="encoder: the student starts from the encoder above; members: from the mean of the weights of all "
        "members of this run (a model soup, Wortsman 2022), which must have one shape.",
    )
    control: bool = Field(
        default=False,
        description="Train the same student without a teacher too, on the labels alone, to see what the teacher "
        "brings.",
    )

    @property
    def learners(self) -> list[str]:
        """The students that are trained."""
        return [] if self.teacher is None else ["student", *(["control"] if self.control else [])]

    @model_validator(mode="after")
    def _whole(self) -> Distill:
        if self.teacher is None and self.revision is not None:
            raise ValueError("revision is of a teacher of the hub; name it in teacher, or leave revision out")
        if self.teacher == OWN and self.revision is not None:
            raise ValueError(f"teacher: {OWN} has no revision; leave it out")
        if self.start == "members" and self.encoder is not None:
            raise ValueError("start: members takes the members' own shape; leave encoder out, or set start: encoder")
        return self
