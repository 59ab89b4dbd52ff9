"""Fonts of the figures: one for everything, and for what it lacks, Chinese above all, the best one there is."""

from __future__ import annotations

from matplotlib.font_manager import fontManager

PLAIN = "DejaVu Sans"
# By the names that the systems' own fonts and the usual packages have, the plainest first. Of a collection of several
# languages matplotlib knows only the first face: that of Noto Sans CJK is JP.
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "PingFang HK",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Heiti TC",
    "STHeiti",
    "SimHei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
    "Noto Serif CJK JP",
    "SimSun",
)
# How matplotlib warns of a character that no font in use has.
TOFU = "missing from font"


def families() -> list[str]:
    """Families to draw in, in order of choice: the second, where one is installed, draws what the first lacks."""
    installed = {font.name for font in fontManager.ttflist}
    return [PLAIN, *[name for name in CHINESE if name in installed][:1]]
