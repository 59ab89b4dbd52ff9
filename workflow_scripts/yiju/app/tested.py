"""A test of behaviour from beginning to end: items, judgements, failures, requirements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from yiju.app.behaviour_judge import judge_of
from yiju.data.behaviour.suite import Pair
from yiju.data.behaviour.suites import Suite
from yiju.evaluation.behaviour import judged, outcomes, summary
from yiju.evaluation.requirements import Requirement, checked

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer


def tested(
    explainer: Explainer,
    name: str,
    suite: Suite,
    pairs: Sequence[Pair],
    lines: Sequence[int],
    seed: int,
    per_category: int | None,
    similar: str | None,
    second: tuple[Explainer, str] | None,
    requirements: Sequence[Requirement],
) -> dict[str, Any]:
    """What `yiju test` writes as JSON.

    name: what the model is called; pairs: the user's, and the lines of their file; similar: see `judge_of`; second:
    another model, and what that one is called.
    """
    # Before anything is made: a model that cannot be tested is refused at once.
    judge = judge_of(explainer, name, similar)
    other = None if second is None else judge_of(*second, similar)
    items = suite.made(pairs, seed, per_category)
    verdicts = judged(items, judge)
    facts = summary(items, verdicts, None if other is None else judged(items, other))
    every = [_with_line(one, lines) for one in outcomes(items, verdicts)]
    return {
        "suite": suite.name,
        "seed": seed,
        "model": name,
        "against": None if second is None else second[1],
        "items": len(items),
        **facts,
        "not_made": suite.not_made,
        "published": list(suite.published),
        "requirements": checked(requirements, facts["categories"]),
        "failures": [one for one in every if not one["passed"]],
        "judged": every,
    }


def _with_line(outcome: dict[str, Any], lines: Sequence[int]) -> dict[str, Any]:
    """With the line of the file that an item was made of in the place of its row; None of the project's own frames."""
    row = outcome.pop("row")
    # A suite of a file has no table beside it: its rows are those of the file.
    return outcome | {"line": None if row < 0 else lines[row] if lines else row + 1}
