"""The text of a Python file's syntax tree, which every Python from 3.11 on writes in the same way.

`ast.dump` is no such text: Python 3.12 adds fields (`type_params`), 3.13 leaves empty ones out, and f-strings are cut
into other pieces since 3.12. Only the standard library is imported here, so that any interpreter can run this file.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

# What no result depends on: whether a name is read or written follows from its place, u"" is "", and comments on types.
SKIPPED = {"ctx", "kind", "type_comment", "type_ignores"}
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def canonical(node: object) -> str:
    """Write a node, a list of nodes, or the value of a field, in ASCII: without positions, comments and docstrings.

    Fields are sorted by name; one that is empty, None or 0 is left out. So a field that a later Python adds changes
    nothing in code that does not use it.
    """
    if isinstance(node, ast.Constant):
        return f"Constant({_plain(node.value)})"
    if isinstance(node, ast.AST):
        fields = ",".join(f"{name}={canonical(value)}" for name, value in _fields(node) if value)
        return f"{type(node).__name__}({fields})"
    if isinstance(node, list):
        return f"[{','.join(map(canonical, node))}]"
    return _plain(node)


def _fields(node: ast.AST) -> list[tuple[str, object]]:
    """Names and values of a node's fields that matter, sorted by name."""
    kind: Any = type(node)
    fields = {name: getattr(node, name, None) for name in _names(kind)}
    if isinstance(node, ast.JoinedStr):
        fields["values"] = _joined(node.values)
    if isinstance(node, DOCUMENTED):
        fields["body"] = _without_docstring(node.body)
    return list(fields.items())


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(sorted(set(kind._fields) - SKIPPED))


def _plain(value: object) -> str:
    """A value that shows its type. The digits of an int are hexadecimal: Python limits the length of decimal ones."""
    return hex(value) if type(value) is int else ascii(value)


def _joined(pieces: list[ast.expr]) -> list[ast.expr]:
    """Pieces of an f-string: neighbouring texts are one, and an empty text is none."""
    whole: list[ast.expr] = []
    for piece in pieces:
        before = whole[-1] if whole else None
        if isinstance(piece, ast.Constant) and isinstance(before, ast.Constant):
            whole[-1] = ast.Constant(str(before.value) + str(piece.value))
        elif not isinstance(piece, ast.Constant) or piece.value:
            whole.append(piece)
    return whole


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and type(first.value.value) is str:
        return body[1:] or [ast.Pass()]
    return body
