"""Refusals of the API through a real server: one form, with place and remedy, and nothing for other sites."""

import json
import re

import pytest
from starlette.testclient import TestClient
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.web.app import create_app
from yiju.app.web.limits import CHARACTERS, Limits
from yiju.app.web.worker import Worker

Q, T = SENTENCES[:2]
PAIR = {"q": Q, "t": T}
# What the API tells of an explanation beside what `Explanation.to_dict` has.
BESIDE = ("curve", "left_out", "reordered", "notes", "carried", "certainty", "lowest", "signed")


BAD = {
    "no sentence": ({"q": Q}, 422, "invalid", "t: Field required"),
    "empty": ({"q": " \u200b", "t": T}, 422, "empty", "q: a sentence needs at least one visible character"),
    "too long": ({"q": "长" * (CHARACTERS + 1), "t": T}, 422, "too_long", f"at most {CHARACTERS} characters"),
    "a number": ({"q": 1, "t": T}, 422, "invalid", "q: Input should be a valid string"),
    "half a character": ({"q": "\ud800", "t": T}, 422, "invalid", "q: "),
    "unknown key": (PAIR | {"x": 1}, 422, "invalid", "x: Extra inputs are not permitted"),
    "unknown method": (PAIR | {"method": "magic"}, 422, "invalid", "method: Input should be 'measured'"),
    "chance": (PAIR | {"method": "random"}, 422, "invalid", "method: "),
    "other's option": (PAIR | {"method": "occlusion", "options": {"steps": 3}}, 422, "invalid", "its options: removal"),
    "no option": (PAIR | {"options": {"smooth": {}}}, 422, "invalid", "options.smooth"),
    "not JSON": (b"{", 400, "json", "not JSON at character 1"),
    "brackets": (b"[" * 9000, 400, "json", "beyond any use"),
    "not UTF-8": (b"\xff", 400, "json", "byte 0 of the body is not UTF-8"),
    "GBK": (
        '{"q": "怎么", "t": "如何"}'.encode("gbk"),
        400,
        "json",
        "is not UTF-8 (it looks like GB18030",
    ),
    "UTF-16": ('{"q": "怎么", "t": "如何"}'.encode("utf-16"), 400, "json", "(it looks like UTF-16)"),
    "nothing": (b"", 400, "json", 'the body is empty; send {"q": '),
    "spaces": (b" \n", 400, "json", "the body is empty"),
    "a list": (b"[]", 422, "invalid", "the body is no JSON object"),
    "a key twice": (b'{"q": "a", "q": "b", "t": "c"}', 400, "json", "the key 'q' is in one object twice"),
    "an option twice": (
        b'{"q": "a", "t": "c", "options": {"steps": 1, "steps": 2}}',
        400,
        "json",
        "the key 'steps' is",
    ),
    "too large": ({"q": "x" * (1 << 20), "t": T}, 413, "too_large", "larger than 16,384 bytes"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named(server, name):
    body, status, code, said = BAD[name]
    told = server.post("/api/explain", body, Content_Type="application/json")
    assert (told.status, told.code) == (status, code), told.body
    assert said in told.json["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        *((method, f"/api/{name}", "POST") for method in ("GET", "PUT", "DELETE") for name in ("predict", "file")),
        *((method, "/api/methods", "GET") for method in ("POST", "PUT", "PATCH")),
        *((method, path, "GET") for method in ("POST", "DELETE") for path in ("/", "/page.js", "/openapi.json")),
    ],
)
def test_another_method_is_answered_with_those_that_are_allowed(server, method, path, allowed):
    told = server.ask(method, path, None if method == "GET" else b"x")
    assert (told.status, told.code) == (405, "http")
    assert allowed in told.headers["allow"]
    assert f"{method} is not answered here, only " in told.json["error"]["message"]


def test_what_is_not_there_is_not_there_by_any_method(server):
    for method in ("GET", "POST", "PUT"):
        told = server.ask(method, "/api/nothing", None if method == "GET" else b"x")
        assert told.status == 404
        assert "the page is at /" in told.json["error"]["message"]


def test_every_answer_is_sealed(server):
    answers = [server.get(path) for path in ("/", "/page.js", "/api/methods", "/nothing", "/docs", "/openapi.json")]
    answers += [server.post("/api/predict", PAIR), server.post("/api/predict", b"{"), server.ask("DELETE", "/")]
    assert [one.status for one in answers] == [200, 200, 200, 404, 200, 200, 200, 415, 405]
    for one in answers:
        assert "default-src 'none'" in one.headers["content-security-policy"]
        assert "unsafe" not in one.headers["content-security-policy"]
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "server" not in one.headers
    assert server.get("/api/methods").headers["cache-control"] == "no-store"


def test_other_sites_are_refused(server):
    assert server.get("/", Host="evil.example").code == "host"
    assert server.get("/", Host=f"LOCALHOST:{server.port}").status == 200
    assert server.get("/", Host=f"[::1]:{server.port}").status == 200
    assert server.post("/api/predict", PAIR, Origin="http://evil.example").code == "origin"
    assert server.post("/api/predict", PAIR, Origin="null").code == "origin"
    assert server.post("/api/predict", PAIR, Sec_Fetch_Site="cross-site").code == "origin"
    assert server.post("/api/predict", PAIR, Origin=server.url).status == 200
    assert server.post("/api/predict", json.dumps(PAIR).encode(), Content_Type="text/plain").code == "type"


@pytest.mark.parametrize("text", ["", " ", "\u200b\ufeff", "\u0301", "\ue000"])
@pytest.mark.parametrize("path", ["predict", "explain", "counterfactual"])
def test_a_sentence_with_nothing_to_judge_is_named(server, path, text):
    for side, pair in (("q", {"q": text, "t": T}), ("t", {"q": Q, "t": text})):
        told = server.post(f"/api/{path}", pair)
        assert told.status == 422
        assert re.search(rf"\b{side}\b", told.json["error"]["message"])


def test_logits_that_are_no_numbers_are_refused_in_words(tmp_path):
    damaged, tokenizer = classifier(tmp_path)
    damaged.bert.pooler.dense.bias.data.fill_(1e4)
    damaged.classifier.weight.data[1] = 3e38
    app = create_app(Explainer(damaged, tokenizer), Limits(), Worker(1, 1, 10.0), ["testserver"])
    with TestClient(app) as client:
        for path in ("predict", "explain", "counterfactual"):
            told = client.post(f"/api/{path}", json=PAIR)
            assert told.status_code == 422
            assert "not finite numbers" in told.json()["error"]["message"]
        told = client.post("/api/file?format=tsv", content=f"{Q}\t{T}\n".encode())
        assert told.status_code == 422
        assert "NaN" not in told.text.replace("(NaN or infinity)", "")
