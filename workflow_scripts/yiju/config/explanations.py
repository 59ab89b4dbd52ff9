"""What the configuration says of explanations: methods by name, each with the options of its own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from yiju.base.types import MEASURED, Baseline, Count, Removal, Share
from yiju.config.section import Name, Positive, Section

# More would take days, or more memory than there is.
Steps = Annotated[int, Field(ge=1, le=100_000)]
Samples = Annotated[int, Field(ge=2, le=1_000_000)]


class Smooth(Section):
    samples: Annotated[int, Field(ge=1, le=100_000)]
    noise: Positive


class GradientL2(Section):
    smooth: Smooth | None = None


class GradientInput(Section):
    smooth: Smooth | None = None


class GradientInputL2(Section):
    steps: Steps = 1
    smooth: Smooth | None = None


class IntegratedGradients(Section):
    steps: Steps = 20
    max_steps: Steps = 320
    baseline: Baseline = "mask"
    smooth: Smooth | None = None


class SequentialIntegratedGradients(Section):
    steps: Steps = 10
    baseline: Baseline = "mask"


class GradientShap(Section):
    samples: Annotated[int, Field(ge=1, le=100_000)] = 50
    noise: Annotated[float, Field(ge=0, le=10)] = 0.1
    baseline: Baseline = "mask"


class DeepLift(Section):
    baseline: Baseline = "mask"


class Gim(Section):
    baseline: Baseline = "mask"


class AttentionRollout(Section):
    pass


class ValueZeroing(Section):
    pass


class Occlusion(Section):
    removal: Removal = "delete"


class Lime(Section):
    samples: Samples = 500
    max_samples: Samples | None = None
    removal: Removal = "delete"
    kernel_width: Positive = 0.25


class Sobol(Section):
    samples: Samples = 32
    removal: Removal = "delete"


class KernelShap(Section):
    samples: Samples = 500
    max_samples: Samples | None = None
    removal: Removal = "delete"
    sides: Literal["together", "one"] = "together"


class Random(Section):
    pass


# A method is a file of this name under attribution/methods/.
OPTIONS: dict[str, type[Section]] = {
    "attention_rollout": AttentionRollout,
    "deeplift": DeepLift,
    "gim": Gim,
    "gradient_input": GradientInput,
    "gradient_input_l2": GradientInputL2,
    "gradient_l2": GradientL2,
    "gradient_shap": GradientShap,
    "integrated_gradients": IntegratedGradients,
    "kernel_shap": KernelShap,
    "lime": Lime,
    "occlusion": Occlusion,
    "random": Random,
    "sequential_integrated_gradients": SequentialIntegratedGradients,
    "sobol": Sobol,
    "value_zeroing": ValueZeroing,
}


class Select(Section):
    by: Literal["sufficient", "ratio", "count", "threshold", "mass", "dev"] = Field(
        description="what ends a rationale: that it alone keeps the judgement, of as few segments as can be; a share "
        "of each side's segments, their number, their least score, the share of the side's positive scores that they "
        "hold, or a ratio found on dev"
    )
    ratio: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="by ratio, and in the study by dev and sufficient too: share of each side's segments that is "
            "selected",
        ),
    ]
    count: Count = Field(description="by count: segments of a side that are selected, at most")
    threshold: Share = Field(description="by threshold: least score, as a share of the side's highest")
    mass: Annotated[float, Field(gt=0, le=1, description="by mass: share of the side's positive scores to hold")]
    kept: Annotated[
        float,
        Field(gt=0, le=1, description="by dev: share of dev judgements that must not turn on the rationales alone"),
    ]


class Explain(Section):
    methods: Annotated[
        list[Name],
        Field(
            min_length=1,
            description="attribution methods, the first makes the report; `measured` is that of `candidates` whose "
            "rationales the model's judgements follow best on dev",
        ),
    ]
    candidates: Annotated[
        list[Name],
        Field(
            min_length=1,
            description="methods that are measured on dev, by names as in `methods`; the best explains by default",
        ),
    ]
    options: dict[Name, dict[str, Any]] = Field(
        description="options of a method by its name, or of a name of your own that says which `method` it stands for"
    )
    target: Literal["label", "argmax"] = Field(
        description="the class that is explained: the label shown, or (published) the larger logit at any threshold"
    )
    select: Select

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
        if method not in OPTIONS:
            hint = "" if name in self.options else f"; or say in explain.options.{name}.method which one it stands for"
            raise ValueError(f"no method {method!r}; there are {', '.join(OPTIONS)}{hint}")
        try:
            return {"method": method} | OPTIONS[method].model_validate(given).model_dump()
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join(map(str, problem["loc"]))
            if problem["type"] == "extra_forbidden":
                allowed = ", ".join(OPTIONS[method].model_fields) or "none"
                raise ValueError(f"{method} has no option {key!r}; it has {allowed}") from None
            raise ValueError(f"options.{name}.{key}: {problem['msg']}; found {problem['input']!r}") from None


class Study(Section):
    sets: list[Name] = Field(description="sets on which explanation methods are compared, of those that are judged")
    methods: list[Name] = Field(description="the methods, by the names that explain.methods takes too")
    pairs: Count = Field(description="pairs of each set that are drawn for it, at most")
