"""What the command line says, as it stands in the code: help pages, what commands print, and errors."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
from projects import ROOT

from yiju.app.cli import COMMANDS, Context, group
from yiju.app.cli.help_pages import help_and_extras, paragraphs
from yiju.base.sentences import PLACE

PACKAGE = ROOT / "workflow_scripts" / "yiju"
# What is called with a sentence for people: its place among the arguments.
ERRORS = {"YijuError", "Unsupported", "NotFinite", "BadRow", "BadParameter", "UsageError"}
# Why a row or a file is not what it should be, as it stands in the place of another message.
ERRORS |= {"_Bad", "_error", "Misplaced", "RepeatedKey"}
REASONS = {"jsonl.py", "model_facts.py", "stored.py", "stored_classes.py"}
SAID = {"say"}
# What validates the configuration, and a file of REASONS, raises these.
CONFIG = {"ValueError"}
# Nouns and verbs that agree with a number; Chinese has one form.
COUNTED, VERBS = "counted", {"be", "verb"}
LETTERS = re.compile(r"[A-Za-z]{2}.* |[A-Za-z]{4}")


def in_help() -> Iterator[str]:
    """Paragraphs of all commands, what their options are for, and what stands behind them in brackets."""
    commands = [group, *(group.get_command(click.Context(group), name) for name in COMMANDS)]
    for command in [*commands, *(one for own in commands[1:] for one in getattr(own, "commands", {}).values())]:
        text = inspect.cleandoc(command.help or "").partition("\f")[0]
        yield from (part for part in paragraphs(text) if not part.lstrip().startswith("\b"))
        context = Context(command, info_name="yiju")
        for option in command.get_params(context):
            record = option.get_help_record(context)
            own, extras = help_and_extras(record[1]) if record else ("", [])
            yield from filter(None, [own, *extras])
    yield from (said for _, said in COMMANDS.values())


def in_code() -> Iterator[tuple[str, str]]:
    """Place and message of every error that a person can correct, and of every sentence that a command prints.

    {0}, {1} ... stand for what varies, {_} for a verb. Parts that are sentences of their own come as such.
    """
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        wanted = ERRORS | SAID | (CONFIG if file.parent.name == "config" or file.name in REASONS else set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in wanted:
                place = f"{file.relative_to(PACKAGE)}:{node.lineno}"
                module = importlib.import_module(_module(file))
                yield from ((place, one) for one in dict.fromkeys(messages_of(node.args[0], module)))


def messages_of(node: ast.expr, module: ModuleType) -> Iterator[str]:
    """The messages of an argument, the parts of a message last."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if LETTERS.search(node.value):
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from messages_of(node.body, module)
        yield from messages_of(node.orelse, module)
    elif isinstance(node, ast.JoinedStr):
        parts, number = [], 0
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
            elif isinstance(part, ast.FormattedValue):
                verb = isinstance(part.value, ast.Call) and _name(part.value.func) in VERBS
                parts.append("{_}" if verb else f"{{{number}}}")
                number += not verb
        message = "".join(parts)
        if LETTERS.search(PLACE.sub("", message)):
            yield message.strip()
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _inner(part.value, module)


def _inner(node: ast.expr, module: ModuleType) -> Iterator[str]:
    """Messages that stand in a place of another one."""
    if isinstance(node, ast.Name) and isinstance(getattr(module, node.id, None), str):
        text = getattr(module, node.id)
        if " " in text:
            yield text
    elif isinstance(node, ast.Call) and _name(node.func) == COUNTED:
        noun = node.args[1]
        if isinstance(noun, ast.Constant):
            yield from (f"{{0}} {noun.value}", f"{{0}} {noun.value}s")
    elif isinstance(node, ast.Call) and isinstance(function := getattr(module, _name(node.func), None), type(_inner)):
        yield from returned(function)
    elif isinstance(node, ast.IfExp | ast.JoinedStr):
        yield from (one for one in messages_of(node, module) if " " in one)


def returned(function: object) -> Iterator[str]:
    """Texts that a function of this package returns for a place of a message."""
    if not inspect.getmodule(function) or not str(inspect.getmodule(function).__name__).startswith("yiju."):
        return
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant | ast.JoinedStr | ast.IfExp):
            found = messages_of(node.value, inspect.getmodule(function))
            yield from (one for one in found if " " in one)


def filled(message: str) -> str:
    """The message with a number of its own in each place."""
    return PLACE.sub(lambda place: "is" if place[1] == "_" else f"7{place[1].lstrip('=#')}", message)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _module(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
