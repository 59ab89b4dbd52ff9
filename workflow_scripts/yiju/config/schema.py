"""The whole configuration, typed and closed: every key with its default and what it means.

The sections are in modules of their own. config.yaml and docs/configuration.md are generated from them (`make config`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from yiju.base.members import members
from yiju.base.types import MEASURED, BehaviourCategory, Count, Language
from yiju.config.corpora_keys import Corpora, TestSets, require
from yiju.config.distill_keys import Distill
from yiju.config.encoder_keys import Encoder
from yiju.config.explain_keys import Evaluate, Explain, Fusion, Study
from yiju.config.finetune_keys import Finetune
from yiju.config.learning_curve_keys import LearningCurve
from yiju.config.section import Name, Positive, Section
from yiju.config.technique import get_technique
from yiju.config.training_keys import Posttrain, Training

# Learning rates that `auto` stands for, and the rate from which on one is warned of for a checkpoint.
SCRATCH_RATE, HIGH_RATE = 1e-3, 5e-4
CHECKPOINT_RATES = {"posttrain": 5e-5, "finetune": 2e-5}


class Closure(Section):
    share: Positive = Field(
        default=0.5, description="At most so many new pairs in all, as a share of the original ones."
    )
    per_component: Count = Field(
        default=10, description="At most so many new pairs of one component of similar sentences, or between two."
    )


class Augment(Section):
    method: Literal["none", "published", "closure"] = Field(
        default="none",
        description="none; published: transfer among the pairs of one first sentence; closure: what follows on the "
        "whole graph.",
    )
    closure: Closure = Field(
        default=Closure(),
        description="Limits of closure, which draws new pairs at random, seeded, in the label ratio of the original "
        "ones.",
    )
    behaviour: list[BehaviourCategory] = Field(
        default=[],
        description="Categories of minimal pairs (docs/behaviour.md) that are made of training sentences and learnt "
        "too: a sentence and its form after one change, labelled by what the change must do.",
    )


class Audit(Section):
    sample: Annotated[int, Field(ge=100)] = Field(
        default=20000,
        description="Pairs of a split that the shortcut audit and the search for near duplicates look at, at most; "
        "drawn, seeded.",
    )


class Jobs(Section):
    gpus: Annotated[int, Field(ge=0)] = Field(
        default=4,
        description="GPUs that every training rule reserves, on each node (limit them with --resources gpu=N).",
    )
    nodes: Count = Field(
        default=1, description="Machines that a training spans, where a cluster's scheduler hands them out."
    )
    batch_tokens: Count = Field(
        default=2048, description="Tokens of one forward pass: memory against speed; a changed value reruns nothing."
    )


class Settings(Section):
    run: Name = Field(default="sample", description="Name of the run: everything is written to results/<run>/.")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(default=111, description="Seed of every random choice.")
    language: Language = Field(
        default="en",
        description="Of the report and of the model cards: en, English; zh, Chinese (中文); zh-Hant, Chinese in "
        "traditional characters (繁體中文).",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="auto: GPUs where there are any, else the CPU; cpu; cuda: stop where there is no GPU.",
    )
    corpora: Corpora
    test_sets: TestSets
    encoder: Encoder = Encoder()
    training: Training = Training()
    posttrain: Posttrain = Posttrain()
    augment: Augment = Augment()
    audit: Audit = Audit()
    finetune: Finetune = Finetune()
    learning_curve: LearningCurve = LearningCurve()
    distill: Distill = Distill()
    explain: Explain = Explain()
    study: Study = Study()
    fusion: Fusion = Fusion()
    evaluate: Evaluate = Evaluate()
    jobs: Jobs = Jobs()
    variants: dict[Name, dict[Literal["encoder", "posttrain", "augment", "finetune"], dict[str, Any]]] = Field(
        default={},
        description="Named sets of keys of encoder, posttrain, augment and finetune that differ; each is trained in a "
        "branch of its own, sharing all that is equal, and compared in the report. For example:\n"
        "{weighted: {finetune: {weighting: edit_distance}}}",
    )

    @model_validator(mode="after")
    def _corpora_in_use(self) -> Settings:
        require(self.finetune.corpora, self.corpora.use, "finetune.corpora", "corpora.use")
        if self.posttrain.corpora != "all":
            require(self.posttrain.corpora, self.corpora.use, "posttrain.corpora", "corpora.use")
        require(self.finetune.intermediate.corpora, self.corpora.use, "finetune.intermediate.corpora", "corpora.use")
        require(self.distill.corpora, self.corpora.use, "distill.corpora", "corpora.use")
        if self.learning_curve.sizes and self.learning_curve.seeds > self.finetune.seeds:
            raise ValueError(
                f"learning_curve.seeds is more than finetune.seeds ({self.finetune.seeds}), and the run's own models "
                "are those that learn all pairs; raise finetune.seeds, or lower learning_curve.seeds"
            )
        self._require_one_vocabulary()
        self._require_what_a_student_learns()
        self._require_rows_for_all_processes()
        self._require_whole_weights()
        if self.training.gradient_checkpointing and "mixup" in self.finetune.techniques:
            raise ValueError(
                "training.gradient_checkpointing: finetune.mixup changes the layers between the two passes; switch one "
                "of them off"
            )
        for name in self.study.methods:
            try:
                self.explain.chosen(name)
            except ValueError as error:
                raise ValueError(f"study.methods {error}") from None
        if MEASURED in self.study.methods:
            raise ValueError(f"study.methods: {MEASURED} stands for one of explain.candidates; name these instead")
        require(self.study.sets, self.judged_sets, "study.sets", "the sets judged")
        require(self.explain.splits, self.splits, "explain.splits", "the splits judged (dev and evaluate.splits)")
        if self.fusion.relations == "published":
            require([self.fusion.originals], self.corpora.use, "fusion.originals", "corpora.use")
        return self

    @property
    def members(self) -> list[str]:
        """Names of the trainings that judge together."""
        return members(self.finetune.folds, self.finetune.seeds)

    @property
    def curve_members(self) -> list[str]:
        """Those of them that a learning curve repeats with fewer pairs: of fold 0, so many seeds as it has."""
        return members(1, self.learning_curve.seeds)

    @property
    def splits(self) -> list[str]:
        """Splits of finetune.corpora that are judged."""
        return ["dev", *self.evaluate.splits]

    @property
    def judged_sets(self) -> list[str]:
        """All sets that are judged: splits, then test sets."""
        return [*self.splits, *self.test_sets.use]

    @property
    def explained_sets(self) -> list[str]:
        """All sets that are explained: splits, then test sets."""
        return [*self.explain.splits, *self.test_sets.use]

    def resolved(self) -> Settings:
        """The same with a number for every learning rate that is `auto`, by where the encoder comes from."""
        sections = {}
        for name, rate in CHECKPOINT_RATES.items():
            section = getattr(self, name)
            if section.learning_rate == "auto":
                suitable = SCRATCH_RATE if self.encoder.source == "scratch" else rate
                sections[name] = section.model_copy(update={"learning_rate": suitable})
        return self.model_copy(update=sections)

    def high_rates(self) -> list[str]:
        """A warning for each training of a checkpoint at a rate that suits a model from scratch."""
        if self.encoder.source == "scratch":
            return []
        trained = [name for name in CHECKPOINT_RATES if name == "finetune" or self.posttrain.enabled]
        rates = {name: getattr(self.resolved(), name).learning_rate for name in trained}
        return [
            f"{name}.learning_rate: {rate:g} is a rate for a model from scratch; with {HIGH_RATE:g} and more a "
            f"checkpoint forgets what it has learnt. Set it to auto ({CHECKPOINT_RATES[name]:g} for a checkpoint)"
            for name, rate in rates.items()
            if rate >= HIGH_RATE
        ]

    def _require_one_vocabulary(self) -> None:
        own = self.distill.encoder
        if own is None or own.source != "scratch":
            return
        for key in ("vocabulary", "vocabulary_size"):
            if getattr(own.scratch, key) != getattr(self.encoder.scratch, key):
                raise ValueError(
                    f"distill.encoder.scratch.{key} differs from encoder.scratch.{key}, and a run learns one "
                    "vocabulary; set both alike"
                )

    def _require_what_a_student_learns(self) -> None:
        without = [name for name in self.distill.corpora if not self.corpora.catalogue[name].has_train]
        if without:
            raise ValueError(
                f"distill.corpora names {', '.join(without)}, without a file of split train, and a student learns "
                "train pairs alone; leave it out, or give one of its files split: train"
            )
        if self.distill.teacher and self.distill.start == "members" and self.finetune.outputs != 2:
            raise ValueError(
                f"distill.start is members, which have one logit by finetune.loss {self.finetune.loss}, and a student "
                "has two; set distill.start: encoder, or finetune.loss: cross_entropy"
            )

    def _require_whole_weights(self) -> None:
        """Sharded trainings refuse what moves, averages or rescales whole weights."""
        for name in self.finetune.techniques if self.training.accelerate else ():
            if get_technique(name).whole_weights:
                raise ValueError(
                    f"finetune.{name} needs whole weights, which training.accelerate shards; do without one of them"
                )

    def _require_rows_for_all_processes(self) -> None:
        processes = self.jobs.gpus * self.jobs.nodes
        for key, section in (("posttrain", self.posttrain), ("finetune", self.finetune)):
            if section.batch_size < processes:
                raise ValueError(
                    f"{key}.batch_size is less than the {processes} processes of a training (jobs.gpus x jobs.nodes), "
                    "of which each needs a row of every update"
                )
