"""Questions with a known meaning: rendered from frames, each character remembering which word it serves.

A meaning is a domain, an intent and a concept in every slot. Two questions are similar iff their meanings are equal:
that is the label, and it is true by construction, whatever words, order and trimmings were drawn.

Planted evidence is the counterfactual kind: a word is evidence iff it belongs to a smallest set of words whose
exchange flips the label. In a similar pair that is every slot and the intent, on both sides (exchange any one of them
on one side and the questions differ); in a dissimilar pair it is exactly the slots, or the intent, in which the
meanings differ (make them agree and the questions are similar; no other exchange does it). So it is necessary: without
those words nothing is left to decide on; and sufficient: the label follows from them alone. Openers, closers, particles
and the words that only carry the frame are never evidence.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TypeVar

from tools.sample.domain import Domain
from tools.sample.lexicon import CLOSERS, OPENERS, OPENERS_OF_A_CLAUSE

T = TypeVar("T")

INTENT = "intent"
ROLES = {"asked": INTENT, "plain": ""}  # of a template's literal pieces, by kind
PIECE = re.compile(r"\{(?P<slot>\w+)\}|\[(?P<asked>[^]]+)\]|(?P<plain>[^[{]+)")
# As in the competition's files: Latin words are one segment, everything else is a segment of its own, digits too.
SEGMENT = re.compile(r"[A-Za-z]+|\S")


@dataclass(frozen=True)
class Meaning:
    """What is asked: `choices` names a concept for each slot of the domain, and the intent under INTENT."""

    domain: Domain
    choices: tuple[tuple[str, str], ...]

    @cached_property
    def concepts(self) -> dict[str, str]:
        return dict(self.choices)

    def get(self, role: str) -> str:
        return self.concepts[role]

    def having(self, **changed: str) -> "Meaning":
        return replace(self, choices=tuple((role, changed.get(role, concept)) for role, concept in self.choices))

    def differs_in(self, other: "Meaning") -> set[str]:
        """Roles (slots or INTENT) in which two meanings of one domain differ."""
        return {role for role, concept in self.choices if other.get(role) != concept}


@dataclass(frozen=True)
class Question:
    """A meaning in words: an opener, the template's pieces, each with the role it serves ("" for none), a closer."""

    meaning: Meaning
    template: str
    body: tuple[tuple[str, str], ...]
    opener: str = ""
    closer: str = ""

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        return (self.opener, ""), *self.body, (self.closer, "")

    @cached_property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def roles(self) -> list[str]:
        """The role of every character. Length: that of the text."""
        return [role for text, role in self.pieces for _ in text]


def pick(rng: random.Random, items: Sequence[T]) -> T:
    """One of the items. By `random()`, the only draw whose sequence Python promises to keep between versions."""
    return items[int(rng.random() * len(items))]


def shuffled(rng: random.Random, items: Sequence[T]) -> list[T]:
    """The items in random order, by `random()` alone (see `pick`)."""
    keys = [rng.random() for _ in items]
    return [items[i] for i in sorted(range(len(items)), key=keys.__getitem__)]


def draw_meaning(rng: random.Random, domain: Domain) -> Meaning:
    """A meaning of the domain, every concept equally likely; a journey never ends where it starts."""
    choices = [(role, pick(rng, list(concepts))) for role, concepts in domain.slots.items()]
    meaning = Meaning(domain, (*choices, (INTENT, pick(rng, list(domain.intents)))))
    return meaning if _is_sensible(meaning) else draw_meaning(rng, domain)


def draw_other(rng: random.Random, meaning: Meaning) -> Meaning:
    """A meaning that differs: mostly in one role, sometimes in two; journeys now and then turned around."""
    if "from" in meaning.domain.slots and rng.random() < 0.04:
        return meaning.having(**{"from": meaning.get("to"), "to": meaning.get("from")})
    roles = shuffled(rng, [role for role, _ in meaning.choices])[: 1 if rng.random() < 0.75 else 2]
    other = meaning.having(**{role: _another(rng, meaning, role) for role in roles})
    return other if _is_sensible(other) else draw_other(rng, meaning)


def _another(rng: random.Random, meaning: Meaning, role: str) -> str:
    concepts = meaning.domain.intents if role == INTENT else meaning.domain.slots[role]
    return pick(rng, [concept for concept in concepts if concept != meaning.get(role)])


def _is_sensible(meaning: Meaning) -> bool:
    choices = dict(meaning.choices)
    return "from" not in choices or choices["from"] != choices["to"]


def render(rng: random.Random, meaning: Meaning, opener: float = 0.4, closer: float = 0.7) -> Question:
    """The meaning in words: any template of the intent, any surface of each concept; opener and closer by chance."""
    bare = worded(rng, meaning, pick(rng, meaning.domain.intents[meaning.get(INTENT)]))
    return replace(
        bare,
        opener=pick(rng, fitting_openers(bare.text)) if rng.random() < opener else "",
        closer=pick(rng, fitting_closers(bare.text)) if rng.random() < closer else "",
    )


def reworded(rng: random.Random, question: Question, meaning: Meaning) -> Question:
    """The question asked of another meaning (or the same) in other words: trimmings kept where they still fit."""
    templates = meaning.domain.intents[meaning.get(INTENT)]
    kept = question.template if question.template in templates else pick(rng, templates)
    bare = worded(rng, meaning, kept)
    return replace(
        bare,
        opener=question.opener if question.opener in fitting_openers(bare.text) else "",
        closer=question.closer if question.closer in fitting_closers(bare.text) else "",
    )


def worded(rng: random.Random, meaning: Meaning, template: str) -> Question:
    """The template filled: any surface of each concept, no trimmings."""
    body = tuple(
        (pick(rng, meaning.domain.slots[text][meaning.get(text)]), text) if kind == "slot" else (text, ROLES[kind])
        for kind, text in _parsed(template)
    )
    return Question(meaning, template, body)


@cache
def _parsed(template: str) -> list[tuple[str, str]]:
    """The template's pieces: kind (slot, asked, plain) and text, a slot's name standing for it."""
    return [(str(found.lastgroup), found[str(found.lastgroup)]) for found in PIECE.finditer(template)]


def fitting_openers(text: str) -> list[str]:
    """Openers that can go before the text: 我想问一下我想在… and 谁知道我想在… are no Chinese."""
    speaks_of_me = text.startswith("我")
    return [opener for opener in OPENERS if not (speaks_of_me and opener in OPENERS_OF_A_CLAUSE)]


def fitting_closers(text: str) -> list[str]:
    """Closers that can follow the text: no second particle after 吗 or 不."""
    has_particle = text.endswith(("吗", "不"))
    return [closer for closer in CLOSERS if not (has_particle and closer[0] in "呢啊呀")]


def segments(text: str) -> list[str]:
    """The benchmark's segmentation: a character each, Latin words whole; white space dropped."""
    return SEGMENT.findall(text)


def evidence(q: Question, t: Question) -> tuple[list[int], list[int]]:
    """Segment indices of the planted evidence in each question, ascending (see the module's docstring)."""
    roles = q.meaning.differs_in(t.meaning) or {role for role, _ in q.meaning.choices}
    return _indices(q, roles), _indices(t, roles)


def _indices(question: Question, roles: set[str]) -> list[int]:
    by_character = question.roles
    starts = [found.start() for found in SEGMENT.finditer(question.text)]
    return [index for index, start in enumerate(starts) if by_character[start] in roles]
