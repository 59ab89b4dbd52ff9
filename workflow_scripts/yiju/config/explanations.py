"""What the configuration says of explanations: methods by name, each with the options of its own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from yiju.base.types import MEASURED, Count, Share
from yiju.config.method import METHODS, get_method
from yiju.config.section import Name, Section


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
    sets: list[Name] = Field(description="sets on which explanation methods are compared, of those that are judged")
    methods: list[Name] = Field(description="the methods, by the names that explain.methods takes too")
    pairs: Count = Field(description="pairs of each set that are drawn for it, at most")
