"""The categories of the suite `zh-match`, and what makes their items."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from yiju.base.suggestions import hint
from yiju.data.behaviour import denial, details, roles, wording, writing
from yiju.data.behaviour.minimal_pairs import OfPair, OfText


@dataclass(frozen=True)
class Category:
    """of_text: what makes items of a sentence; of_pair: of a pair.

    keeps: whether the edit keeps the meaning whatever the sentence: then a user's pair is edited in its second
    sentence, and must be judged as before; the share that is not is what a model turns without need.
    """

    title: str
    of_text: OfText | None = None
    of_pair: OfPair | None = None
    keeps: bool = False


CATEGORIES: dict[str, Category] = {
    "negation": Category("negation", denial.negation),
    "double_negation": Category("double negation", denial.double_negation),
    "antonym": Category("antonym", denial.antonym),
    "number_unit": Category("number and unit", details.number_unit),
    "entity": Category("named entity", details.entity),
    "time_aspect": Category("time and aspect", details.time_aspect),
    "degree": Category("comparative and degree", details.degree),
    "exchanged_roles": Category("subject and object exchanged", roles.exchanged_roles),
    "symmetric_roles": Category("symmetric roles exchanged", roles.symmetric_roles),
    "passive": Category("passive with 被 and 把", roles.passive),
    "question_word": Category("question word", wording.question_word),
    "synonym": Category("synonym", wording.synonym),
    "word_order": Category("word order that means the same", wording.word_order),
    "particles": Category("particles and politeness", wording.particles, keeps=True),
    "traditional": Category("traditional characters", writing.traditional, keeps=True),
    "full_width": Category("full width", writing.full_width, keeps=True),
    "misspelling": Category("misspelling by sound and shape", writing.misspelling, keeps=True),
    "spacing": Category("white space and punctuation", writing.spacing, keeps=True),
    "order": Category("order of the two sentences", of_pair=writing.exchanged_sentences, keeps=True),
}
NULL_EDITS = tuple(name for name, one in CATEGORIES.items() if one.keeps)


def category_of(name: str, known: Collection[str], *more: str) -> str:
    """The known category that is written so, with - for _ too. Raises ValueError for an unknown one.

    more: what else may stand in the place of a category, which the error names.
    """
    for one in (name, name.replace("-", "_")):
        if one in known or one in more:
            return one
    raise ValueError(f"no category {name!r}{hint(name, known)}; there are {' and '.join((', '.join(known), *more))}")
