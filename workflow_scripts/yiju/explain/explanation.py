"""What is known of one judgement: label, probability, and how much every character of both sentences counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from math import exp, nan
from typing import TYPE_CHECKING, Any

from yiju.base.plurals import counted
from yiju.base.types import Removal
from yiju.explain.acting import certain, scale_of
from yiju.explain.display import html_of, in_notebook
from yiju.explain.strength import FLOOR, SCALE, Part, strength
from yiju.explain.unit_names import brief
from yiju.models.folder_files import LABELS
from yiju.models.model_facts import About

if TYPE_CHECKING:
    from yiju.explain.evidence.training_evidence import Evidence
    from yiju.explain.links import Link

# What explains where nobody says what and no run measured: it is not the last one on any model that was studied
# (benchmarks/README.md), draws nothing at random, and says what taking a character away changes.
METHOD = "occlusion"
# Segments of a rationale that `repr` names, at most.
FEW = 3
# What `to_dict` has of each sentence.
OF_SIDES = ("scores", "segments")
# What pandas calls the types of single values.
KINDS = {"int": "int64", "int | None": "int64", "float": "float64", "float | None": "float64", "bool": "bool"}


@dataclass(frozen=True)
class Judgement:
    """label: 1 similar, 0 not, or the number of another class; probability: of two labels that of label 1, of more that
    of the label; both None for a model that gives one number and was not calibrated (`yiju calibrate`).

    truncated: whether the pair is longer than the model reads; score: what is explained, one number: log p(label) of a
    classifier, the number that the model gives otherwise; label_name: what the model calls the label; unknown: how many
    characters of both sentences the model cannot tell from others (`yiju.models.unknown_characters`), because its
    vocabulary does not hold them; the judgement does not rest on which characters these are. undecided: whether the
    score is too close to the threshold for the risk that calibration was asked to keep; None without calibration.
    possible: of three classes or more, those that calibration leaves possible, by name, the likeliest first; a pair
    with more than one is undecided.
    """

    q: str
    t: str
    label: int | None
    probability: float | None
    truncated: bool
    unknown: int
    score: float = field(kw_only=True)
    label_name: str | None = field(default=None, kw_only=True)
    undecided: bool | None = field(default=None, kw_only=True)
    possible: tuple[str, ...] | None = field(default=None, kw_only=True)

    @property
    def verdict(self) -> str:
        """The judgement in a few words."""
        figure = f"score {self.score:.3f}" if self.probability is None else f"{self.chance} = {self.probability:.3f}"
        return figure if self.label is None else f"{self.label_name}, {figure}"

    @property
    def chance(self) -> str:
        """What `probability` and `alone` are: p(similar) of two labels, of more p(the label)."""
        return f"p({LABELS[1] if self.label_name in (None, *LABELS.values()) else self.label_name})"

    def __repr__(self) -> str:
        return f"<Judgement {self.verdict}: {brief(self.q)} | {brief(self.t)}>"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def kinds(cls) -> dict[str, str]:
        """The keys of `to_dict`, and what pandas calls the type of a column of each."""
        return {one.name: KINDS.get(str(one.type), "object") for one in fields(cls)}


@dataclass(frozen=True)
class Segment:
    """A unit of a sentence, by default a character, or a Latin word or number; start, end: in characters of the text.

    score: by the method; None where the model read nothing of it. rank: place in the rationale, from 1; None outside
    it. unknown: whether the model cannot tell a character of it from others; truncated: whether the model did not read
    it whole, because the pair is too long. effect: log p(label) of the pair less that of the pair without this segment,
    deleted; None where nothing of it was read. error: standard error of a score for which the method drew samples.
    scale: the effect from which on its colour is full. shared: the rank that it shares with those before or after it,
    from which samples do not tell it; None where it shares none.
    """

    text: str
    start: int
    end: int
    score: float | None
    rank: int | None
    unknown: bool = False
    truncated: bool = False
    effect: float | None = None
    error: float | None = None
    scale: float = SCALE
    shared: int | None = None

    def __repr__(self) -> str:
        figures = {"score": self.score, "effect": self.effect}
        told = "".join(f", {name} {value:+.3f}" for name, value in figures.items() if value is not None)
        marks = {f"rank {self.rank}": self.rank, "unknown": self.unknown, "not read": self.truncated}
        told += "".join(f", {word}" for word, there in marks.items() if there)
        return f"<Segment {brief(self.text)} {self.start}:{self.end}{told}>"

    @property
    def strength(self) -> float:
        """Its colour, from -1 (against the label) to 1 (for it), by `yiju.explain.strength`."""
        return strength(self.score, self.effect, self.scale)


@dataclass(frozen=True)
class Side:
    """One sentence.

    segments: in order, white space belongs to none; scores: one a character of `text`, its equal part of its segment's
    score, None where that has none.
    """

    text: str
    scores: tuple[float | None, ...]
    segments: tuple[Segment, ...]

    def __repr__(self) -> str:
        count = counted(len(self.segments), "segment")
        return f"<Side {brief(self.text)}, {count}, rationale {_most_important(self)}>"

    @property
    def rationale(self) -> list[Segment]:
        """The selected segments, most important first."""
        return sorted((one for one in self.segments if one.rank), key=lambda one: one.rank or 0)


@dataclass(frozen=True)
class Explanation(Judgement):
    """A judgement and its grounds.

    method: name and options of what attributed the score to segments; units: what the segments are, of
    `yiju.base.types.Units`, or "segments" where they were given; target, contrast: the class whose score is
    explained, and the one that it is a difference to, by name, None of a model that gives one number; gap: by how much
    the scores miss the sum that the method promises, or None; matrix: how much segment i of q and j of t act together,
    float [q segments, t segments], None where it was not asked for, a cell None where it is not known; estimator: what
    found it, occlusion, shapley, gradients, jacobians or maxsim; matrix_error, matrix_samples: standard errors of its
    cells, and how many sets of segments were judged, where it was estimated from samples, else None; matrix_cut: how
    many segments of each sentence take part, where a sentence has more, else None; alone: probability of label 1 with
    nothing but the rationale left; kept: whether the label is the same then; both None where a ratio ended the
    rationale; apart: of a method that draws samples, whether the third segment in rank is told from the fourth, else
    None. about: what the model says of itself, which is no part of `to_dict`; evidence: training pairs for the
    judgement and against it, None where they were not asked for.
    """

    method: dict[str, Any]
    sides: tuple[Side, Side]
    units: str = field(default="characters", kw_only=True)
    target: str | None = field(default=None, kw_only=True)
    contrast: str | None = field(default=None, kw_only=True)
    gap: float | None = None
    matrix: tuple[tuple[float | None, ...], ...] | None = None
    matrix_error: tuple[tuple[float | None, ...], ...] | None = None
    matrix_samples: int | None = None
    matrix_cut: int | None = None
    estimator: str | None = None
    alone: float | None = None
    kept: bool | None = None
    apart: bool | None = None
    about: About | None = None
    evidence: Evidence | None = None

    def __repr__(self) -> str:
        head = f"{self.verdict}, by {self.method['method']}{self.of_class}"
        sides = " | ".join(f"{brief(side.text)} rests on {_most_important(side)}" for side in self.sides)
        return f"<Explanation {head}: {sides}>"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        facts = asdict(replace(self, about=None))
        del facts["about"]
        facts["links"] = None if self.matrix is None else [asdict(one) for one in self.links]
        sides = dict(zip("qt", facts.pop("sides"), strict=True))
        return facts | {f"{name}_{key}": side[key] for name, side in sides.items() for key in OF_SIDES}

    @classmethod
    def kinds(cls) -> dict[str, str]:
        """The keys of `to_dict`, and what pandas calls the type of a column of each."""
        own = {name: kind for name, kind in super().kinds().items() if name not in ("sides", "about")}
        own["links"] = "object"
        return own | {f"{side}_{key}": "object" for side in "qt" for key in OF_SIDES}

    def to_html(self) -> str:
        """A piece of a page, escaped, that needs no style sheet: both sentences coloured, and the matrix."""
        return html_of(self)

    @property
    def certainty(self) -> float:
        """p(class) of the class that is explained; not a number where the score is no log-probability."""
        return nan if self.target is None or self.contrast is not None else exp(self.score)

    @property
    def of_class(self) -> str:
        """Which class is explained, for the end of a line, where it is not just the one that was decided."""
        against = "" if self.contrast is None else f" against {self.contrast}"
        return "" if not against and self.target in (None, self.label_name) else f", of {self.target}{against}"

    @property
    def parts(self) -> list[Part]:
        """The segments of both sentences with their effects, the first one's first."""
        sides = zip("qt", self.sides, strict=True)
        return [(name, place, one.text, one.effect) for name, side in sides for place, one in enumerate(side.segments)]

    @property
    def links(self) -> tuple[Link, ...]:
        """Spans of both sentences that act together, strongest first; none without a matrix (`yiju.explain.links`)."""
        from yiju.explain.links import links_of

        q, t = ([(one.start, one.end) for one in side.segments] for side in self.sides)
        return () if self.matrix is None else links_of(certain(self), q, t, FLOOR * scale_of(self))

    def _repr_html_(self) -> str:
        """What a notebook shows: `to_html` in its light or dark theme, with a legend."""
        return in_notebook(self)


@dataclass(frozen=True)
class Counterfactual:
    """The smallest deletion found that turns a judgement.

    label: of the whole pair; q, t: indices of the segments to take away, both empty where nothing was found; found:
    whether it turns; probability: without them, as `Judgement.probability`; exact: no deletion of fewer segments turns
    it (none at all of up to two, where nothing was found), else it is an upper bound; removal: how the segments were
    taken away; turned: the label without them, None where nothing was found.
    """

    label: int
    q: tuple[int, ...]
    t: tuple[int, ...]
    found: bool
    probability: float | None
    exact: bool
    removal: Removal
    turned: int | None = None


def _most_important(side: Side) -> str:
    """The first segments of a rationale in words."""
    texts = [brief(one.text) for one in side.rationale]
    return " ".join(texts[:FEW] + ["…"] * (len(texts) > FEW)) or "nothing"
