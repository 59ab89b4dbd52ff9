"""Page, server, command line and report in traditional Chinese, made of the simplified: `python -m tools.traditional`.

What the command line says too of the messages of the report is gathered for it at the same time.

The texts are those of Taiwan, and of no other place: OpenCC's s2twp converts the characters and the words that differ,
and OWN corrects what s2twp leaves as it is or takes for a term of computing. A row is 列 there and a column 欄. A test
holds that no text has a word of the mainland (tests/unit/tools/test_traditional.py).
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from opencc import OpenCC

from yiju.base.files import write_text
from yiju.base.language import CHINESE, TRADITIONAL, chinese, entries
from yiju.base.sentences import read_catalogue
from yiju.config.method import METHODS, get_method
from yiju.job.code_version import SCRIPTS
from yiju.report.glossary import FOLDER, rows

WEB = SCRIPTS / "yiju/app/web"
TERMINAL = SCRIPTS / "yiju/base/terminal"
REPORT = TERMINAL / "report.zh.yaml"
CONVERSION = "s2twp"
GLOSSARY = FOLDER / "glossary.zh-Hant.md"
PAGE, SERVER = WEB / "page/traditional.js", WEB / "messages.zh-Hant.yaml"
OWN = [
    ("支援", "支持"),
    ("下劃線", "底線"),
    ("文本", "文字"),
    ("電子表格", "試算表"),
    ("壓縮包", "壓縮檔"),
    ("(?<![排並陣下序])列(?![出入印在表])", "欄"),
    ("(?<![執進運自換也不])行(?!為(?!什))", "列"),
    ("對錶", "對表"),
    ("采用", "採用"),
    ("隻看", "只看"),
    ("運行", "執行"),
    ("得分割槽間", "得分區間"),
    ("互動作用", "交互作用"),
    ("擬合(.{0,4})引數", r"擬合\1參數"),
    ("連線的(字串|路)", r"連接的\1"),
    ("啟用函式", "激勵函數"),
    ("邏輯函式", "邏輯函數"),
    ("介面卡", "適配器"),
    ("釋出", "發布"),
    ("型別", "類型"),
    ("許可權", "權限"),
    ("置信度", "信賴水準"),
    ("置信", "信賴"),
    ("搜索", "搜尋"),
    ("示例", "範例"),
    ("數據", "資料"),
    ("配置檔案", "設定檔"),
    ("配置", "設定"),
    ("模板", "範本"),
    ("響應", "回應"),
    ("復制", "複製"),
    ("質量", "品質"),
    ("水平", "水準"),
    ("批大小", "批次大小"),
    ("校驗和", "總和檢查碼"),
    ("校驗", "驗證"),
    ("回車", "歸位字元"),
    ("“", "「"),
    ("”", "」"),
]
# An English sentence of a catalogue, which stays as it is, and the sentence behind it.
ENTRY = re.compile(r'((?:\? )?"(?:[^"\\]|\\.)*"(?:: )?)(.*)')
# Letters and signs around the values of a report's message, at least.
TELLING = 16
NAMED = re.compile(r"\{(\w+)\}")
# YAML reads no longer key on one line.
LONGEST_KEY = 1000
MADE = "Made by `python -m tools.traditional`; do not edit."


def page() -> str:
    """Text of traditional.js: the page's texts, and the words of the methods, which the server tells in simplified."""
    text = (WEB / "page/chinese.js").read_text(encoding="utf-8")
    text = text.replace("// Every text of the page in Chinese.", f"// {MADE}", 1).replace("CHINESE", "TRADITIONAL", 1)
    return _converted(text.replace("  methods: {\n", f"  methods: {{\n{_methods()}", 1))


def server() -> str:
    """Text of messages.zh-Hant.yaml; its English sentences are as they were."""
    return catalogue(WEB / "messages.zh.yaml")


def catalogue(simplified: Path) -> str:
    """Text of a catalogue in traditional characters."""
    return _traditional(simplified.read_text(encoding="utf-8"))


def _traditional(text: str) -> str:
    lines = [line for line in text.splitlines() if MADE not in line]
    return "\n".join([f"# {MADE}", *map(_entry, lines)]) + "\n"


def _entry(line: str) -> str:
    found = ENTRY.fullmatch(line)
    return found[1] + _converted(found[2]) if found else _converted(line)


def of_report() -> str:
    """Text of report.zh.yaml: messages of the report that are long enough to be told by what is around their values."""
    known = {key for file in _written() for key in read_catalogue(file.read_text(encoding="utf-8"))}
    lines = []
    for message, text in chinese().items():
        english = _numbered(message, message)
        whole = json.dumps(english, ensure_ascii=False)
        if (
            " " in message
            and len(NAMED.sub("", message)) >= TELLING
            and len(whole) < LONGEST_KEY
            and english not in known
        ):
            lines.append(f"{whole}: {json.dumps(_numbered(text, message), ensure_ascii=False)}\n")
    return f"# {MADE}\n{''.join(lines)}"


def messages(file: Path) -> str:
    """Text of a catalogue of the report: its English messages as they are, each with its traditional text."""
    told = [f"msgid {_quoted(message)}\nmsgstr {_quoted(_converted(text))}\n" for message, text in entries(file)]
    return "\n".join([f"# {MADE}\n", *told])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _written() -> list[Path]:
    """The catalogues of the command line that people write."""
    return [file for file in sorted(TERMINAL.glob("*.zh.yaml")) if file != REPORT]


def _numbered(text: str, message: str) -> str:
    """The text with its places numbered as the names of places first occur in the message."""
    names = list(dict.fromkeys(NAMED.findall(message)))
    return NAMED.sub(lambda place: f"{{{names.index(place[1])}}}", text)


def _methods() -> str:
    words = {name: get_method(name).chinese for name in METHODS}
    return "".join(f"    {name}: {json.dumps(told, ensure_ascii=False)},\n" for name, told in words.items() if told)


@cache
def converter() -> OpenCC:
    """Reads its dictionaries once, which takes longer than the texts."""
    return OpenCC(CONVERSION)


def _converted(text: str) -> str:
    converted = converter().convert(text)
    for pattern, own in OWN:
        converted = re.sub(pattern, own, converted)
    return converted


def files() -> dict[Path, str]:
    """What is made, by where it lies."""
    report = of_report()
    said = {REPORT: report, _beside(REPORT): _traditional(report)} | {
        _beside(one): catalogue(one) for one in _written()
    }
    catalogues = {TRADITIONAL / file.name: messages(file) for file in sorted(CHINESE.glob("*.po"))}
    return {PAGE: page(), SERVER: server(), GLOSSARY: _converted(rows("zh")), **said, **catalogues}


def _beside(simplified: Path) -> Path:
    return simplified.with_name(simplified.name.replace(".zh.", ".zh-Hant."))


if __name__ == "__main__":
    for path, text in files().items():
        write_text(path, text)
