"""Configuration keys of explanations: methods by name, rationales, the study, the fusion and the evaluation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from yiju.base.types import MEASURED, Count, Share
from yiju.config.method import METHODS, get_method
from yiju.config.section import Name, Section

STUDIED = ["gradient_l2", "gradient_input", "gradient_input_l2", "integrated_gradients"]
STUDIED += ["sequential_integrated_gradients", "gradient_shap", "deeplift", "gim", "attention_rollout", "value_zeroing"]
STUDIED += ["occlusion", "occlusion_shapley", "lime", "kernel_shap", "sides", "sobol", "random"]


class Select(Section):
    by: Literal["sufficient", "ratio", "count", "threshold", "mass", "dev"] = Field(
        default="sufficient",
        description="sufficient: as few segments as alone keep the judgement, found pair by pair; or ratio, count, "
        "threshold, mass, or dev: the least share whose rationales alone keep judgements of the dev set. Only ratio, "
        "the competition's rule, takes segments with a score of 0 or less too.",
    )
    ratio: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.705,
        description="Share of each side's segments, what was not read counted; 0.705 is the published one. The "
        "study takes it by dev and sufficient too.",
    )
    count: Count = Field(default=5, description="Number of segments of a side, at most.")
    threshold: Share = Field(default=0.2, description="Least score, as a share of the side's highest.")
    mass: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8, description="Share of the side's positive scores that the rationale holds."
    )
    kept: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.95, description="Share of dev judgements that must not turn when nothing but the rationales is left."
    )


class Explain(Section):
    methods: Annotated[list[Name], Field(min_length=1)] = Field(
        default=[MEASURED],
        description="Attribution methods; the first one makes the report's examples. Or names of your own, said in "
        "`options`. `measured` is that of the candidates whose rationales the model's judgements follow best on dev.",
    )
    candidates: Annotated[list[Name], Field(min_length=1)] = Field(
        default=["occlusion_shapley", "sides"],
        description="Measured on dev; the best of them is written into the model folder and explains where nobody "
        "names another one.",
    )
    options: dict[Name, dict[str, Any]] = Field(
        # Shapley values of each sentence's characters while the other sentence stays whole.
        default={"sides": {"method": "kernel_shap", "sides": "one", "samples": 128}},
        description="Options by the name of a method, or of your own that says which `method` it stands for; what is "
        "not given has the method's default. `sides` is given: Shapley values of each sentence's characters while the "
        "other sentence stays whole. For example:\n"
        "{occlusion: {removal: delete}, to_zero: {method: integrated_gradients, steps: 50, baseline: zero}}",
    )
    splits: list[Literal["dev", "test"]] = Field(
        default=[],
        description="Splits of finetune.corpora that are explained as test sets are: dev, test, where they are judged.",
    )
    pairs: Count = Field(default=200, description="Pairs of each of these splits that are drawn for it, at most.")
    target: Literal["label", "argmax"] = Field(
        default="label",
        description="The class that is explained: label (the one shown), or argmax (published: before the decision "
        "threshold).",
    )
    evidence: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="Training pairs for and against each example of the report, so many of either; 0: none. Above 0 "
        "every member's model folder gets an index of the pairs that it learnt.",
    )
    select: Select = Field(default=Select(), description="Which of the ranked segments are the rationale.")

    @model_validator(mode="after")
    def _known_methods(self) -> Explain:
        for name in [*self.methods, *self.candidates, *self.options]:
            self.chosen(name)
        if MEASURED in [*self.candidates, *self.options]:
            raise ValueError(f"{MEASURED} stands for the best of the candidates; it is none itself and has no options")
        return self

    def chosen(self, name: str) -> dict[str, Any]:
        """The method that a name stands for, as `method`, with all its options."""
        if name == MEASURED:
            return {"method": MEASURED}
        given = dict(self.options.get(name, {}))
        method = given.pop("method", name)
        if method not in METHODS:
            hint = "" if name in self.options else f"; or say in explain.options.{name}.method which one it stands for"
            raise ValueError(f"no method {method!r}; there are {', '.join(METHODS)}{hint}")
        options = get_method(method).options
        try:
            return {"method": method} | options.model_validate(given).model_dump()
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join(map(str, problem["loc"]))
            if problem["type"] == "extra_forbidden":
                allowed = ", ".join(options.model_fields) or "none"
                raise ValueError(f"{method} has no option {key!r}; it has {allowed}") from None
            raise ValueError(f"options.{name}.{key}: {problem['msg']}; found {problem['input']!r}") from None


class Study(Section):
    sets: list[Name] = Field(
        default=[], description="Sets on which explanation methods are compared: dev, test or test sets in use."
    )
    methods: list[Name] = Field(
        default=STUDIED, description="The methods, by the names that explain.methods takes too."
    )
    matrices: list[Literal["occlusion", "shapley", "gradients"]] = Field(
        default=["occlusion", "shapley", "gradients"],
        description="Estimates of the matrix that are measured. shapley judges up to 2,000 sets of segments of a pair.",
    )
    pairs: Count = Field(default=200, description="Pairs of each set that are drawn for it, at most.")


class Fusion(Section):
    order: Literal["importance", "published"] = Field(
        default="importance",
        description="How the harmonised rationale is ranked: importance, or published (by position).",
    )
    relations: Literal["published", "given", "found", "none"] = Field(
        default="published",
        description="Which items are forms of one original: published (by the test split of a corpus, and BLEU-4), "
        "given (by the set's own rel_ids), found (nearly the same pairs) or none.",
    )
    originals: Name = Field(
        default="LCQMC",
        description="published: items whose sentences are in the test split of this corpus are originals.",
    )
    similarity: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.4, description="found: least similarity of both sides, as a share of all their character bigrams."
    )
    share: Literal["original", "consensus"] = Field(
        default="original",
        description="original: each item takes label and words of its original. consensus: the majority's label, "
        "weighted by how sure each item is, and the mean ranking.",
    )

    @property
    def by_consensus(self) -> bool:
        """Whether labels are weighed, by the ensemble's calibration."""
        return self.relations != "none" and self.share == "consensus"


class Evaluate(Section):
    splits: list[Literal["test"]] = Field(
        default=["test"],
        description="Further splits of finetune.corpora to judge, beside dev: test, where it has labels.",
    )
    bootstrap: Annotated[int, Field(ge=100)] = Field(default=1000, description="Resamples of a 95 % interval.")
    gold_sets: Literal["best", "union"] = Field(
        default="best",
        description="Of several gold rationales of a sentence: best, the one that fits best; union, or a union of them "
        "where it fits better, as TrustAI counts.",
    )
    behaviour: Annotated[int, Field(ge=0)] = Field(
        default=200,
        description="Items of each category of the test of behaviour (minimal pairs made of dev and of the project's "
        "frames), at most; 0: no such test.",
    )
