"""Configuration keys that trainings share, and those of post-training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yiju.base.types import Count, Share
from yiju.config.section import Name, Positive, Rate, Section

Tracker = Literal["tensorboard", "wandb", "mlflow", "comet_ml", "aim", "clearml", "swanlab", "trackio"]


class Training(Section):
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto",
        description="auto: bf16 autocast where the processor or GPU is faster in it, else fp32; fp16: GPUs only.",
    )
    save_every: Positive = Field(
        default=10,
        description="Minutes between two saves from which a killed run continues. A changed value reruns nothing.",
    )
    compile: bool = Field(
        default=False, description="torch.compile: pays on a GPU, costs a minute or two at the start."
    )
    gradient_checkpointing: bool = Field(
        default=False,
        description="Compute the inside of every layer a second time in the backward pass instead of keeping it: less "
        "memory, a third more time.",
    )
    accelerate: str | None = Field(
        default=None,
        description="A configuration file of accelerate, for sharded training (FSDP 2) of what one GPU cannot hold: "
        "see docs/sharded-training.md.",
    )
    max_minutes: Positive | None = Field(
        default=None,
        description="Save and stop after so many minutes; the same command goes on. A changed value reruns nothing.",
    )
    trackers: list[Tracker] = Field(
        default=["tensorboard"],
        description="Who shows the curves while a training runs; a changed value reruns nothing.",
    )

    @model_validator(mode="after")
    def _tried(self) -> Training:
        if self.compile and self.accelerate:
            raise ValueError("compile and accelerate do not go together: graphs of sharded weights are untried")
        if self.gradient_checkpointing and (self.compile or self.accelerate):
            raise ValueError("gradient_checkpointing with compile or accelerate is untried; set one of them only")
        return self


class Optimisation(Section):
    learning_rate: Rate | Literal["auto"] = Field(
        default="auto",
        description="Peak learning rate of AdamW, falling linearly to 0. auto: 0.001 for a model from scratch, for a "
        "checkpoint 5e-5 in post-training and 2e-5 in fine-tuning.",
    )
    warmup: Share = Field(default=0.1, description="Share of the updates in which the rate rises from 0.")
    weight_decay: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.01, description="Decay of weights other than bias and LayerNorm."
    )
    clip: Positive = Field(default=1.0, description="Largest norm of the gradient.")
    batch_size: Count = Field(
        default=64, description="Sentences, pairs or packed blocks of one update, over all devices."
    )
    batches: Literal["random", "by_length"] = Field(
        default="random",
        description="Rows of one update: drawn at random, or by_length (of similar length, which pads less, but has "
        "one mix of labels).",
    )
    evaluate_every: Count | Literal["auto"] = Field(
        default="auto",
        description="Updates between two evaluations on what is held out for them; the best weights are kept. auto: "
        "ten evaluations in a training, and one every 500 updates in a long one.",
    )


class PosttrainTexts(Section):
    enabled: bool = Field(
        default=True, description="Train the encoder on the merged texts (masked language model) before fine-tuning."
    )
    corpora: list[Name] | Literal["all"] = Field(
        default="all", description="Corpora whose sentences are read: all, or a list."
    )
    transductive: bool = Field(default=False, description="Also read the texts of dev, test and competition sets.")
    epochs: Positive = Field(default=2, description="Passes over the texts.")
    stop_after: Positive | None = Field(
        default=None,
        description="Epochs after which to stop and keep the weights as they are then; null: all epochs, and the best "
        "weights.",
    )
    mask_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.15, description="Share of tokens to be guessed: of these 80 % masked, 10 % replaced, 10 % left."
    )
    masking: Literal["tokens", "words"] = Field(
        default="tokens",
        description="What is chosen: single tokens, or whole words as jieba cuts them, all tokens of a word together.",
    )
    dictionary: str | None = Field(
        default=None,
        description="A list of words, one a line, to cut by instead of jieba's own dictionary; with masking: words.",
    )
    unit: Literal["sentences", "pairs"] = Field(
        default="sentences",
        description="sentences: each distinct one once; pairs: each distinct pair, both of its sentences together.",
    )
    packing: bool = Field(default=False, description="Sentences one after another in full blocks of max_length tokens.")


# Keys of the texts come before those of the optimisation.
class Posttrain(Optimisation, PosttrainTexts):
    warmup: Share = Field(default=0.05, description=Optimisation.model_fields["warmup"].description)
    batches: Literal["random", "by_length"] = Field(
        default="by_length",
        description="Rows of one update: drawn at random, or by_length (of similar length, which pads less).",
    )

    @model_validator(mode="after")
    def _readable(self) -> Posttrain:
        if self.dictionary and self.masking != "words":
            raise ValueError("dictionary is read with masking: words only")
        if self.packing and self.unit == "pairs":
            raise ValueError("packing joins single sentences into blocks; set unit: sentences, or packing: false")
        return self
