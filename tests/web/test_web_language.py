"""What the server says in Chinese, and that its table of messages is in step with the messages."""

import ast
import importlib
import re

import pytest
from starlette.datastructures import Headers
from test_web_refusals import BAD
from toys import SENTENCES

from yiju.app.web.page_language import language_of, translated
from yiju.explain.explanation import Judgement
from yiju.explain.notes import notes
from yiju.job.code_version import SCRIPTS
from yiju.models.model_facts import Reordered

Q, T = SENTENCES[:2]
CHINESE, MARK = re.compile(r"[一-鿿]"), "英文原文"
WEB = SCRIPTS / "yiju/app/web"


def scope(query="", header=None):
    headers = Headers({"accept-language": header} if header is not None else {})
    return {"query_string": query.encode(), "headers": headers.raw}


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "en"),
        ("", "fr, *;q=0.1", "en"),
        ("", "de-DE, zh;q=0.4, en;q=0.3", "zh"),
        ("", "en-US,en;q=0.9,zh;q=0.8", "en"),
        ("", "zh-CN", "zh"),
        ("", "zh-TW,zh;q=0.9", "zh-Hant"),
        ("", "zh;q=no, en", "en"),
        ("lang=zh", "en", "zh"),
        ("lang=zh-Hant", None, "zh-Hant"),
        ("lang=zh-HK", None, "zh-Hant"),
        ("lang=fr", "zh", "en"),
    ],
)
def test_the_address_names_the_language_and_else_the_header(query, header, language):
    assert language_of(scope(query, header)) == language


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_in_chinese(server, name):
    body, status, code, _ = BAD[name]
    told = server.post("/api/explain?lang=zh", body, Content_Type="application/json")
    assert (told.status, told.code) == (status, code)
    said = told.json["error"]["message"]
    assert CHINESE.search(said) and MARK not in said
    traditional = server.post("/api/explain", body, Content_Type="application/json", Accept_Language="zh-TW")
    assert CHINESE.search(traditional.json["error"]["message"])


def test_notes_are_in_the_language_of_the_request(server):
    pair = {"q": Q, "t": Q[::-1]}
    assert "hold the same characters" in server.post("/api/predict", pair).json["notes"][0]
    assert "用字相同" in server.post("/api/predict?lang=zh", pair).json["notes"][0]
    assert "只是順序不同" in server.post("/api/explain", pair, Accept_Language="zh-Hant").json["notes"][0]


def test_guards_speak_chinese_too(server):
    refused = server.get("/?lang=zh", Host="evil.example")
    assert refused.code == "host" and "本服务器只响应" in refused.json["error"]["message"]
    assert "没有内容" in server.get("/nothing?lang=zh").json["error"]["message"]


def judgement(q, t, **facts):
    return Judgement(q, t, 1, 0.9, **({"truncated": False, "unknown": 0} | facts), score=-0.1, label_name="similar")


@pytest.mark.parametrize("unknown", [1, 3])
@pytest.mark.parametrize("pairs", [None, 1, 12])
def test_every_note_of_a_judgement_has_a_chinese_one(unknown, pairs):
    class About:
        reordered = None if pairs is None else Reordered(pairs=pairs, right=1)

    told = notes(judgement(Q, Q[::-1], truncated=True, unknown=unknown, undecided=True), About())
    told += notes(judgement("龘", "靐", unknown=2))
    assert len(told) >= 6
    for note in told:
        assert MARK not in translated(note, "zh"), note


def messages():
    """Every text that a module of the server refuses with, its places filled with a figure."""
    for file in sorted(WEB.glob("*.py")):
        module = importlib.import_module(f"yiju.app.web.{file.stem}")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal" and len(node.args) > 2:
                yield from written(node.args[2], module)


def written(node, module):
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(filled(part, module) for part in node.values)


def filled(part, module):
    if isinstance(part, ast.Constant):
        return part.value
    known = getattr(module, getattr(part.value, "id", ""), None)
    return known if isinstance(known, str) else "7"


def test_every_refusal_of_the_server_has_a_chinese_one():
    found = list(messages())
    assert len(found) > 20
    for said in found:
        assert MARK not in translated(said, "zh"), said


def test_what_has_no_chinese_says_so():
    assert translated("something new", "zh") == "（英文原文）something new"
    assert translated("something new", "en") == "something new"


def test_the_reasons_of_bad_rows_are_in_chinese(server):
    told = server.post("/api/file?format=tsv&lang=zh&result=pairs", f"{Q}\t{T}\nno TAB\n{Q}\t\n".encode()).body.decode()
    assert "应有 2 个以 TAB 分隔的字段" in told and "句子为空" in told


@pytest.mark.parametrize("language", ["english", "chinese", "traditional"])
def test_no_message_of_the_page_stands_twice_under_one_name(language):
    text = (WEB / f"page/{language}.js").read_text(encoding="utf-8")
    names = re.findall(r"^  (\w+):", text, flags=re.MULTILINE)
    assert len(names) > 100 and sorted(names) == sorted(set(names))
