"""The files of the page, read once."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
# Pages by their paths; everything else goes by its file's name.
PAGES = {"index.html": "/", "docs.html": "/docs"}


def routes() -> list[Route]:
    """A route for each file of the page."""
    found = []
    for file in resources.files("yiju.app.web.page").iterdir():
        kind = TYPES.get(file.name[file.name.rfind(".") :])
        if kind:
            path = PAGES.get(file.name, f"/{file.name}")
            found.append(Route(path, _answer(file.read_bytes(), kind), include_in_schema=False))
    return found


def _answer(content: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}

    async def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    return answer
