"""Configuration keys of fine-tuning; each technique has its section in a file of its own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, create_model, model_validator

from yiju.base.types import Count, Loss, Select
from yiju.config.section import Name, Positive, Section
from yiju.config.technique import TECHNIQUES, get_technique
from yiju.config.training_keys import Optimisation


class Intermediate(Section):
    corpora: list[Name] = Field(default=[], description="Corpora; none: no such step.")
    epochs: Positive = Field(default=1.0, description="Passes over them.")


class FinetunePairs(Section):
    corpora: Annotated[list[Name], Field(min_length=1)] = Field(
        default=["LCQMC"],
        description="Corpora whose labelled pairs are learnt; their dev splits select the best weights.",
    )
    folds: Count = Field(
        default=1, description="1: train split against dev split; k: k-fold cross-validation on the train split."
    )
    grouped_folds: bool = Field(
        default=True, description="Keep connected sentences in one fold; false: rows at random."
    )
    seeds: Count = Field(
        default=1, description="Trainings of every fold, with different seeds; all of them judge together."
    )
    intermediate: Intermediate = Field(
        default=Intermediate(),
        description="Learnt before `corpora`, by the same recipe: e.g. several corpora first, then LCQMC.",
    )
    epochs: Positive = Field(default=8, description="Passes over the training pairs.")


# Keys of the pairs come before those of the optimisation.
class FinetuneRun(Optimisation, FinetunePairs):
    accumulation: Count = Field(
        default=1,
        description="Steps that an update is cut into; FGM or PGD moves in each, along the gradient gathered so far.",
    )
    calibrate: bool = Field(
        default=True,
        description="Fit temperature and threshold on the dev pairs; false: logits as they are, and "
        "decision_threshold.",
    )
    decision_threshold: Annotated[float, Field(ge=0, lt=2)] = Field(
        default=0.5,
        description="T: similar iff logit 1 exceeds logit 0 by more than 2T - 1; 0.5 is the plain argmax, the "
        "published run used 0.97.",
    )
    average_orders: bool = Field(
        default=False, description="Judge every pair in both orders and take the mean of the logits."
    )
    adversarial_every: Count = Field(default=1, description="FGM or PGD in every so many updates only.")
    weighting: Literal["none", "edit_distance"] = Field(
        default="none", description="none, or edit_distance: pairs whose label their edit distance belies weigh more."
    )
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, description="Share of the label that is spread over both labels."
    )
    select: Select = Field(
        default="accuracy",
        description="What chooses the best weights on what is held out for it: accuracy; loss; f1, of label 1; auc, "
        "the area under the ROC curve.",
    )
    patience: Count | None = Field(
        default=None,
        description="Stop after so many evaluations without a better one; the learning rate falls as if the training "
        "went on. null: train to the end.",
    )
    checkpoints: Annotated[int, Field(ge=0, le=100)] = Field(
        default=0,
        description="Earlier states of each model that are kept, evenly spread over the evaluations before the best "
        "weights, so that TracIn sums over them (explain.evidence); each is as large as the model. 0: none.",
    )
    loss: Loss = Field(
        default="cross_entropy",
        description="cross_entropy: a classifier of two logits. bce or mse: a cross-encoder of one logit, by binary "
        "cross-entropy or by the squared error of its sigmoid.",
    )


def _field(name: str) -> tuple[type[Section], Any]:
    known = get_technique(name)
    return known.options, Field(default=known.options(), description=known.description)


_FIELDS: dict[str, Any] = {name: _field(name) for name in TECHNIQUES}
# A section for each technique, by the name of its file.
TechniqueKeys: Any = create_model("TechniqueKeys", __base__=Section, **_FIELDS)


class Finetune(TechniqueKeys, FinetuneRun):
    @model_validator(mode="after")
    def _sensible(self) -> Finetune:
        for name in self.techniques:
            for other, why in get_technique(name).excludes.items():
                if other in self.techniques:
                    raise ValueError(f"{name} and {other} {why}; enable one of them")
        scales = "multi_dropout" in self.techniques and self.model_dump()["multi_dropout"]["combine"] == "sum"
        if self.intermediate.corpora and scales:
            raise ValueError("intermediate corpora with multi_dropout.combine: sum scale the head twice; take mean")
        if self.loss == "mse" and self.label_smoothing:
            raise ValueError("label_smoothing goes with loss: cross_entropy or bce; set it to 0")
        if self.calibrate and self.decision_threshold != 0.5:
            raise ValueError("decision_threshold is fitted where calibrate is true; set calibrate: false to choose it")
        return self

    @property
    def outputs(self) -> int:
        """Logits of the classifier that is trained."""
        return 2 if self.loss == "cross_entropy" else 1

    @property
    def techniques(self) -> list[str]:
        """The techniques that are switched on."""
        return [name for name in TECHNIQUES if getattr(self, name).enabled]

    @property
    def bound_to_encoders(self) -> list[str]:
        """Those of them that do not go with every encoder."""
        return [name for name in self.techniques if get_technique(name).needs]
