"""Every Chinese page is in step with its English page, section by section, and keeps to Chinese typography."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it.token import Token
from pages import CHINESE, ROOT, anchor, headings, links, parsed, targets

REMEDY = "Bring the page that is out of date into step with the other one."
DIGITS = "[0-9⁰¹²³⁴-⁹]+"
NUMBER = re.compile(rf"(?:(?<![\w)])-)?\.?{DIGITS}(?:[.,]{DIGITS})*")
HAN, FULL = "㐀-鿿", "，。、；：？！“”（）《》"
# Inline code has been replaced by a letter before these are looked for.
TYPOGRAPHY = {
    "half-width punctuation between Chinese characters": rf"[{HAN}] ?[,.;:?!]+ ?[{HAN}]",
    "no space between a Chinese character and a letter or digit": rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]",
    "a space or a line end between Chinese characters": rf"[{HAN}{FULL}] +[{HAN}{FULL}]",
    "a space beside full-width punctuation": rf" [{FULL}]|[{FULL}] ",
    "a mark of emphasis that is shown as it is": r"\*",
}
PAIRS = pytest.mark.parametrize("page", CHINESE, ids=lambda page: str(page.relative_to(ROOT)))


@dataclass(frozen=True)
class Facts:
    """What a section says whatever the language. The order and number of links and inline code may differ."""

    heading_level: str
    code_blocks: tuple[str, ...]
    table_rows: int
    list_items: int
    numbers: Counter[str]
    inline_code: frozenset[str]
    link_targets: frozenset[str]


@PAIRS
def test_it_says_what_the_english_page_says(page):
    found = differences(page, page.read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


@PAIRS
def test_its_typography_is_chinese(page):
    texts = [shown(token) for token in parsed(page.read_text(encoding="utf-8")) if token.type == "inline"]
    found = [slip for text in texts for slip in slips(text)]
    assert not found, "\n".join(found)


@PAIRS
def test_the_two_pages_lead_to_each_other_in_their_first_line(page):
    english = CHINESE[page]
    assert next(links(page)) == os.path.relpath(english, page.parent)
    assert next(links(english)) == os.path.relpath(page, english.parent)


@PAIRS
def test_it_leads_to_chinese_pages_where_there_are_any(page):
    _to_english, *others = links(page)
    assert [link for link in others if (page.parent / urlsplit(link).path).resolve() in CHINESE.values()] == []


def test_the_chinese_readme_leads_to_every_chinese_page():
    readme = ROOT / "README.zh.md"
    known = {(ROOT / urlsplit(link).path).resolve() for link in links(readme)}
    assert set(CHINESE) - {readme} <= known


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("0.73", "0.74", "numbers"),
        ("-0.07", "0.07", "numbers"),
        ("2,000", "200", "numbers"),
        ("$ make study SET=sample", "$ make study SET=dev", "code_blocks"),
        ("`yiju study`", "`yiju compare`", "inline_code"),
        ("### 为句对设计的指标", "#### 为句对设计的指标", "heading_level"),
        ("- **Infidelity**", "**Infidelity**", "list_items"),
        ("| `random` | 随机：随机得分，任何方法都应当胜过它 |  |\n", "", "table_rows"),
        ("running.md", "page.md", "link_targets"),
    ],
)
def test_a_change_of_one_page_is_found(old, new, fact):
    page = next(page for page in CHINESE if old in page.read_text(encoding="utf-8") and page.name != "README.zh.md")
    found = differences(page, page.read_text(encoding="utf-8").replace(old, new, 1))
    assert any(f": {fact}: " in one for one in found), found
    assert all(page.name in one and REMEDY in one for one in found)


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("相似,不相似。", "half-width"),
        ("判断为相似. 不相似", "half-width"),
        ("共200 个句对", "no space"),
        ("用`yiju explain`解释", "no space"),
        ("一行\n另一行", "a space or a line end"),
        ("列出 `a`、\n`b`", "a space beside"),
        ("**依据。**后面", "a mark of emphasis"),
    ],
)
def test_a_slip_of_typography_is_found(text, slip):
    (found,) = slips(shown(parsed(text)[1]))[:1]
    assert found.startswith(slip)


def test_right_typography_is_no_slip():
    assert slips(shown(parsed("在 Python 中，用 `yiju` 判断 200 个**句对**（95% 置信区间）。")[1])) == []


def differences(page: Path, text: str) -> list[str]:
    """How the text of a Chinese page differs from its English page, with the section and what to do."""
    english = CHINESE[page]
    pairs = zip_longest(sections(english.read_text(encoding="utf-8")), sections(text), fillvalue=[])
    return [message for one, other in pairs for message in _differences(english, one, page, other)]


def _differences(english: Path, one: list[Token], chinese: Path, other: list[Token]) -> Iterator[str]:
    expected, found = facts(english, one), facts(chinese, other)
    for name in (field.name for field in fields(Facts)):
        wanted, given = getattr(expected, name), getattr(found, name)
        if wanted != given:
            yield f"{place(english, one)} and {place(chinese, other)}: {name}: {unequal(wanted, given)}. {REMEDY}"


def unequal(wanted: object, given: object) -> str:
    """The two values; of collections only what is in one of them."""
    if isinstance(wanted, (Counter, frozenset)):
        wanted, given = wanted - given, given - wanted
    return f"English {wanted!r}, Chinese {given!r}"


def place(page: Path, section: list[Token]) -> str:
    """The page and the heading of one of its sections."""
    heading = next((token.content for token in section if token.type == "inline"), "(no such section)")
    return f"{page.relative_to(ROOT)} ({heading})"


def sections(text: str) -> list[list[Token]]:
    """The parts of a page, each from one heading to the next."""
    found: list[list[Token]] = []
    for token in parsed(text):
        if token.type == "heading_open" or not found:
            found.append([])
        found[-1].append(token)
    return found


def facts(page: Path, section: list[Token]) -> Facts:
    kinds = Counter(token.type for token in section)
    inlines = [token for token in section if token.type == "inline"]
    numbers = (plain(number) for token in inlines for number in NUMBER.findall(shown(token)))
    return Facts(
        heading_level=next((token.tag for token in section if token.type == "heading_open"), "none"),
        code_blocks=tuple(f"{one.info}\n{one.content}" for one in section if one.type in ("fence", "code_block")),
        table_rows=kinds["tr_open"],
        list_items=kinds["list_item_open"],
        numbers=Counter(numbers),
        inline_code=frozenset(
            part.content for token in inlines for part in token.children or [] if part.type == "code_inline"
        ),
        link_targets=frozenset(destination(page, link) for link in targets(section)),
    )


def shown(token: Token) -> str:
    """What a reader sees of a paragraph, heading or cell: a letter for inline code, a space for a line end."""
    instead = {"code_inline": "x", "softbreak": " "}
    return "".join(instead.get(part.type, part.content) for part in token.children or [])


def plain(number: str) -> str:
    """A number without separators of thousands, and with a digit before its point."""
    return re.sub(r"^(-?)\.", r"\g<1>0.", number.replace(",", ""))


def destination(page: Path, link: str) -> str:
    """Where a link leads: an address, or the English page and the number of its heading."""
    parts = urlsplit(link)
    if parts.scheme:
        return link
    file = (page.parent / parts.path).resolve() if parts.path else page
    numbers = {anchor(heading): number for number, heading in enumerate(headings(file))} if parts.fragment else {}
    return f"{CHINESE.get(file, file).relative_to(ROOT)} {numbers.get(parts.fragment, '')}".strip()


def slips(text: str) -> list[str]:
    """What is wrong with the typography of a text, each with the characters around it."""
    found = ((name, slip) for name, pattern in TYPOGRAPHY.items() for slip in re.finditer(pattern, text))
    return [f"{name}: {text[max(0, slip.start() - 10) : slip.end() + 10]}" for name, slip in found]
