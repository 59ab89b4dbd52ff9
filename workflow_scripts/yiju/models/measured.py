"""How far explanations of a model hold, as its run measured it on dev: which method explains by default, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from yiju.base.errors import YijuError
from yiju.base.plurals import counted
from yiju.models.json_parts import Part

Text = Annotated[str, Field(min_length=1, max_length=200)]
Label = Literal["similar", "not_similar"]
WORDS: dict[Label, str] = {"similar": "similar", "not_similar": "not similar"}
# A rationale that holds alone keeps at least so many of the judgements, with at most so many of the characters.
KEPT, SELECTED = 0.95, 0.5
# Of a model whose weights are of 8 bits.
BEFORE_QUANTISING = "These figures were measured before the weights were quantised to 8 bits."


class Estimate(Part):
    """A mean over pairs with its 95 % interval."""

    value: float
    low: float
    high: float


class Holding(Part):
    """How far rationales hold for the pairs that are judged alike, characters deleted.

    one_sided: how much further p(label) falls without the rationale of one sentence, the other whole, than without as
    many random characters of it; alone: how much higher p(label) is with nothing but the rationale left than with as
    many random characters; kept: share of judgements that the rationale alone keeps; selected: share of the characters
    in it.
    """

    pairs: Annotated[int, Field(ge=1)]
    one_sided: Estimate
    alone: Estimate
    kept: Estimate
    selected: Estimate

    @property
    def beyond_random(self) -> bool:
        """Whether the rationale is shown to count for more than random characters."""
        return self.one_sided.low > 0 and self.alone.low > 0

    @property
    def holds(self) -> bool:
        return self.beyond_random and self.kept.value >= KEPT and self.selected.value <= SELECTED


class Measured(Part):
    """name: of the method among the candidates; method: its name as `method`, with all options; labels: by label."""

    name: Text
    method: Annotated[dict[str, Any], Field(max_length=20)]
    labels: Annotated[dict[Label, Holding], Field(min_length=1)]

    @property
    def failing(self) -> list[Label]:
        """Labels whose rationales are not shown to hold."""
        return [label for label, own in self.labels.items() if not own.holds]


def read_measured(facts: Any, place: str) -> Measured:
    """What a run measured, from plain values. Raises YijuError for what is not of that form."""
    try:
        return Measured.model_validate(facts)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part)[:40] for part in problem["loc"])
        raise YijuError(f"{place}: {key}: {problem['msg'][:200]}; write it anew by the rule choose_method") from None


def sentence(found: Measured, label: int) -> str:
    """How far explanations of judgements of a label hold, for whoever reads one."""
    name: Label = "similar" if label else "not_similar"
    if name not in found.labels:
        return (
            f"The reliability of explanations of pairs judged “{WORDS[name]}” was not measured: there were none on dev."
        )
    own = found.labels[name]
    if not own.beyond_random:
        return (
            f"Measured on dev, explanations of pairs that this model judges “{WORDS[name]}” do not hold: that the "
            "rationale counts for more than as many random characters was not shown. Do not rely on it."
        )
    if not own.holds:
        return (
            f"Measured on dev, explanations of pairs that this model judges “{WORDS[name]}” do not hold: the rationale "
            f"alone keeps only {100 * own.kept.value:.0f} % of the judgements, or is long, with "
            f"{100 * own.selected.value:.0f} % of the characters. Do not rely on it."
        )
    return (
        f"Measured on {counted(own.pairs, 'dev pair')} judged “{WORDS[name]}”: without the rationale of one sentence "
        f"p(label) falls by {own.one_sided.value:.2f} more than without as many random characters, and the rationale "
        f"alone keeps {100 * own.kept.value:.0f} % of the judgements."
    )
