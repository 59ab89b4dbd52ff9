"""The page and its server in traditional Chinese are made of what they are in simplified Chinese."""

import re

import pytest

pytest.importorskip("opencc", reason="opencc is not installed (requirements/dev.txt)")

from tools.traditional import PAGE, SERVER, files, page, server


def test_what_is_made_is_up_to_date():
    """`python -m tools.traditional` makes it anew."""
    for path, text in files().items():
        assert path.read_text(encoding="utf-8") == text, path


def test_places_and_english_sentences_are_as_they_were():
    for made, source in ((page(), PAGE.with_name("chinese.js")), (server(), SERVER.with_name("messages.zh.yaml"))):
        simplified = source.read_text(encoding="utf-8")
        for place in set(re.findall(r"\{\w+\}", simplified)):
            assert made.count(place) >= simplified.count(place)
        english = re.findall(r'^"([^"]*)":', simplified, re.MULTILINE)
        assert re.findall(r'^"([^"]*)":', made, re.MULTILINE) == english


def test_words_are_those_of_taiwan():
    text = page()
    for simplified, traditional in (
        ("服務器", "伺服器"),
        ("支援該判斷", "支持該判斷"),
        ("文件", "檔案"),
        ("行號", "列號"),
    ):
        assert simplified not in text and traditional in text
