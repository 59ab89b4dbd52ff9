"""How a notebook shows an explanation: readable in its light and its dark theme, with a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yiju.explain.explanation import Explanation

# Blue speaks for the label, orange against it: told apart by colour-blind people too, and by the sign in the tooltip.
FOR_COLOUR, AGAINST_COLOUR = "0, 105, 170", "200, 90, 0"
# Of two segments: both together do what neither does alone, or one does what the other would do.
TOGETHER, INSTEAD = "118, 70, 150", "120, 120, 120"
# Jupyter names the colours of its theme, and so does Visual Studio Code; elsewhere the system's theme decides.
INK = "color:var(--jp-content-font-color1,var(--vscode-editor-foreground,{ink}))"
PAPER = "background:var(--jp-layout-color0,var(--vscode-editor-background,{paper}))"
STYLE = (
    "<style>.yiju-explanation{{{light};padding:.4em .8em;font-family:sans-serif}}"
    ".yiju-explanation table{{color:inherit;font:inherit}}.yiju-explanation .legend{{font-size:.85em}}"
    "@media (prefers-color-scheme:dark){{.yiju-explanation{{{dark}}}}}</style>"
)
LIGHT = {"ink": "#1c1c1c", "paper": "#ffffff"}
DARK = {"ink": "#ececec", "paper": "#161616"}


def in_notebook(html: str, found: Explanation) -> str:
    """A piece of a page with the style of a notebook around it, and what its colours and marks mean below."""
    light, dark = (f"{INK};{PAPER}".format(**theme) for theme in (LIGHT, DARK))
    return f'{STYLE.format(light=light, dark=dark)}<div class="yiju-explanation">{html}{_legend(found)}</div>'


def _legend(found: Explanation) -> str:
    what = "the judgement" if found.target == found.label_name is not None else "a higher score"
    segments = [one for side in found.sides for one in side.segments]
    told = [
        f"{_swatch(FOR_COLOUR)} speaks for {what}",
        f"{_swatch(AGAINST_COLOUR)} speaks against it",
        "<u>underlined</u>: the rationale",
        *(["dotted outline: unknown to the vocabulary"] if any(one.unknown for one in segments) else []),
        *(["struck through: not read"] if any(one.truncated for one in segments) else []),
    ]
    if found.matrix is not None:
        told += [f"{_swatch(TOGETHER)} do together what neither does alone", f"{_swatch(INSTEAD)} one does the other's"]
    return f'<p class="legend">{" · ".join(told)}</p>'


def _swatch(colour: str) -> str:
    return f'<span style="background:rgba({colour}, 0.75);padding:0 .6em" aria-hidden="true">&nbsp;</span>'
