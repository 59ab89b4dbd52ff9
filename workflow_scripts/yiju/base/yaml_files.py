"""YAML files of settings: read as one mapping, and what YAML would silently take for something else is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from yiju.base.encodings import conversion
from yiju.base.errors import YijuError

# Whole numbers and fractions as everybody reads them. YAML 1.1 also knows octal ones (012 is 10), hexadecimal and
# binary ones, and 1_000 and 1:30 (which is 90).
PLAIN = re.compile(r"[-+]?(0|[1-9][0-9]*)|[-+]?[0-9]*\.[0-9]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.IGNORECASE)
# A key and its value without a space between them, which are no key to YAML; an address and a path are none.
UNSPACED = re.compile(r"\s*(?:- )?([A-Za-z_]\w*):([^\s:/\\#'\"][^:#]{0,40}?)\s*$")
# As YAML names a TAB that it meets.
TAB = r"'\t'"
# libyaml parses ten times as fast; PyYAML has it on the usual platforms.
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
INTEGER, FLOAT, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("int", "float", "merge"))


def read_mapping(file: str | Path) -> dict[Any, Any]:
    """The content of a YAML file: sections and their keys; an empty file has none.

    Raises YijuError, naming the line, for a file that cannot be read, is no mapping, or holds one of `traps`.
    """
    root = compose(file)
    problems = list(traps(root, file))
    if problems:
        raise YijuError("\n".join(problems))
    try:
        content = {} if root is None else yaml.load(_text(file), FAST)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A value with a tag of its own, a day that no calendar has, a list as a key.
        raise YijuError(f"{file}{_line(error)}: {_problem(error)}") from None
    if root is None or content is None:
        return {}
    if not isinstance(content, dict):
        raise YijuError(
            f"{file} line {root.start_mark.line + 1}: the file must hold keys with values (key: value), but it is "
            f"{_kind(content)}{_unspaced(_text(file))}"
        )
    return content


def compose(file: str | Path) -> yaml.Node | None:
    """The nodes of a YAML file, which know their lines. Raises YijuError for a file that is no YAML."""
    text = _text(file)
    try:
        return _composed(text)
    except (yaml.YAMLError, RecursionError) as error:
        before = "\n".join(text.split("\n")[: _mark(error) + 1])
        raise YijuError(f"{file}{_line(error)}: {_problem(error)}{_unspaced(before)}") from None


@lru_cache(maxsize=16)
def _composed(text: str) -> yaml.Node | None:
    """Each wrong key of a configuration is looked up again. What is no YAML is said in the words of PyYAML's parser."""
    try:
        return yaml.compose(text, FAST)
    except yaml.YAMLError:
        return yaml.compose(text, yaml.SafeLoader)


def traps(root: yaml.Node | None, file: str | Path) -> Iterator[str]:
    """What YAML reads otherwise than it looks, a sentence each: keys written twice, and numbers in odd notations."""
    pending: list[tuple[tuple[str, ...], yaml.Node]] = [] if root is None else [((), root)]
    # An anchor may stand for the section that it stands in.
    seen = set()
    while pending:
        path, node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from _repeated(path, node, file)
            pending += [((*path, str(key.value)), part) for key, value in reversed(node.value) for part in (value, key)]
        elif isinstance(node, yaml.SequenceNode):
            pending += [((*path, str(place)), value) for place, value in reversed([*enumerate(node.value)])]
        elif _is_odd(node):
            line = node.start_mark.line + 1
            yield (
                f"{'.'.join(path)} ({file} line {line}): YAML reads {node.value} as {value_of(node)}; write the number "
                f'plainly, or "{node.value}" in quotes where a text is meant'
            )


def _repeated(path: tuple[str, ...], node: yaml.MappingNode, file: str | Path) -> Iterator[str]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == MERGE:
            continue
        line = key.start_mark.line + 1
        if key.value in first:
            yield (
                f"{'.'.join([*path, key.value])} ({file} line {line}): this key is at line {first[key.value]} already, "
                "and only the last one would count; write it once"
            )
        first.setdefault(key.value, line)


def _is_odd(node: yaml.Node) -> bool:
    return node.tag in (INTEGER, FLOAT) and not PLAIN.fullmatch(str(node.value))


def value_of(node: yaml.ScalarNode) -> object:
    """What YAML takes a value for; its text where it has none, such as a day that no calendar has."""
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        return node.value


def _text(file: str | Path) -> str:
    try:
        text = Path(file).read_text(encoding="utf-8")
        if "\0" not in text:
            return text
        raise YijuError(f"{file}: holds bytes of zero; save it as UTF-8, or convert it ({conversion(text.encode())})")
    except UnicodeDecodeError as error:
        raise YijuError(
            f"{file}: byte 0x{error.object[error.start]:02x} at offset {error.start} is not UTF-8; "
            f"save the file as UTF-8, or convert it ({conversion(error.object)})"
        ) from None
    except (OSError, ValueError) as error:
        # A path with a NUL in it is a ValueError.
        raise YijuError(f"{file}: the file cannot be read ({getattr(error, 'strerror', None) or error})") from None


def _line(error: Exception) -> str:
    line = _mark(error)
    return "" if line < 0 else f" line {line + 1}"


def _mark(error: Exception) -> int:
    """The line, from 0, where YAML cannot go on; -1 where it does not say."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line if mark else -1


def _unspaced(text: str) -> str:
    """That the space after a colon is missing, where a line looks like that; nothing else."""
    lines = enumerate(text.split("\n"), 1)
    found = next(((number, match) for number, line in lines if (match := UNSPACED.match(line))), None)
    return f"; in line {found[0]} a space is missing after the colon: {found[1][1]}: {found[1][2]}" if found else ""


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the file is not valid YAML (nested beyond any use)"
    said = getattr(error, "problem", None) or " ".join(str(error).split())[:200]
    return f"the file is not valid YAML ({said}){'; indent with spaces, not with TABs' if TAB in said else ''}"


def _kind(content: object) -> str:
    kinds: dict[type, str] = {list: "a list", str: "one text"}
    return kinds.get(type(content), f"one value of type {type(content).__name__}")
