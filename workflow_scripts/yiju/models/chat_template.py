"""Prompts that a folder's chat template renders: in the sandbox of transformers, and within bounds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from jinja2 import Environment
from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.border import border

# Characters of a chat template. The longest that are published have a quarter of this.
LONGEST = 2**16
# Lines of its code that one rendering may run, and characters or parts that one of its values may have.
STEPS, SIZE = 20_000, 2**20
# What makes a long text, or a long computation, of a few characters.
GROWING = {"*", "**", "%", "range", "lipsum", "center", "format", "ljust", "rjust", "zfill", "indent"}
# The name of the file that Jinja gives to the code of a template.
CODE = "<template>"
ROLES = ("query", "document")
REMEDY = 'write the prompt as an option: template="… {instruction} … {q} … {t} …"'


@dataclass(frozen=True)
class ChatTemplate:
    """A tokeniser's chat template as sentence-transformers uses it: a message for each text, and for the instruction.

    structured: whether a message's content is a list of typed parts; options: of the template, such as
    add_generation_prompt; place: what messages begin with.
    """

    tokenizer: PreTrainedTokenizerBase
    structured: bool
    options: dict[str, Any]
    place: str

    def rendered(self, q: str, t: str, instruction: str | None) -> str:
        """The prompt of a pair. Raises YijuError for a template that fails, or that needs too many steps."""
        texts = list(zip(ROLES, (q, t), strict=True))
        said = texts if instruction is None else [("system", instruction), *texts]
        messages = [{"role": role, "content": self._content(text)} for role, text in said]
        with border(self.place, "the chat template cannot be rendered", REMEDY), _bounded(self.place):
            # transformers names fewer kinds of messages than it renders.
            prompt = self.tokenizer.apply_chat_template(messages, tokenize=False, **self.options)  # type: ignore[arg-type]
            return str(prompt)

    @property
    def names_pairs(self) -> bool:
        """Whether it speaks of the roles of a pair, and does not pass whatever roles there are through."""
        source = self.tokenizer.get_chat_template()
        return all(role in source for role in ROLES)

    def _content(self, text: str) -> str | list[dict[str, str]]:
        return [{"type": "text", "text": text}] if self.structured else text


def chat_template_of(
    tokenizer: PreTrainedTokenizerBase, structured: bool, options: dict[str, Any], place: str
) -> ChatTemplate:
    """The chat template of a tokeniser. Raises YijuError where there is none, and for one that could grow too far."""
    with border(place, "no chat template", REMEDY):
        source = tokenizer.get_chat_template()
    if len(source) > LONGEST:
        raise YijuError(f"{place}: the chat template has {len(source):,} characters, more than {LONGEST:,}; {REMEDY}")
    with border(place, "the chat template is damaged", REMEDY):
        growing = sorted({value for _, kind, value in Environment().lex(source) if _grows(kind, value)})
    if growing:
        raise YijuError(
            f"{place}: the chat template uses {', '.join(growing)}, which make much of little and no prompt needs; "
            f"{REMEDY}"
        )
    return ChatTemplate(tokenizer, structured, options, place)


def _grows(kind: str, value: str) -> bool:
    return kind in ("operator", "name") and value in GROWING


@contextmanager
def _bounded(place: str) -> Iterator[None]:
    """Let the code of a template run so many lines at most, whatever else the thread runs. Raises YijuError."""
    left, before = STEPS, sys.gettrace()

    def traced(frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ARG001, the interpreter's signature
        nonlocal left
        if frame.f_code.co_filename != CODE:
            return None
        left -= 1
        if left < 0 or any(len(value) > SIZE for value in frame.f_locals.values() if isinstance(value, str | list)):
            raise YijuError(f"{place}: rendering the chat template takes too long, or too much memory; {REMEDY}")
        return traced

    sys.settrace(traced)
    try:
        yield
    finally:
        sys.settrace(before)
