"""The last lines of a run in the terminal: how good the model is, which explanation holds, and what to do next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from yiju.base.plurals import counted
from yiju.base.programs import program
from yiju.models.measured import WORDS, Measured, read_measured
from yiju.report.number_formats import percent, signed_points, words
from yiju.report.results import Judgements, read_judgements
from yiju.report.run_warnings import CONFIG as RESOLVED
from yiju.report.run_warnings import run_warnings

PAGE, EXPLANATION, CONFIG, LEDGER = "report/index.html", "explanation.json", "config.json", "data/ledger.json"
SPLITS = ("train", "dev", "test")


def closing(run: Path) -> list[str]:
    """Lines about a finished run. run: its folder of results; nothing where its report is missing."""
    if not (run / PAGE).is_file():
        return []
    return [*_data(run), *_accuracy(run), *_explanation(run), *_warnings(run), f"report: {run / PAGE}", *_next(run)]


def _data(run: Path) -> Iterator[str]:
    """How many pairs are learnt, choose and measure, and what was left out."""
    file = run / LEDGER
    if file.is_file():
        total = json.loads(file.read_text(encoding="utf-8"))["total"]
        kept = words([f"{total['splits'][split]:,} {split}" for split in SPLITS if split in total["splits"]])
        out = [f"{rows:,} ({reason})" for counts in ("dropped", "rejected") for reason, rows in total[counts].items()]
        yield f"data: {kept} pairs" + (f"; left out: {', '.join(out)}" if out else "")


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
    beyond += f"; more frequent label: {percent(one.accuracy['majority'].value)}" if "majority" in one.accuracy else ""
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


def _warnings(run: Path) -> Iterator[str]:
    """The titles of the report's warnings."""
    if (run / RESOLVED).is_file():
        found = run_warnings(run)
        told = "; ".join(one.title for one in found)
        yield f"warnings, which the report explains: {told}" if found else "warnings: none"


def _next(run: Path) -> Iterator[str]:
    """The commands to type next, where the run has left a model."""
    model = next((file.parent for file in sorted((run / "folds").glob(f"*/model/{CONFIG}"))), None)
    if model:
        yield f"next: {program('yiju')} explain SENTENCE SENTENCE --model {model}"
        yield f"or, in the browser: {program('yiju')} serve --model {model}"
