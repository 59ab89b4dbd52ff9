"""Answers that say no: one form of JSON for all of them."""

from __future__ import annotations

from starlette.responses import JSONResponse

from yiju.app.web.page_language import Language, translated


class Refusal(Exception):
    """A request that is not answered.

    status: of HTTP; code: one word for programs; message: place and remedy for people; retry_after: seconds.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    def response(self, language: Language) -> JSONResponse:
        """The answer as it goes out, its message in a language."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return JSONResponse(
            {"error": {"code": self.code, "message": translated(self.message, language)}}, self.status, headers
        )
