"""What the API takes and gives, as its OpenAPI description tells it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from yiju.app.web.limits import CHARACTERS, SAMPLES, STEPS
from yiju.app.web.methods import METHODS
from yiju.base.types import MEASURED, Baseline, Measure, Removal, Units
from yiju.models.given_pairs import NEEDED, why_no_sentence
from yiju.models.model_facts import About

Kind = Literal["tsv", "txt", "csv", "jsonl", "json", "xlsx", "xlsm", "xls", "ods", "parquet"]
Result = Literal["jsonl", "csv", "xlsx", "pairs"]
Which = Literal["own", "against"]
Label = Annotated[int, Field(ge=0, description="of two labels 1 similar, 0 not similar; else the number of a class")]
Probability = Annotated[float, Field(ge=0, le=1, description="of label 1; of the label where there are more than two")]
Class = Annotated[str, Field(max_length=CHARACTERS)] | Annotated[StrictInt, Field(ge=0)]
Truncated = Annotated[bool, Field(description="whether the pair is longer than the model reads: its end was cut off")]

Unknown = Annotated[
    int,
    Field(
        ge=0, description="characters of the pair that the vocabulary does not hold: the model cannot tell them apart"
    ),
]


def visible(text: str) -> str:
    """The text itself. Raises ValueError where nothing of it can be seen."""
    if why_no_sentence(text):
        raise ValueError(NEEDED)
    return text


Sentence = Annotated[str, Field(max_length=CHARACTERS), AfterValidator(visible)]


class Closed(BaseModel):
    """A wrong key is an error, not a key that does nothing."""

    model_config = ConfigDict(extra="forbid")


class Pair(Closed):
    q: Sentence = Field(description="the first sentence", examples=["宝宝发烧应该挂什么科"])
    t: Sentence = Field(description="the second sentence", examples=["婴儿发热要看哪个科"])
    model: Which = Field("own", description="which model answers: against is the one of `yiju serve --against`")


class Options(Closed):
    """Of the method: `GET /api/methods` tells which one has which."""

    steps: Annotated[StrictInt, Field(ge=1, le=STEPS)] | None = None
    samples: Annotated[StrictInt, Field(ge=2, le=SAMPLES)] | None = None
    baseline: Baseline | None = None
    removal: Removal | None = None


class Divided(Pair):
    units: Units = Field(
        "characters",
        description="what is scored: characters (Latin words and numbers whole), words, sentences or tokens",
    )


class Question(Divided):
    method: Literal[METHODS] = Field(  # type: ignore[valid-type]
        MEASURED, description="what attributes the judgement; measured: what did best on dev"
    )
    options: Options = Options()
    matrix: StrictBool = Field(False, description="also tell which segment of q acts with which of t")
    curve: StrictBool = Field(False, description="also tell how the probability falls as segments are masked")
    evidence: Annotated[StrictInt, Field(ge=1, le=20)] | None = Field(
        None, description="also tell so many training pairs for the judgement and against it; needs an index of them"
    )
    target: Class | None = Field(None, description="class to explain, by name or number; null: the one that is decided")
    contrast: Class | None = Field(None, description="explain by how much the target exceeds this class")


class Judged(Closed):
    label: Label | None = Field(description="null where the model gives one number that decides nothing by itself")
    label_name: str | None = Field(description="what the model calls the label")
    probability: Probability | None = Field(description="null where the model gives none")
    undecided: bool | None = Field(description="whether it is too close to the threshold; null: was not calibrated")
    possible: list[str] | None = Field(
        description="of three classes or more, those that calibration leaves possible; null: was not calibrated"
    )
    score: float = Field(description="what is explained: log p of the explained class, or the model's number")
    truncated: Truncated
    unknown: Unknown
    reordered: bool = Field(description="whether both sentences hold the same characters in another order")
    notes: list[str] = Field(description="what must be known before the judgement is relied on, as sentences")


class Segment(Closed):
    """A unit of a sentence, such as a character, or a Latin word or number.

    start and end are in characters (code points) of the sentence as given.
    """

    text: str
    start: int
    end: int
    score: float | None = Field(description="how much it speaks for the label; null where the model did not read it")
    rank: int | None = Field(description="place in the rationale of its sentence, from 1; null outside it")
    unknown: bool = Field(description="whether the vocabulary lacks a character of it")
    truncated: bool = Field(description="whether the model did not read it whole, because the pair is too long")
    effect: float | None = Field(description="the score of the pair less that without this segment; null: not read")
    scale: float = Field(description="the effect from which on its colour is full")
    shared: int | None = Field(description="the rank that it shares with those from which samples do not tell it")
    error: float | None = Field(description="standard error of a score for which samples were drawn")
    strength: float = Field(
        ge=-1, le=1, description="of its colour: 1 fully for the label, -1 fully against it, 0 none"
    )


class Carried(Closed):
    """A segment that carries the judgement, and what p(label), or a score that is no log-probability, is without it."""

    side: Literal["q", "t"]
    index: int
    probability: float | None
    score: float


class Link(Closed):
    """A span of each sentence that act together, from a character (code point) to before another one."""

    q: tuple[int, int]
    t: tuple[int, int]
    score: float = Field(description="the sum of the cells of the matrix between both spans")


class LearntPair(Closed):
    """A training pair, and where it stands."""

    q: str
    t: str
    label: int
    label_name: str
    corpus: str | None = Field(description="null where a user's table was indexed")
    file: str
    line: int
    operation: str = Field(description="original, or how augmentation made it of the pair in this line")
    score: float = Field(description="by the measure, above 0 for the judgement, below 0 against it")
    similarity: float = Field(description="cosine of what the model's head reads of both pairs")


class Evidence(Closed):
    """The training pairs that speak most for the judgement and most against it, strongest first."""

    measure: Measure = Field(description="by what they were found")
    pairs: int = Field(description="how many the model learnt")
    proponents: list[LearntPair]
    opponents: list[LearntPair]


class Explained(Judged):
    """A judgement and its grounds."""

    q: str
    t: str
    target: str | None = Field(description="the class that is explained; null where the model gives one number")
    contrast: str | None = Field(description="the class that the score is a difference to")
    method: dict[str, Any] = Field(description="name and options of what attributed the score")
    units: Units = Field(description="what the segments are")
    signed: bool = Field(description="whether scores tell for and against the label, or only how much a segment counts")
    gap: float | None = Field(description="by how much the scores miss the sum that the method promises")
    q_segments: list[Segment]
    t_segments: list[Segment]
    q_scores: list[float | None] = Field(description="by character")
    t_scores: list[float | None]
    carried: list[Carried] = Field(description="the segments without which p(label) falls most; none where none does")
    certainty: float | None = Field(description="p of the explained class; null where the score is none of a class")
    lowest: float | None = Field(description="the least of it that is left without one segment")
    matrix: list[list[float | None]] | None = Field(description="[segments of q][segments of t]; null: not known")
    matrix_error: list[list[float | None]] | None = Field(description="standard errors, of a matrix from samples")
    matrix_samples: int | None = Field(description="sets of segments that were judged, of a matrix from samples")
    matrix_cut: int | None = Field(description="segments of each sentence that take part, where a sentence has more")
    links: list[Link] | None = Field(description="neighbouring cells of the matrix joined, strongest first")
    estimator: Literal["occlusion", "shapley", "gradients"] | None = Field(description="what found the matrix")
    alone: Probability | None = Field(
        description="the probability with nothing but the rationale left; null where that is not known"
    )
    kept: bool | None = Field(
        description="whether the label is the same then; null: the rationale is a share of each sentence"
    )
    apart: bool | None = Field(
        description="of a method that draws samples, whether the third segment in rank is told from the fourth"
    )
    evidence: Evidence | None = Field(description="training pairs; null where they were not asked for")
    curve: list[float] | None = Field(
        description="p of the explained class, or a score that is none, without the k highest-scored segments, k = 0, "
        "1, … all"
    )
    random_curve: list[float] | None = Field(
        description="the same where segments go in random order, as the mean of a few orders; null: not known"
    )
    left_out: dict[str, str] = Field(description="what was asked for and would take too long, and why")


class Turned(Closed):
    """The fewest segments that turn the judgement when they are masked, of up to `limit`; exact."""

    label: Label
    turned: Label | None = Field(description="the label without the segments; null where nothing was found")
    found: bool
    q: list[int] = Field(description="indices of segments of q, as `/api/explain` gives them")
    t: list[int]
    probability: Probability | None
    limit: int = Field(description="deletions of up to so many segments were looked for")


class Method(Closed):
    name: str
    words: dict[Literal["en", "zh"], tuple[str, str]] = Field(
        description="title and what the method is, by language; none of what stands for another method"
    )
    options: dict[str, Any] = Field(description="with their defaults")
    bounds: dict[str, tuple[int, int]] = Field(description="least and greatest value of an option")


class Offer(Closed):
    """What this server computes, and its bounds."""

    models: list[Which] = Field(description="the models that this server has")
    about: About | None = Field(description="what the model says of itself; null where its folder says nothing")
    methods: list[Method]
    classes: list[str] = Field(description="of the labels, in the order of their numbers")
    single: bool = Field(description="whether the model gives one number a pair")
    decides: bool = Field(description="whether there are labels; one number needs a margin for them")
    margin: float | None = Field(description="of one number: above which a pair is called similar")
    threshold: float | None = Field(
        description="probability from which on a pair is called similar; null where the model gives none of it"
    )
    evidence: bool = Field(description="whether the model has an index of the pairs that it learnt")
    scale: float = Field(description="change of a log-probability from which on a colour is full")
    floor: float = Field(description="share of a full colour below which there is none")
    longest: int = Field(description="tokens of a pair that the model reads, special ones included")
    characters: int = Field(description="of a sentence, at most")
    file_bytes: int
    rows: int = Field(description="of a file, at most")


class Column(Closed):
    name: str = Field(description="its position from 1 where the table does not name it")
    values: list[str] = Field(description="of the first rows, each up to 200 characters")


class Columns(Closed):
    """The columns of a table, and which of them seem to hold the pairs, by their positions from 1."""

    columns: list[Column]
    q: int | None = Field(description="null where it is not clear; `said` tells why")
    t: int | None
    label: int | None = Field(description="of the right answers; null where no column seems to hold them")
    header: bool = Field(description="whether the first record names the columns")
    said: list[str] = Field(description="what was found out, as sentences")


class Problem(Closed):
    code: str
    message: str


class Refused(Closed):
    error: Problem
