"""Help pages in the language of the terminal: click writes them in English, and what it writes is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from yiju.base.printable import columns
from yiju.base.terminal_language import said, spoken_here, told

# Before what stands behind the help of an option: its default, its range, its variable of the environment.
EXTRA = "  ["
# A piece that no line is broken in: a word, or one wide character with the marks that must not begin or end a line.
PIECE = re.compile(
    r"[（《“‘「『]*(?:[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’]+|[^\s])[，。；：、！？）》”’」』…]*|\s+"
)


class HelpPage(click.HelpFormatter):
    """As click's, with the texts in the language of the terminal, and wide characters counted as two columns."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        if spoken_here() == "en":
            super().write_usage(prog, args, prefix)
            return
        begin = f"{prefix or said('Usage: ')}{prog} "
        lines = wrapped(args, max(self.width - columns(begin), 20))
        self.write(begin + ("\n" + " " * columns(begin)).join(lines) + "\n")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{said(heading + ':')}\n")

    def write_text(self, text: str) -> None:
        if spoken_here() == "en":
            super().write_text(text)
            return
        indent = " " * self.current_indent
        parts = [_paragraph(part, self.width - self.current_indent) for part in paragraphs(text)]
        lines = [f"{indent}{line}".rstrip() for line in "\n\n".join(parts).split("\n")]
        self.write("\n".join(lines) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        if spoken_here() == "en":
            super().write_dl(rows, col_max, col_spacing)
            return
        rows = list(rows)
        first = min(max(columns(name) for name, _ in rows), col_max) + col_spacing
        indent = " " * (self.current_indent + first)
        for name, text in rows:
            lines = wrapped(explained(text), max(self.width - first - 2, 10))
            fits = columns(name) <= first - col_spacing
            begin = f"{name}{' ' * (first - columns(name))}" if fits else f"{name}\n{indent}"
            self.write(f"{'':>{self.current_indent}}{begin}" + f"\n{indent}".join(lines) + "\n")


def paragraphs(text: str) -> Iterator[str]:
    """Paragraphs of a help text: each as one line, but for those whose lines are kept, which begin with a backspace."""
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        kept = part.lstrip().startswith("\b")
        yield part if kept else " ".join(part.split())


def _paragraph(part: str, width: int) -> str:
    if part.lstrip().startswith("\b"):
        return part.partition("\n")[2]
    return "\n".join(wrapped(told(part), width))


def help_and_extras(text: str) -> tuple[str, list[str]]:
    """The help of an option, and what stands behind it in brackets: its default and so on."""
    own, *extras = f"  {text}".split(EXTRA) if text.startswith("[") else text.split(EXTRA)
    return own.strip(), [one.removesuffix("]") for one in extras]


def explained(text: str) -> str:
    """The second column of a help page."""
    own, extras = help_and_extras(text)
    return told(own) + "".join(f"{EXTRA}{told(one)}]" for one in extras)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many columns, broken between words and between Chinese characters."""
    lines, line = [], ""
    for piece in PIECE.findall(text):
        if line and columns((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        if line or not piece.isspace():
            line += piece
    return [*lines, line.rstrip()] if line else lines or [""]
