"""The application: its routes, and the guards around them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from yiju import __version__
from yiju.app.explainer import Explainer
from yiju.app.web import answers, assets
from yiju.app.web.file_routes import add_files
from yiju.app.web.guards import RERANK, Bounded, Home, Readable, Sealed, Whole
from yiju.app.web.journal import Record, unrecorded
from yiju.app.web.limits import Limits
from yiju.app.web.page_language import in_language, language_of
from yiju.app.web.rate import address_of
from yiju.app.web.refusal import Refusal
from yiju.app.web.request_models import (
    Divided,
    Explained,
    Judged,
    Offer,
    Pair,
    Question,
    Refused,
    Turned,
    Which,
)
from yiju.app.web.rerank import Rank, Reranking, Results, rerank
from yiju.app.web.served import Models, Served
from yiju.app.web.worker import Worker
from yiju.base.errors import YijuError
from yiju.models.given_pairs import NEEDED

T = TypeVar("T")
REFUSED = {
    400: "the body is not JSON in UTF-8, is empty, or has a key twice",
    405: "another method is answered here; the header Allow says which",
    408: "the body came in too slowly",
    413: "the body is too large",
    415: "the body is of another type",
    422: "something in the body is wrong, or would take too long",
    429: "too many requests; the header Retry-After says when to try again",
    503: "no answer in time, or the server is ending",
}
DESCRIPTION = """Judges pairs of Chinese sentences and tells which characters each judgement rests on. The same request
gets the same answer. Every refusal is `{"error": {"code", "message"}}`. Notes and messages are in English, or in
Chinese where the header Accept-Language or `lang` in the address (`zh`, `zh-Hant`) asks for it."""


def create_app(
    explainer: Explainer,
    limits: Limits,
    worker: Worker,
    names: Collection[str] = (),
    proxies: Sequence[str] = (),
    against: Explainer | None = None,
    record: Record = unrecorded,
) -> ASGIApp:
    """The page and its API.

    worker: computes, and is closed with the application; names: host names that it answers to, besides addresses;
    proxies: addresses and networks of proxies whose header X-Forwarded-For names the client; against: another model,
    with which the first one is compared; record: writes every judgement down before it is served.
    """
    models = Models.of(explainer, against)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        worker.close()

    api = FastAPI(
        title="yiju",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        responses={status: {"model": Refused, "description": said} for status, said in REFUSED.items()},
    )
    for error, handler in HANDLERS.items():
        api.add_exception_handler(error, handler)
    _add_questions(api, models, worker, limits, record)
    _add_ranking(api, models.own, worker, record)
    add_files(api, explainer, worker, limits, record)
    posts = {route.path for route in api.routes if isinstance(route, APIRoute) and "POST" in (route.methods or ())}
    api.router.routes += assets.routes()
    guarded = Sealed(Home(Bounded(Whole(Readable(api, posts), limits), limits), names))
    return ProxyHeadersMiddleware(guarded, list(proxies)) if proxies else guarded  # type: ignore[arg-type,return-value]


def _add_questions(api: FastAPI, models: Models, worker: Worker, limits: Limits, record: Record) -> None:
    async def answered(request: Request, pair: Pair, answer: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        chosen = models.chosen(pair.model)

        def recorded() -> dict[str, Any]:
            found = answer(chosen.explainer, chosen.effort, pair)
            record(request.url.path, pair.model, pair.model_dump(exclude_none=True), found)
            return found

        return in_language(await worker.run(recorded, address_of(request)), language_of(request.scope))

    @api.get("/api/methods", response_model=Offer, summary="What this server computes, and its bounds")
    async def methods(
        model: Annotated[Which, Query(description="against: what the other model offers")] = "own",
    ) -> dict[str, Any]:
        return answers.offer(models.chosen(model).explainer, limits, models.names)

    @api.post("/api/predict", response_model=Judged, summary="Judge a pair")
    async def predict(request: Request, pair: Pair) -> dict[str, Any]:
        return await answered(request, pair, answers.judge)

    @api.post("/api/explain", response_model=Explained, summary="Judge a pair and tell what the judgement rests on")
    async def explain(request: Request, question: Question) -> dict[str, Any]:
        return await answered(request, question, answers.explain)

    @api.post("/api/counterfactual", response_model=Turned, summary="The fewest segments that turn the judgement")
    async def counterfactual(request: Request, pair: Divided) -> dict[str, Any]:
        return await answered(request, pair, answers.turn)


def _add_ranking(api: FastAPI, own: Served, worker: Worker, record: Record) -> None:
    async def ranking(request: Request, asked: Reranking) -> Any:
        def recorded() -> Any:
            found = rerank(own.explainer, own.effort, asked)
            record(request.url.path, "own", asked.model_dump(exclude_none=True), found)
            return found

        return await worker.run(recorded, address_of(request))

    for path in RERANK:
        api.post(
            path,
            response_model=list[Rank] | Results,
            response_model_exclude_unset=True,
            summary="Rank candidates against a query, as servers of rerankers do",
            include_in_schema=path == RERANK[0],
        )(ranking)


async def _refused(request: Request, refusal: Any) -> JSONResponse:
    return refusal.response(language_of(request.scope))


async def _invalid(request: Request, error: Any) -> JSONResponse:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"] if part != "body")
    said = problem["msg"].removeprefix("Value error, ")
    code = "empty" if said == NEEDED else "too_long" if problem["type"] == "string_too_long" else "invalid"
    return await _refused(request, Refusal(422, code, f"{place}: {said}" if place else said))


async def _bad_input(request: Request, error: Exception) -> JSONResponse:
    return await _refused(request, Refusal(422, "invalid", str(error)))


async def _http(request: Request, error: Any) -> JSONResponse:
    said = {
        404: "nothing is here; the page is at /, and /docs describes the API",
        405: f"{request.method} is not answered here, only {(error.headers or {}).get('Allow')}",
    }
    response = await _refused(request, Refusal(error.status_code, "http", said.get(error.status_code, error.detail)))
    response.headers.update(error.headers or {})
    return response


async def _defect(request: Request, _: Exception) -> JSONResponse:
    # It goes on to uvicorn, which logs it.
    return await _refused(request, Refusal(500, "defect", "the server made a mistake; its log says which"))


HANDLERS: dict[Any, Callable[[Request, Any], Any]] = {
    Refusal: _refused,
    RequestValidationError: _invalid,
    YijuError: _bad_input,
    HTTPException: _http,
    Exception: _defect,
}
