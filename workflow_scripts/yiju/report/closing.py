"""The last lines of a run in the terminal: how good the model is, which explanation holds, and what to do next."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from yiju.base.plurals import counted
from yiju.models.measured import WORDS, Measured, read_measured
from yiju.report.number_formats import percent, signed_points, words
from yiju.report.results import Judgements, read_judgements

PAGE, EXPLANATION, CONFIG = "report/index.html", "explanation.json", "config.json"


def closing(run: Path) -> list[str]:
    """Lines about a finished run. run: its folder of results; nothing where its report is missing."""
    if not (run / PAGE).is_file():
        return []
    return [*_accuracy(run), *_explanation(run), f"report: {run / PAGE}", *_next(run)]


def _accuracy(run: Path) -> Iterator[str]:
    """The accuracy of the set that says most: test, else another with labels, else dev, which chose the model."""
    found = sorted((run / "sets").glob("*/metrics.json"), key=lambda file: (_rank(file.parent.name), file))
    sets = (read_judgements(file.parent.name, file) for file in found)
    measured = next((one for one in sets if one.accuracy), None)
    yield _judged(measured) if measured else "accuracy: unknown, as no judged set has labels"


def _rank(name: str) -> int:
    return {"test": 0, "dev": 2}.get(name, 1)


def _judged(one: Judgements) -> str:
    ours = one.accuracy["model"]
    interval = f"95 % interval {percent(ours.low)} to {percent(ours.high)}"
    beside = f"; overlap baseline: {percent(one.accuracy['overlap'].value)}" if "overlap" in one.accuracy else ""
    beyond = f", difference {signed_points(one.beyond['overlap'])} points" if "overlap" in one.beyond else ""
    chose = "; its pairs chose the model and flatter it" if one.name == "dev" else ""
    where = f"accuracy on {one.name}, {counted(one.labelled, 'pair')}"
    return f"{where}: {percent(ours.value)} ({interval}){beside}{beyond}{chose}".replace("\N{NO-BREAK SPACE}", " ")


def _explanation(run: Path) -> Iterator[str]:
    file = run / EXPLANATION
    if file.is_file():
        yield _holding(read_measured(json.loads(file.read_text(encoding="utf-8")), str(file)))


def _holding(found: Measured) -> str:
    holding = [WORDS[label] for label in found.labels if label not in found.failing]
    failing = [WORDS[label] for label in found.failing]
    parts = [f"explanations: {found.name} explains dev best"]
    parts += [f"it holds for pairs judged {words(holding)}"] if holding else []
    parts += [f"do not rely on it for pairs judged {words(failing)}, where it is not shown to hold"] if failing else []
    return "; ".join(parts)


def _next(run: Path) -> Iterator[str]:
    """The command to type next, where the run has left a model."""
    model = next((file.parent for file in sorted((run / "folds").glob(f"*/model/{CONFIG}"))), None)
    if model:
        yield f"next: {_program()} serve --model {model}"


def _program() -> str:
    """How yiju is called: by its place below this folder, where it has one, so that no environment need be active."""
    beside = Path(sys.executable).parent / "yiju"
    place = os.path.relpath(beside)
    return place if beside.is_file() and not place.startswith(os.pardir) else "yiju"
