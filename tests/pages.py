"""The pages that people read, and the blocks of code in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from yiju.job.code_version import SCRIPTS

ROOT = SCRIPTS.parent
NOTEBOOK = ROOT / "docs/notebook.ipynb"
PAGES = [ROOT / "README.md", ROOT / "data/README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True)
class Block:
    """A fenced block: the first word after the fence is its kind, a second one the file that it is written to."""

    page: str
    line: int
    kind: str
    file: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.kind}"


def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(page: Path) -> list[Block]:
    """Fenced and indented code of a page, in order; indented code has no kind."""
    found = [token for token in tokens(page) if token.type in ("fence", "code_block")]
    return [_block(page, token) for token in found]


def _block(page: Path, token: Token) -> Block:
    kind, file, *_ = [*token.info.split(), "", ""]
    return Block(str(page.relative_to(ROOT)), (token.map or [0])[0] + 1, kind, file or None, token.content)


def links(page: Path) -> Iterator[str]:
    """Targets of a page's links and pictures."""
    for token in tokens(page):
        for part in token.children or []:
            target = part.attrs.get("href") or part.attrs.get("src")
            if target:
                yield str(target)


def headings(page: Path) -> list[str]:
    return [after.content for token, after in pairwise(tokens(page)) if token.type == "heading_open"]
