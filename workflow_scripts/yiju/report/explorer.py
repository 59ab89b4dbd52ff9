"""The examples that the page's explorer shows: as JSON that cannot end the element it stands in, within a bound."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from yiju.base.language import gettext
from yiju.evaluation.examples.draw_examples import take_turns
from yiju.explain.strength import FLOOR, SCALE, in_words, strength

# Of a page of at most 5 MB; the rest is for the figures.
BUDGET = 2_000_000
# Steps of a matrix's cells from 0 to the largest: finer than colours can show.
STEPS = 999
# Characters that could end the element, begin another one, or end a line of a script: all of them only within strings.
ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
SCRIPTS = ("menu.js", "explorer.js")
# A text that a program shows: say("…", …), with {name} where a value stands.
SAID = re.compile(r'\bsay\(\s*("(?:[^"\\]|\\.)*")')


def explorer_context(lines: Sequence[dict], methods: Sequence[str]) -> dict[str, Any]:
    """The examples as JSON with the texts around them, and the page's program with the policy that allows it.

    marks: what the legend has to explain, because examples bear it.
    """
    shown = within_budget(lines)
    program, source = script()
    scale = {"scale": SCALE, "floor": FLOOR * SCALE}
    data = {"methods": methods, **scale, "examples": [compact(line) for line in shown], "texts": texts()}
    return {
        "explorer_data": embed(data),
        "explorer_program": program,
        "explorer_source": source,
        "explorer_shown": len(shown),
        "explorer_drawn": len(lines),
        "marks": {
            "unknown": any(line[side]["unknown"] for line in lines for side in "qt"),
            "unread": any(None in line[f"{side}_effects"] for line in lines for side in "qt"),
        },
    }


def texts() -> dict[str, str]:
    """Every text of the programs by its English message, in the language that is spoken."""
    found = {json.loads(one) for one in SAID.findall(_program())}
    return {message: gettext(message) for message in sorted(found)}


def read_lines(path: str | Path) -> list[dict]:
    """What examine_examples wrote, in its order; see `yiju.evaluation.examples.example_lines`."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]


def within_budget(lines: Sequence[dict], budget: int = BUDGET) -> list[dict]:
    """As many examples as the page has room for, of each set the first ones, in their order."""
    sets: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        sets.setdefault(line["set"], []).append(number)
    chosen, spent = [], 0
    for number in take_turns(sets.values()):
        spent += len(_json(compact(lines[number])).encode("utf-8"))
        if spent > budget:
            break
        chosen.append(number)
    return [lines[number] for number in sorted(chosen)]


def compact(line: dict) -> dict:
    """An example with its colours and what carries it in words, and its matrix in whole steps, and how large one is."""
    line = _coloured(line)
    if line["matrix"] is None:
        return line
    largest = max((abs(cell) for row in line["matrix"] for cell in row if cell is not None), default=0.0)
    step = largest / STEPS or 1.0
    cells = [[None if cell is None else round(cell / step) for cell in row] for row in line["matrix"]]
    return line | {"matrix": {"step": float(f"{step:.4g}"), "cells": cells}}


def _coloured(line: dict) -> dict:
    """The line with the strength of each segment's colour by each method, and a sentence, in the place of effects."""
    effects = {side: line[f"{side}_effects"] for side in "qt"}
    methods = {
        name: found | {f"{side}_colours": list(map(_colour, found[side], effects[side])) for side in "qt"}
        for name, found in line["methods"].items()
    }
    kept = {key: value for key, value in line.items() if not key.endswith("_effects")}
    return kept | {"methods": methods, "carried": carried(line)}


def carried(line: dict) -> str:
    """What carries the explained judgement, as a sentence."""
    whole = line["probability"] if line["explained"] else 1 - line["probability"]
    parts = [
        (side, place, text, effect)
        for side in "qt"
        for place, (text, effect) in enumerate(zip(segments_of(line, side), line[f"{side}_effects"], strict=True))
    ]
    return in_words(whole, parts)


def segments_of(line: dict, side: str) -> list[str]:
    """The texts of the segments of one sentence."""
    return [line[side]["text"][start:end] for start, end in line[side]["spans"]]


def _colour(score: float | None, effect: float | None) -> float:
    return round(strength(score, effect), 2)


def embed(value: object) -> Markup:
    """JSON for a data element of a page: no text in it can be taken for markup."""
    return Markup(_json(value))


def script() -> tuple[Markup, str]:
    """The page's program, and the source that the page's security policy allows: that program and no other."""
    text = _program()
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return Markup(text), f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _program() -> str:
    folder = Path(__file__).parent / "page"
    return "".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(ESCAPED)
