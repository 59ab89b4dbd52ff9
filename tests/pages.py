"""The pages that people read, and the blocks of code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from yiju.job.code_version import SCRIPTS

ROOT = SCRIPTS.parent
NOTEBOOK = ROOT / "docs/notebook.ipynb"
# Every Chinese page, and the English page that it is kept in step with (tests/docs/test_chinese.py).
CHINESE = {ROOT / "README.zh.md": ROOT / "README.md"}
CHINESE |= {page: ROOT / "docs" / page.name for page in sorted((ROOT / "docs/zh").glob("*.md"))}
# Without the Chinese ones, whose blocks of code are those of the English pages.
PAGES = [ROOT / "README.md", ROOT / "data/README.md", *sorted(set((ROOT / "docs").rglob("*.md")) - set(CHINESE))]


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
    return parsed(page.read_text(encoding="utf-8"))


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def blocks(page: Path) -> list[Block]:
    """Fenced and indented code of a page, in order; indented code has no kind."""
    found = [token for token in tokens(page) if token.type in ("fence", "code_block")]
    return [_block(page, token) for token in found]


def _block(page: Path, token: Token) -> Block:
    kind, file, *_ = [*token.info.split(), "", ""]
    return Block(str(page.relative_to(ROOT)), (token.map or [0])[0] + 1, kind, file or None, token.content)


def links(page: Path) -> Iterator[str]:
    """Targets of a page's links and pictures."""
    return targets(tokens(page))


def targets(found: list[Token]) -> Iterator[str]:
    """Targets of links and pictures as the page writes them: the parser has encoded characters beyond ASCII."""
    for token in found:
        for part in token.children or []:
            target = part.attrs.get("href") or part.attrs.get("src")
            if target:
                yield unquote(str(target))


def headings(page: Path) -> list[str]:
    return [after.content for token, after in pairwise(tokens(page)) if token.type == "heading_open"]


def anchor(heading: str) -> str:
    """The name that a heading is linked by, as code hosts and Sphinx make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
