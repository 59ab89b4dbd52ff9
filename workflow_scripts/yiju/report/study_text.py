"""A study outside the workflow as people read it: lines for the terminal, a Markdown document, or a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from yiju.base.plurals import be, verb
from yiju.base.printable import aligned
from yiju.base.terminal_language import told as in_language
from yiju.evaluation.metrics.bootstrap import FEWEST_RESAMPLED
from yiju.evaluation.study.recommend import CRITERIA
from yiju.explain.explanation import Judgement
from yiju.explain.notes import mostly_unknown
from yiju.report.number_formats import words
from yiju.report.study_tables import (
    FAILED,
    HEAD,
    TURNED_DECIDES,
    TURNED_HEAD,
    Row,
    decides,
    meanings,
    pairs_of,
    sections,
    title,
    turned_rows,
    turned_title,
)
from yiju.report.told_pages import page_of

MARKED = (
    "“one sentence” and “nothing else left” have 95 % intervals by distinct pair, in brackets. Such a figure holds "
    f"where its interval is above 0; {FAILED} marks a figure that is not shown to hold. By replacement “nothing else "
    "left” decides nothing and has no mark: two sentences of random tokens are not similar, whichever segments are "
    "left."
)
WARNING = (
    "Look at “one sentence” first. The search for the smallest rationale looks for a high “nothing else left” itself, "
    "by deletion, so random scores do nearly as well by that figure: compare it with the trivial rules."
)
NO_WEIGHTS = (
    "Whether the scores change when the weights of the model are drawn anew was not asked: the model is a function, "
    "and nobody sees its weights."
)
NO_MASK = "Nothing was put under [MASK]: the model's tokeniser has no mask token."


def doubts(judged: Sequence[Judgement]) -> list[str]:
    """What the model cannot know of the measured pairs, or did not read of them."""
    unknown, mostly = sum(one.unknown > 0 for one in judged), sum(map(mostly_unknown, judged))
    cut, told = sum(one.truncated for one in judged), []
    if unknown:
        told.append(
            f"{unknown:,} of {len(judged):,} measured pairs {verb(unknown, 'holds', 'hold')} characters that the "
            "model's vocabulary does not"
        )
    if mostly:
        told.append(
            f"In {mostly:,} of {len(judged):,} measured pairs half of the characters or more are unknown to the model: "
            "do not rely on what is judged and measured of such a pair"
        )
    if cut:
        told.append(
            f"{cut:,} of {len(judged):,} measured pairs {be(cut)} longer than the model reads: what was cut off counts "
            "for nothing"
        )
    return told


def answer(facts: Mapping) -> list[str]:
    """Which method to take, or that none holds, in plain words. facts: of `yiju.app.outside_study.study_pairs`."""
    best, few = facts["recommended"], _few(facts)
    there = [pairs_of(name) for word, name in facts["labels"].items() if facts["judged"][word]]
    whom = f"for {' and for '.join(there)}"
    if best["method"]:
        return [
            f"Take {title(best['method'])}: what it marks counts for more than as many characters drawn at random, "
            f"in whichever way they are taken away, {whom}; and no other method is better anywhere.",
            *few,
        ]
    if best["ranks"]:
        names = words([title(name) for name in best["ranks"]])
        return [f"No one method is best on this model. What holds {whom}: {names}.", f"{best['reason']}.", *few]
    none = "No method is shown to hold on this model" if few else "No method holds on this model"
    return [f"{none}: do not rely on explanations of its judgements.", *few, *_nearest(facts)]


def details(facts: Mapping) -> list[str]:
    """Why, in how many figures methods hold, which depend on the input alone, and what was not measured."""
    best, asked = facts["recommended"], _asked(facts)
    told = [f"By the rule of the study: {best['reason']}."]
    told += [
        f"{title(name)} holds in {asked - len(places)} of {asked} figures."
        for name, places in best["fails"].items()
        if places
    ]
    told += [
        f"{title(name)} is out: with all weights drawn anew the ranks of its scores correlate by {value:.2f} with "
        "those of before, so that it explains the sentences and not the model."
        for name, value in best["randomised"].items()
    ]
    told += [f"{title(name)} is left out: {reason}." for name, reason in facts["left_out"].items()]
    told += [] if "mask" in facts["operators"] else [NO_MASK]
    return told + ([] if facts["weights"] else [NO_WEIGHTS])


def lines(facts: Mapping) -> list[str]:
    """For the terminal; the answer comes last, where it is in view."""
    told = [*facts["notes"], ""]
    for heading, head, rows in _tables(facts):
        told += [heading, *aligned([tuple(map(in_language, row)) for row in (head, *rows)]), ""]
    known = [f"{name}: {meaning}" for name, meaning in meanings(facts).items()]
    return [*told, WARNING, MARKED, *_of_turned(facts), *known, "", *details(facts), "", *answer(facts)]


def _tables(facts: Mapping) -> Iterator[tuple[str, Row, Sequence[Row]]]:
    """Title, head and rows of every table."""
    yield from ((one.title, HEAD, one.rows) for one in sections(facts))
    yield from _turned_table(facts)


def _turned_table(facts: Mapping) -> Iterator[tuple[str, Row, Sequence[Row]]]:
    """Title, head and rows of what turned judgements, where it was measured."""
    if turned_rows(facts):
        yield turned_title(facts), TURNED_HEAD, turned_rows(facts)


def _of_turned(facts: Mapping) -> list[str]:
    """Whether that table counts, where there is one."""
    return [TURNED_DECIDES] if turned_rows(facts) else []


def markdown(facts: Mapping) -> str:
    """As a document of Markdown, with nothing of others that would be read as markup."""
    told = [f"# {in_language('Which explanation holds')}", "", *map(_plain, map(in_language, answer(facts))), ""]
    for heading, head, rows in _tables(facts):
        told += [_heading(heading), "", _piped(head), "|" + "---|" * len(head)]
        told += [*map(_piped, rows), ""]
    known = [f"- **{name}**: {_plain(meaning)}" for name, meaning in _columns(facts).items()]
    told += [_heading("How to read it"), "", *map(_item, (WARNING, MARKED, *_of_turned(facts))), *known, ""]
    measured = [*map(_item, facts["notes"]), *map(_item, details(facts))]
    return "\n".join([*told, _heading("How it was measured"), "", *measured, ""])


def html(facts: Mapping) -> str:
    """As a page in the look of the report, which needs nothing else; text of others is escaped."""
    known = {"sections": sections(facts), "answer": answer(facts), "details": details(facts)}
    known |= {"columns": _columns(facts), "decides": decides(facts)}
    known |= {"turned": list(_turned_table(facts))}
    texts = {"warning": WARNING, "marked": MARKED, "failed": FAILED, "turned_decides": TURNED_DECIDES}
    return page_of("outside.html", facts=facts, **known, **texts)


def _columns(facts: Mapping) -> dict[str, str]:
    """The columns, and what they mean, in the language of the terminal, which has either in one sentence."""
    told = [in_language(f"{name}: {meaning}") for name, meaning in meanings(facts).items()]
    return dict(re.split("：|: ", one, maxsplit=1) for one in told)


def _heading(text: str) -> str:
    return f"## {in_language(text)}"


def _asked(facts: Mapping) -> int:
    """How many figures a method has to hold in."""
    each = sum(operator in facts["operators"] for own in CRITERIA.values() for operator in own)
    return each * sum(count > 0 for count in facts["judged"].values())


def _nearest(facts: Mapping) -> list[str]:
    """The method that fails in the fewest figures, of those whose scores change with the weights."""
    best, asked = facts["recommended"], _asked(facts)
    fails = {name: len(own) for name, own in best["fails"].items() if name not in best["randomised"]}
    if not fails:
        return []
    name = min(fails, key=lambda one: fails[one])
    return [f"{title(name)} comes nearest: it holds in {asked - fails[name]} of {asked} figures."]


def _few(facts: Mapping) -> list[str]:
    """That there are too few pairs of a label for a narrow interval, if it is so."""
    few = {facts["labels"][word]: own for word, own in facts["judged"].items() if 0 < own < FEWEST_RESAMPLED}
    if not few:
        return []
    counts = words([f"{own} {be(own)} judged {name}" if name else f"{own} in all" for name, own in few.items()])
    return [
        f"Too few pairs: {counts}. Below {FEWEST_RESAMPLED} pairs of a label the intervals are rather too wide, so "
        "what is not shown to hold may be shown to hold with more pairs."
    ]


def _piped(row: Row) -> str:
    return f"| {' | '.join(map(_plain, map(in_language, row)))} |"


def _item(text: str) -> str:
    return f"- {_plain(in_language(text))}"


def _plain(text: str) -> str:
    """Text in which no character is markup, on one line."""
    special = "\\`*_[]<>|#"
    return "".join(f"\\{one}" if one in special else one for one in " ".join(text.split()))
