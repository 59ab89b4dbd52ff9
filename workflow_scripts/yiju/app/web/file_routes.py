"""The routes that take a table of pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import Response

from yiju.app.explainer import Explainer
from yiju.app.web import uploads
from yiju.app.web.answers import FACTS
from yiju.app.web.journal import Record
from yiju.app.web.judged_files import TYPES, written
from yiju.app.web.limits import Limits
from yiju.app.web.page_language import language_of, translated
from yiju.app.web.rate import address_of
from yiju.app.web.refusal import Refusal
from yiju.app.web.request_models import Columns, Kind, Result
from yiju.app.web.worker import Worker

BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}
Position = Annotated[int | None, Query(ge=1, description="position of the column from 1; left out: recognised")]


def chosen(
    format: Annotated[Kind, Query(description="what the file is, as the end of its name tells")],
    q: Position = None,
    t: Position = None,
    label: Annotated[int | None, Query(ge=0, description="column of right answers; 0: there is none")] = None,
    header: Annotated[bool | None, Query(description="whether the first record names the columns")] = None,
) -> uploads.Chosen:
    """What the address says of the table. Raises Refusal for one sentence without the other."""
    if (q is None) != (t is None):
        raise Refusal(422, "columns", "give both q and t, the positions of the two sentences, or none of them")
    return uploads.Chosen(format, q, t, label, header)


def add_files(api: FastAPI, explainer: Explainer, worker: Worker, limits: Limits, record: Record) -> None:
    """Add the routes to the application; one file of an address is judged at a time.

    Tables are read and written by a thread of their own, one at a time, so that no judgement waits for that.
    """
    judging: set[str] = set()
    tables = worker.companion()

    def judged(path: str, rows: Sequence[uploads.Row]) -> list[uploads.Row]:
        found = uploads.judge_rows(explainer, rows)
        for row in found:
            if row["error"] is None:
                record(path, "own", {name: row[name] for name in "qt"}, {name: row[name] for name in FACTS})
        return found

    @contextmanager
    def place(address: str) -> Iterator[None]:
        if len(judging) >= limits.files or address in judging:
            raise Refusal(429, "busy", "too many files at once; try again in 5 s", 5)
        judging.add(address)
        try:
            yield
        finally:
            judging.remove(address)

    @api.post("/api/columns", response_model=Columns, summary="The columns of a small table", openapi_extra=BODY)
    async def columns(request: Request, given: Annotated[uploads.Chosen, Depends(chosen)]) -> dict[str, Any]:
        """The body is the file itself. The columns come with their first values, and with a guess what they hold."""
        body = await request.body()
        found = await tables.run(partial(uploads.beginning, body, given, limits), address_of(request))
        language = language_of(request.scope)
        return found | {"said": [translated(line, language) for line in found["said"]]}

    @api.post(
        "/api/file",
        summary="Judge the pairs of a small table",
        response_class=Response,
        responses={
            200: {"description": "one row for each of the table", "content": {kind: {} for kind in TYPES.values()}}
        },
        openapi_extra=BODY,
    )
    async def file(
        request: Request,
        given: Annotated[uploads.Chosen, Depends(chosen)],
        result: Annotated[
            Result, Query(description="with all columns of the table; pairs: JSON lines of the pairs alone")
        ] = "jsonl",
    ) -> Response:
        """The body is the file itself. A row that is no pair comes back with the reason; the others are judged."""
        address, body = address_of(request), await request.body()
        with place(address):
            table = await tables.run(partial(uploads.read_table, body, given, limits), address)
            rows: list[uploads.Row] = []
            for part in uploads.parts(table.rows):
                rows += await worker.run(partial(judged, request.url.path, part), address, admitted=True)
            writing = partial(written, explainer, table, rows, result, language_of(request.scope))
            content = await tables.run(writing, address, admitted=True)
        name = f'attachment; filename="judged.{"jsonl" if result == "pairs" else result}"'
        return Response(content, media_type=TYPES[result], headers={"Content-Disposition": name})
