"""What the body of a request must be before anybody reads its content: JSON in UTF-8, or a file by itself."""

from __future__ import annotations

import json
import re

from starlette.datastructures import Headers

from yiju.app.web.refusal import Refusal
from yiju.base.encodings import likely_encoding
from yiju.base.json_text import RepeatedKey, loads

# What a body looks like, by what is asked.
PAIR, RANKING = '{"q": "…", "t": "…"}', '{"query": "…", "texts": ["…", "…"]}'
# The first part of a form, as browsers and curl -F send it.
FORM = re.compile(rb"--[^\r\n]+\r\nContent-Disposition:", re.IGNORECASE)


def check_json(headers: Headers, body: bytes, example: str) -> None:
    """Raise Refusal for a body that is no JSON object in UTF-8, and for one in which a key stands twice."""
    if _type(headers) != "application/json":
        raise Refusal(415, "type", "send JSON, with the header Content-Type: application/json")
    if not body.strip():
        raise Refusal(400, "json", f"the body is empty; send {example}")
    try:
        content = loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refusal(
            400,
            "json",
            f"byte {error.start} of the body is not UTF-8 (it looks like {likely_encoding(body)}); send UTF-8",
        ) from None
    except RepeatedKey as error:
        raise Refusal(400, "json", str(error)) from None
    except json.JSONDecodeError as error:
        raise Refusal(400, "json", f"not JSON at character {error.pos}; send {example}") from None
    except (ValueError, RecursionError):
        raise Refusal(400, "json", f"the body is nested or numbered beyond any use; send {example}") from None
    if not isinstance(content, dict):
        raise Refusal(422, "invalid", f"the body is no JSON object; send {example}")


def check_file(headers: Headers, body: bytes) -> None:
    """Raise Refusal for a form in the place of a file, whose lines would be taken for rows."""
    if _type(headers).startswith("multipart/") or FORM.match(body):
        raise Refusal(
            415, "type", "the body is a form; send the file itself, as curl --data-binary @pairs.tsv does, not with -F"
        )


def _type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
