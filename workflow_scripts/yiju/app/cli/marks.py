"""How the terminal marks the characters of an explained sentence: in colours, or where there are none, by brackets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from yiju.app.cli.output import has_colours, styled
from yiju.base.printable import shown
from yiju.base.terminal_language import told

if TYPE_CHECKING:
    from yiju.explain.explanation import Explanation, Segment, Side

Colour = tuple[int, int, int]
# Full colours. Blue speaks for the label, orange against it.
FOR, AGAINST = (90, 170, 230), (245, 150, 60)
# Both colours of a character are set wherever one is, so that it can be read on a dark and on a light terminal.
WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (120, 0, 0)
# Without colours: what stands before and after the rationale, what the model does not know, and what it did not read.
RATIONALE, UNKNOWN, UNREAD = "【】", "〈〉", "〔〕"


def marked(side: Side) -> str:
    """A sentence with its segments in colours by `yiju.explain.strength`, or in brackets where there are none."""
    return coloured(side) if has_colours() else bracketed(side)


def coloured(side: Side) -> str:
    """A sentence with its segments coloured by `yiju.explain.strength`."""
    return "".join(between + (_coloured(one) if one else "") for between, one in _parts(side))


def bracketed(side: Side) -> str:
    """A sentence with its rationale, and what the model does not know or did not read, in brackets."""
    runs = groupby(_parts(side), lambda part: _brackets(part[1]) if part[1] else "")
    return "".join(_in_brackets(brackets, list(parts)) for brackets, parts in runs)


def legend(found: Explanation) -> list[str]:
    """A line that says what the marks mean, of those only that occur."""
    segments = [one for side in found.sides for one in side.segments]
    keys = _coloured_keys(segments) if has_colours() else _bracketed_keys(segments)
    return ["   " + "  ".join(keys)] if keys else []


def shade(share: float, positive: Colour, negative: Colour) -> Colour:
    """A colour between white and the full one. share: from -1 to 1; its sign chooses the full colour."""
    full = positive if share >= 0 else negative
    red, green, blue = (round(pale + abs(share) * (deep - pale)) for pale, deep in zip(WHITE, full, strict=True))
    return red, green, blue


def _parts(side: Side) -> Iterator[tuple[str, Segment | None]]:
    """What stands before each segment, and the segment; at last what stands after them. White space ends no line."""
    place = 0
    for one in side.segments:
        yield shown(side.text[place : one.start].replace("\n", " ")), one
        place = one.end
    yield shown(side.text[place:].replace("\n", " ")), None


def _coloured(one: Segment) -> str:
    return styled(one.text, **_style(one.strength, one.unknown), **_lines(one))


def _style(strength: float, unknown: bool) -> dict[str, Any]:
    """Colours of a segment; none where it counts for nothing and is known."""
    if not strength and not unknown:
        return {}
    return {"fg": RED if unknown else BLACK, "bg": shade(strength, FOR, AGAINST), "bold": unknown or None}


def _lines(one: Segment) -> dict[str, Any]:
    return {"underline": one.rank is not None or None, "strikethrough": one.truncated or None}


def _brackets(one: Segment) -> str:
    if one.unknown:
        return UNKNOWN
    return UNREAD if one.truncated else RATIONALE if one.rank is not None else ""


def _in_brackets(brackets: str, parts: list[tuple[str, Segment | None]]) -> str:
    """Neighbouring segments of one kind; what stands before the first one stands before the bracket."""
    (first, _), *_ = parts
    text = "".join(between + (shown(one.text) if one else "") for between, one in parts).removeprefix(first)
    return f"{first}{brackets[:1]}{text}{brackets[1:]}"


def _coloured_keys(segments: list[Segment]) -> list[str]:
    """Words in the style that they explain."""
    keys = (
        ("blue: speaks for it", _style(1.0, False), any(one.strength > 0 for one in segments)),
        ("orange: speaks against it", _style(-1.0, False), any(one.strength < 0 for one in segments)),
        ("underlined: the rationale", {"underline": True}, any(one.rank is not None for one in segments)),
        ("red: unknown to the vocabulary", _style(0.0, True), any(one.unknown for one in segments)),
        ("struck through: not read", {"strikethrough": True}, any(one.truncated for one in segments)),
    )
    return [styled(told(words), **style) for words, style, there in keys if there]


def _bracketed_keys(segments: list[Segment]) -> list[str]:
    found = {_brackets(one) for one in segments}
    keys = {RATIONALE: "the rationale", UNKNOWN: "unknown to the vocabulary", UNREAD: "not read"}
    return [f"{brackets} {told(words)}" for brackets, words in keys.items() if brackets in found]
