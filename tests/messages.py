"""Every message of the code, of the templates and of the report's programs, as translators find them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes
from projects import ROOT

from yiju.report.explorer import SAID

PACKAGE = ROOT / "workflow_scripts" / "yiju"
REPORT = PACKAGE / "report"
# What a call names first, and for a number of things the second: the catalogues have the plural.
CALLS = {"gettext": 0, "ngettext": 1, "_": 0, "_n": 1}


def in_code() -> Iterator[str]:
    """Messages of calls in Python; a call with a variable names none."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                place = CALLS[node.func.id]
                if len(node.args) > place and isinstance(node.args[place], ast.Constant):
                    yield node.args[place].value


def in_templates() -> Iterator[str]:
    """Messages of the report's pages and of the card, which are never variables: markup in them is trusted."""
    for file in templates():
        for call in Environment().parse(file.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "_n"):
                message = call.args[CALLS[call.node.name]]
                assert isinstance(message, nodes.Const), f"{file}: a message that is no constant"
                yield message.value


def templates() -> list[Path]:
    return [
        *(file for name in ("page", "dossier") for file in sorted((REPORT / name).glob("*.html"))),
        REPORT / "card/card.md",
    ]


def in_programs() -> Iterator[str]:
    for file in sorted((REPORT / "page").glob("*.js")):
        yield from map(json.loads, SAID.findall(file.read_text(encoding="utf-8")))


def messages() -> list[str]:
    """All of them, each once, in the order of the files."""
    return list(dict.fromkeys([*in_code(), *in_templates(), *in_programs()]))
