"""Page, server, command line and report in traditional Chinese are made of what they are in simplified Chinese."""

import re

import pytest

pytest.importorskip("opencc", reason="opencc is not installed (requirements/dev.txt)")

from tools.traditional import GLOSSARY, PAGE, SERVER, TERMINAL, files, page, server
from yiju.base.language import CHINESE, TRADITIONAL, chinese, traditional
from yiju.base.sentences import read_catalogue


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


def test_the_report_has_the_same_messages_with_the_same_values():
    assert [file.name for file in sorted(TRADITIONAL.glob("*.po"))] == [
        file.name for file in sorted(CHINESE.glob("*.po"))
    ]
    assert list(traditional()) == list(chinese())
    for message, text in traditional().items():
        assert re.findall(r"\{\w*\}", text) == re.findall(r"\{\w*\}", chinese()[message]), message
        assert re.findall(r"<[^>]+>|`[^`]+`", text) == re.findall(r"<[^>]+>|`[^`]+`", chinese()[message]), message


def test_a_column_is_no_row_and_neither_is_every_character_of_theirs():
    texts = [text for path, text in files().items() if "zh-Hant" in path.name or path.parent == TRADITIONAL]
    for wrong in ("欄表", "下欄", "陣欄", "序欄", "欄印", "列為檢驗", "換列", "運列", "割槽", "釋出者", "許可權"):
        assert not [text for text in texts if wrong in text], wrong
    assert any("行為檢驗" in text for text in traditional().values())


# What the mainland writes where Taiwan has another word. 文件 is none: there it is a document.
MAINLAND = [
    "置信",
    "搜索",
    "示例",
    "概率",
    "默認",
    "信息",
    "數據",
    "軟件",
    "硬件",
    "網絡",
    "服務器",
    "字符",
    "字節",
    "內存",
    "緩存",
    "質量",
    "模板",
    "響應",
    "屏幕",
    "鼠標",
    "用戶",
    "登錄",
    "代碼",
    "缺省",
    "視頻",
    "優化",
    "線程",
    "接口",
    "模塊",
    "循環",
    "數組",
    "復制",
    "批大小",
    "校驗",
    "回車",
    "配置",
    "釋出",
]


def test_no_text_has_a_word_of_the_mainland():
    texts = [*traditional().values(), *page().splitlines(), *GLOSSARY.read_text(encoding="utf-8").splitlines()]
    for file in (SERVER, *TERMINAL.glob("*.zh-Hant.yaml")):
        texts += read_catalogue(file.read_text(encoding="utf-8")).values()
    assert [(word, text) for word in MAINLAND for text in texts if word in text] == []


def test_words_are_those_of_taiwan():
    text = page()
    for wrong, right in (
        ("服務器", "伺服器"),
        ("支援該判斷", "支持該判斷"),
        ("文件", "檔案"),
        ("行號", "列號"),
    ):
        assert wrong not in text and right in text
