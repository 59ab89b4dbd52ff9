"""`POST /rerank`, in the two forms that other servers of rerankers speak, and its answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from yiju.app.explainer import Explainer
from yiju.app.ranking import Ranked, difference_of, ranked
from yiju.app.web.effort import MOST, Effort
from yiju.app.web.limits import CANDIDATE, CANDIDATES, CHARACTERS
from yiju.app.web.methods import affordable_method, chosen
from yiju.app.web.refusal import Refusal
from yiju.app.web.request_models import Class, Closed, visible
from yiju.base.types import MEASURED

Text = Annotated[str, Field(max_length=CANDIDATE), AfterValidator(visible)]
# What belongs to one form alone.
OF_TEXTS = ("raw_scores", "return_text", "truncate", "truncation_direction")
OF_DOCUMENTS = ("model", "top_n", "return_documents")


class Document(Closed):
    text: Text


class Reranking(Closed):
    """A query and its candidates: as `texts`, and the answer is a list, or as `documents`, and it has `results`."""

    query: Text = Field(description="what the candidates are ranked for", examples=["宝宝发烧应该挂什么科"])
    texts: list[Text] | None = Field(
        None,
        min_length=1,
        max_length=CANDIDATES,
        description="the candidates, in the form of text-embeddings-inference",
        examples=["婴儿发热要看哪个科", "宝宝感冒能不能吃芒果"],
    )
    raw_scores: StrictBool = Field(False, description="with `texts`: give logits in place of probabilities")
    return_text: StrictBool = Field(False, description="with `texts`: give each candidate back")
    truncate: StrictBool | None = Field(
        None, description="with `texts`: cut what is longer than the model reads; otherwise it is refused"
    )
    truncation_direction: Literal["right", "Right"] = Field("right", description="with `texts`: the end is cut off")
    documents: list[Text | Document] | None = Field(
        None, min_length=1, max_length=CANDIDATES, description="the candidates, in the form of Cohere and Jina; cut"
    )
    model: Annotated[str, Field(max_length=CHARACTERS)] | None = Field(
        None, description="with `documents`: is not looked at, for the server has one model"
    )
    top_n: Annotated[StrictInt, Field(ge=1)] | None = Field(None, description="with `documents`: so many results")
    return_documents: StrictBool = Field(False, description="with `documents`: give each candidate back")
    explain: StrictBool = Field(False, description="tell in the first result why it stands above the second")
    target: Class | None = Field(
        None, description="the class whose probability ranks; to be named where the model has more than two"
    )

    @model_validator(mode="after")
    def _one_form(self) -> Reranking:
        if (self.texts is None) == (self.documents is None):
            raise ValueError("give the candidates as texts or as documents, one of the two")
        form, foreign = ("documents", OF_TEXTS) if self.texts is None else ("texts", OF_DOCUMENTS)
        odd = [name for name in foreign if name in self.model_fields_set]
        if odd:
            raise ValueError(f"{', '.join(odd)} does not go with {form}; leave it out")
        return self

    @property
    def candidates(self) -> list[str]:
        given = self.documents if self.texts is None else self.texts
        return [one if isinstance(one, str) else one.text for one in given or ()]


class Added(Closed):
    """A segment; start and end in characters (code points) of its text."""

    text: str
    start: int
    end: int
    adds: float | None = Field(description="what it adds to the difference; null where the model did not read it")


class Why(Closed):
    """Why the first result stands above the second: the difference of their scores by segment."""

    score: str = Field(description="what is explained: the model's number, or the log-probability of a class")
    difference: float = Field(description="that of the first result less that of the second")
    method: dict[str, Any] = Field(description="name and options of what attributed it")
    query: list[Added] = Field(description="beside the first candidate less beside the second")
    first: list[Added]
    second: list[Added] = Field(description="what takes away counts below 0")


class Rank(Closed):
    index: int = Field(description="of the candidate among `texts`, from 0")
    score: float
    text: str | None = None
    why: Why | None = None


class Result(Closed):
    index: int = Field(description="of the candidate among `documents`, from 0")
    relevance_score: float
    document: Document | None = None
    why: Why | None = None


class Results(Closed):
    results: list[Result]


def rerank(explainer: Explainer, effort: Effort, asked: Reranking) -> list[dict[str, Any]] | dict[str, Any]:
    """The candidates, highest score first, in the form in which they came. Raises Refusal."""
    texts = asked.candidates
    cost = sum(effort.judgement(effort.size(asked.query, text)) for text in texts)
    if cost > MOST:
        raise Refusal(
            422,
            "too_much",
            "ranking so many or so long candidates would take too long for this server; send fewer of them at a time, "
            "or shorter ones",
        )
    found = ranked(explainer, asked.query, texts, asked.target)
    _check_read(explainer, asked, found)
    why = {"why": _why(explainer, effort, asked, texts, found)} if asked.explain and len(found) > 1 else {}
    if asked.documents is not None:
        results = [_result(one, texts, asked) for one in found[: asked.top_n]]
        return {"results": [results[0] | why, *results[1:]]}
    ranks = [_rank(one, texts, asked) for one in found]
    return [ranks[0] | why, *ranks[1:]]


def _check_read(explainer: Explainer, asked: Reranking, found: list[Ranked]) -> None:
    cut = sorted(one.index for one in found if one.truncated)
    if asked.texts is not None and cut and not asked.truncate:
        raise Refusal(
            422,
            "too_long",
            f"texts.{cut[0]}: with the query it is longer than the {explainer.max_length:,} tokens that the model "
            "reads; shorten it, or send truncate: true to have its end cut off",
        )


def _why(
    explainer: Explainer, effort: Effort, asked: Reranking, texts: list[str], found: list[Ranked]
) -> dict[str, Any]:
    best = texts[found[0].index], texts[found[1].index]
    sizes = [effort.size(asked.query, text) for text in best]
    method = affordable_method(effort, sizes, chosen(explainer, MEASURED, {}), {})
    if method is None:
        raise Refusal(
            422,
            "too_much",
            "explaining the first two candidates would take too long for this server; shorten them, or leave explain "
            "out",
        )
    return difference_of(explainer, asked.query, best, method, asked.target)


def _rank(one: Ranked, texts: list[str], asked: Reranking) -> dict[str, Any]:
    text = {"text": texts[one.index]} if asked.return_text else {}
    return {"index": one.index, "score": one.raw if asked.raw_scores else one.score} | text


def _result(one: Ranked, texts: list[str], asked: Reranking) -> dict[str, Any]:
    document = {"document": {"text": texts[one.index]}} if asked.return_documents else {}
    return {"index": one.index, "relevance_score": one.score} | document
