"""Prompts with both texts of a pair in them: from an option or a chat template, checked on texts of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from yiju.base.errors import YijuError

# What `template` names where the texts and the instruction go.
Q, T, INSTRUCTION = "{q}", "{t}", "{instruction}"
# Texts that a prompt is tried on: letters, digits, marks, spaces and line breaks at either end, marks that combine.
TEXTS = (
    "怎么开通花呗",
    "？怎么！",
    "What is it",
    "a.",
    "'s 13",
    "7",
    "7.2%",
    " x ",
    "  两端  ",
    "\t表\t",
    "\n行\n",
    "\r\n\n行 \n\n",
    "(é)",
    "\u0301e\u0301",
    "\u0338=\u0338",
    "👨‍👩‍👧",
    "한글",
    "<a>",
    "-_/",
    "Ａ。",
)
PROBES = tuple(zip(TEXTS, (*TEXTS[7:], *TEXTS[:7]), strict=True))


class Names(NamedTuple):
    """How a message calls what a caller says of the prompt, and an example of all."""

    template: str = "template"
    answers: str = "answers"
    instruction: str = "instruction"
    example: str = (
        'from_pretrained(…, answers=("no", "yes"), template="… {instruction} … {q} … {t} …", instruction="…")'
    )

    def __str__(self) -> str:
        return f"{self.template}, {self.answers} and {self.instruction}"


IN_PYTHON = Names()
ON_COMMAND_LINE = Names(
    "--template", "--answers", "--instruction", '--answers yes no --template FILE --instruction "…"'
)


@dataclass(frozen=True)
class Wording:
    """What a caller says of the prompt, None where the folder's own files are to say it.

    template: a text with {q}, {t} and, if need be, {instruction} in it; answers: ("no", "yes"), or "yes" alone;
    instruction: what the model is told to judge; names: what messages call these.
    """

    template: str | None = None
    answers: tuple[str, str] | str | None = None
    instruction: str | None = None
    names: Names = IN_PYTHON

    @property
    def given(self) -> bool:
        """Whether anything is said."""
        return (self.template, self.answers, self.instruction) != (None, None, None)


@dataclass(frozen=True)
class Prompt:
    """What stands before q, between q and t, and after t."""

    before: str
    between: str
    after: str

    def whole(self, q: str, t: str) -> str:
        return f"{self.before}{q}{self.between}{t}{self.after}"


def written_prompt(template: str, instruction: str | None, names: Names = IN_PYTHON) -> Prompt:
    """The prompt of an option `template`, a text with {q} and {t}, and with {instruction} or without.

    names: what messages call the options. Raises YijuError for one that lacks a text, or has one twice or t before q,
    and where the instruction is missing or has no place.
    """
    if not isinstance(template, str) or [template.count(one) for one in (Q, T)] != [1, 1]:
        raise YijuError(
            f"{names.template} is {str(template)[:80]!r}; give a text with {Q} and {T} in it, each of them once"
        )
    before, rest = template.split(Q)
    if T not in rest:
        raise YijuError(f"{names.template} has {T} before {Q}; write it after, and exchange the two texts of each pair")
    if (INSTRUCTION in template) != (instruction is not None):
        raise YijuError(
            f"{names.template} has a place for {INSTRUCTION}, and none is given; give {names.instruction}"
            if instruction is None
            else f"{names.template} has no place for the instruction; write {INSTRUCTION} where it goes"
        )
    parts = (before, *rest.split(T))
    return Prompt(*(part.replace(INSTRUCTION, instruction or "") for part in parts))


def rendered_prompt(render: Callable[[str, str], str], place: str) -> Prompt:
    """The prompt that a function renders of two texts.

    Raises YijuError, saying what it makes of them, for one that lacks or repeats a text, or changes texts.
    """
    q, t = TEXTS[0], TEXTS[2]
    found = render(q, t)
    if [found.count(text) for text in (q, t)] != [1, 1] or found.index(t) < found.index(q):
        raise YijuError(
            f"{place}: the chat template makes {found[-200:]!r} of the messages query {q!r} and document {t!r}, not a "
            "prompt with the one and then the other in it"
        )
    before, rest = found.split(q)
    prompt = Prompt(before, *rest.split(t))
    for pair in PROBES:
        if render(*pair) != prompt.whole(*pair):
            raise YijuError(
                f"{place}: the chat template changes the texts {pair!r} or what stands around them, so that an "
                "explanation could not point to their characters"
            )
    return prompt
