"""Chinese in figures: outlines where a font has it, else text for the reader's browser; never an empty box."""

import logging
import re

import matplotlib as mpl
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.figure import Figure

from yiju.report import fonts
from yiju.report.fonts import PLAIN, families
from yiju.report.style import STYLE, save


def figure(text):
    drawn = Figure(figsize=(2, 1))
    drawn.text(0.1, 0.5, text)
    return drawn


def saved(path, text, names):
    with mpl.rc_context(STYLE | {"font.family": names}):
        save(figure(text), str(path))
    return path.read_text(encoding="utf-8")


@pytest.fixture
def font(tmp_path, monkeypatch):
    """A font that is installed for the length of a test, and has nothing but 依."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((900, 0), (900, 700), (100, 700)):
        pen.lineTo(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "yi"])
    builder.setupCharacterMap({ord("依"): "yi"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "yi": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "yi": (1000, 100)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Only Yi", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    builder.save(tmp_path / "yi.ttf")
    monkeypatch.setattr(font_manager.fontManager, "ttflist", list(font_manager.fontManager.ttflist))
    font_manager.fontManager.addfont(tmp_path / "yi.ttf")
    monkeypatch.setattr(fonts, "CHINESE", ("Not There", "Only Yi", PLAIN))
    return "Only Yi"


def test_the_first_chinese_font_that_is_installed_is_taken(font, monkeypatch):
    assert families() == [PLAIN, font]
    monkeypatch.setattr(fonts, "CHINESE", ("Not There",))
    assert families() == [PLAIN]


def test_with_a_font_that_has_it_chinese_is_drawn_as_outlines(tmp_path, font, caplog):
    drawn = saved(tmp_path / "a.svg", "corpus 依", [PLAIN, font])
    assert "<text" not in drawn and "依" not in drawn
    assert not caplog.records


def test_without_one_the_text_is_left_to_the_browser_and_that_is_said(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="yiju"):
        drawn = saved(tmp_path / "a.svg", "corpus 依据", [PLAIN])
    assert re.search(r"<text[^>]*>corpus 依据</text>", drawn)
    assert "Noto Sans CJK SC" in drawn and "PingFang SC" in drawn
    (record,) = caplog.records
    assert "a.svg: no font of this machine has all of its characters" in record.getMessage()
    assert "install a Chinese font" in record.getMessage()


def test_what_one_font_has_is_never_left_to_the_browser(tmp_path, caplog):
    assert "<text" not in saved(tmp_path / "a.svg", "Überlappung ≥ 20 %", [PLAIN])
    assert not caplog.records
