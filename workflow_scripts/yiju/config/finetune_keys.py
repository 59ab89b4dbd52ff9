"""Configuration keys of fine-tuning and of its techniques."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yiju.base.types import Count
from yiju.config.section import Name, Positive, Section
from yiju.config.training_keys import Optimisation


class LayerRates(Section):
    enabled: bool = Field(False, description="On or off.")
    factor: Annotated[float, Field(ge=1)] = Field(2.6, description="How far the thirds lie apart.")
    head: Positive = Field(1.0, description="The classifier learns at so many times the rate.")


class Fgm(Section):
    enabled: bool = Field(False, description="On or off; doubles the time of an update.")
    epsilon: Positive = Field(1.0, description="Length of the move.")


class Pgd(Section):
    enabled: bool = Field(False, description="On or off; costs `steps` backward passes more.")
    steps: Count = Field(3, description="Moves.")
    alpha: Positive = Field(0.3, description="Length of one move.")
    epsilon: Positive = Field(1.0, description="Radius of the ball around the clean embeddings.")


class Ema(Section):
    enabled: bool = Field(False, description="On or off.")
    decay: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.999, description="Share of the average that stays at each update."
    )


class RDrop(Section):
    enabled: bool = Field(False, description="On or off; doubles the time of an update.")
    alpha: Positive = Field(1.0, description="Weight of their divergence.")


class MultiDropout(Section):
    enabled: bool = Field(False, description="On or off.")
    samples: Annotated[int, Field(ge=2)] = Field(5, description="Masks.")
    combine: Literal["sum", "mean"] = Field(
        "mean", description="sum or mean of their logits; what is saved gives the same logits without dropout."
    )


class Mixup(Section):
    enabled: bool = Field(False, description="On or off; doubles the time of an update.")
    at: Literal["embedding", "pooler", "last", "inner"] = Field(
        "embedding", description="What is blended: embedding, pooler, last (layer) or inner (a layer at random)."
    )
    beta: Positive = Field(1.0, description="Both parameters of the Beta distribution of the share.")


class Masking(Section):
    enabled: bool = Field(
        False,
        description="On or off. Half of the pairs of every update lose tokens, each pair at a rate drawn from 0 to 1; "
        "whole and masked selection pairs choose the best weights.",
    )
    operator: Literal["mask", "delete", "both"] = Field(
        "mask",
        description="What becomes of these tokens: mask ([MASK] takes their place), delete, or both (one in every "
        "second such pair).",
    )


class Intermediate(Section):
    corpora: list[Name] = Field([], description="Corpora; none: no such step.")
    epochs: Positive = Field(1.0, description="Passes over them.")


class FinetunePairs(Section):
    corpora: Annotated[list[Name], Field(min_length=1)] = Field(
        ["LCQMC"], description="Corpora whose labelled pairs are learnt; their dev splits select the best weights."
    )
    folds: Count = Field(
        1, description="1: train split against dev split; k: k-fold cross-validation on the train split."
    )
    grouped_folds: bool = Field(True, description="Keep connected sentences in one fold; false: rows at random.")
    seeds: Count = Field(1, description="Trainings of every fold, with different seeds; all of them judge together.")
    intermediate: Intermediate = Field(
        Intermediate(),
        description="Learnt before `corpora`, by the same recipe: e.g. several corpora first, then LCQMC.",
    )
    epochs: Positive = Field(8, description="Passes over the training pairs.")


# Keys of the pairs come before those of the optimisation.
class Finetune(Optimisation, FinetunePairs):
    accumulation: Count = Field(
        1,
        description="Steps that an update is cut into; FGM or PGD moves in each, along the gradient gathered so far.",
    )
    calibrate: bool = Field(
        True,
        description="Fit temperature and threshold on the dev pairs; false: logits as they are, and "
        "decision_threshold.",
    )
    decision_threshold: Annotated[float, Field(ge=0, lt=2)] = Field(
        0.5,
        description="T: similar iff logit 1 exceeds logit 0 by more than 2T - 1; 0.5 is the plain argmax, the "
        "published run used 0.97.",
    )
    average_orders: bool = Field(False, description="Judge every pair in both orders and take the mean of the logits.")
    layer_rates: LayerRates = Field(
        LayerRates(),
        description="Grouped layer-wise learning rates: the bottom third of the layers at rate/factor, the top third "
        "at rate*factor.",
    )
    fgm: Fgm = Field(
        Fgm(),
        description="Fast gradient method: a second backward pass on adversarially moved word embeddings.",
    )
    pgd: Pgd = Field(
        Pgd(),
        description="Projected gradient descent: several small moves within a ball; the gradient of the last is added "
        "to the clean one.",
    )
    adversarial_every: Count = Field(1, description="FGM or PGD in every so many updates only.")
    ema: Ema = Field(Ema(), description="Moving average of the weights, which is evaluated and kept.")
    rdrop: RDrop = Field(RDrop(), description="R-Drop: two forward passes under other dropout, drawn together.")
    multi_dropout: MultiDropout = Field(
        MultiDropout(), description="Several dropout masks on the pooled vector through one classifier."
    )
    mixup: Mixup = Field(Mixup(), description="A second loss on pairs blended with others of the batch.")
    masking: Masking = Field(
        Masking(),
        description="Masked fine-tuning (Madsen 2024), so that pairs without some of their characters are no surprise "
        "to the model.",
    )
    weighting: Literal["none", "edit_distance"] = Field(
        "none", description="none, or edit_distance: pairs whose label their edit distance belies weigh more."
    )
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="Share of the label that is spread over both labels."
    )

    @model_validator(mode="after")
    def _sensible(self) -> Finetune:
        if self.fgm.enabled and self.pgd.enabled:
            raise ValueError("fgm and pgd both move the word embeddings; enable one of them")
        if self.mixup.enabled and self.rdrop.enabled:
            raise ValueError("mixup and rdrop both ask for a second forward pass of their own; enable one of them")
        if self.intermediate.corpora and self.multi_dropout.enabled and self.multi_dropout.combine == "sum":
            raise ValueError("intermediate corpora with multi_dropout.combine: sum scale the head twice; take mean")
        if self.calibrate and self.decision_threshold != 0.5:
            raise ValueError("decision_threshold is fitted where calibrate is true; set calibrate: false to choose it")
        return self

    @property
    def bound_to_encoders(self) -> list[str]:
        """Techniques that are enabled and do not go with every encoder."""
        return [key for key in ("layer_rates", "mixup", "multi_dropout") if getattr(self, key).enabled]
