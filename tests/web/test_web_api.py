"""The JSON API through a real server: the explainer's answers, and a refusal in one form for everything else."""

import csv
import io
import json
import re
from itertools import pairwise

import numpy as np
import pytest
from starlette.testclient import TestClient
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.web.answers import explain, offer
from yiju.app.web.app import create_app
from yiju.app.web.effort import Effort
from yiju.app.web.limits import CHARACTERS, Limits
from yiju.app.web.methods import METHODS
from yiju.app.web.request_models import Question
from yiju.app.web.uploads import FIELDS
from yiju.app.web.worker import Worker
from yiju.base.errors import YijuError
from yiju.base.types import MEASURED
from yiju.config.method import get_method
from yiju.data.table_formats import FORMATS
from yiju.explain.attribution import load_method
from yiju.explain.explanation import METHOD
from yiju.explain.strength import carrying, lowest

Q, T = SENTENCES[:2]
PAIR = {"q": Q, "t": T}
# What the API tells of an explanation beside what `Explanation.to_dict` has.
BESIDE = ("curve", "left_out", "reordered", "notes", "carried", "certainty", "lowest", "signed")


def test_a_judgement_is_the_explainers(server, explainer):
    (one,) = explainer.predict([(Q, T)])
    told = server.post("/api/predict", PAIR)
    assert told.status == 200
    assert told.json == {
        "label": one.label,
        "probability": pytest.approx(one.probability),
        "undecided": None,
        "truncated": False,
        "unknown": 0,
        "score": pytest.approx(one.score),
        "label_name": one.label_name,
        "reordered": False,
        "notes": [],
    }


def test_the_same_characters_in_another_order_are_told(server):
    for path in ("predict", "explain"):
        found = server.post(f"/api/{path}", {"q": Q, "t": Q[::-1]}).json
        assert found["reordered"]
        assert "hold the same characters in another order" in found["notes"][0]


@pytest.mark.parametrize("method", METHODS)
def test_an_explanation_is_the_explainers(server, explainer, method):
    told = server.post("/api/explain", PAIR | {"method": method, "matrix": True, "curve": True})
    assert told.status == 200, told.body
    found = told.json
    options = dict(found["method"])
    name = options.pop("method")
    assert method in (name, MEASURED)
    (one,) = explainer.explain([(Q, T)], name, "occlusion", **options)
    wanted = json.loads(json.dumps(one.to_dict()))
    assert found.keys() == {*wanted, *BESIDE}
    assert found["signed"] == get_method(name).signed
    for key in ("q_segments", "t_segments"):
        assert [part["text"] for part in found[key]] == [part["text"] for part in wanted[key]]
        assert [part["score"] for part in found[key]] == pytest.approx(
            [part["score"] for part in wanted[key]], abs=1e-6
        )
    assert found["curve"] == pytest.approx(explainer.curves([one])[0], abs=1e-6)
    np.testing.assert_allclose(found["matrix"], one.matrix, atol=1e-5)
    strengths = [own.strength for side in one.sides for own in side.segments]
    assert [part["strength"] for side in "qt" for part in found[f"{side}_segments"]] == pytest.approx(
        strengths, abs=1e-5
    )
    assert found["lowest"] == pytest.approx(lowest(one.certainty, one.parts), abs=1e-6)
    assert [(own["side"], own["index"]) for own in found["carried"]] == [part[:2] for part in carrying(one.parts)]
    assert found["left_out"] == {}
    assert server.post("/api/explain", PAIR | {"method": method, "matrix": True, "curve": True}).body == told.body


def test_only_what_is_asked_for_is_computed(server):
    found = server.post("/api/explain", PAIR).json
    assert found["matrix"] is None
    assert found["curve"] is None
    assert found["method"]["method"] == METHOD


def test_options_reach_the_method(server, explainer):
    asked = {"method": "integrated_gradients", "options": {"steps": 3, "baseline": "zero"}}
    found = server.post("/api/explain", PAIR | asked).json
    # Its steps are doubled up to twenty here.
    assert found["method"]["max_steps"] == 20
    (one,) = explainer.explain([(Q, T)], "integrated_gradients", steps=3, max_steps=20, baseline="zero")
    assert found["gap"] == pytest.approx(one.gap, abs=1e-6)
    assert found["method"]["baseline"] == "zero"


def test_what_the_model_did_not_read_is_null(server):
    """In scores and matrix, and the page's curve hides what was read alone."""
    found = server.post("/api/explain", {"q": Q * 9, "t": T, "matrix": True, "curve": True}).json
    read = [part["score"] is not None for part in found["q_segments"]]
    assert read == [not part["truncated"] for part in found["q_segments"]]
    assert 0 < sum(read) < len(read)
    assert [score is not None for score in found["q_scores"]] == read
    assert all(row == [None] * len(T) for row, own in zip(found["matrix"], read, strict=True) if not own)
    assert len(found["curve"]) == 1 + sum(read) + len(T)


def test_a_counterfactual_is_the_explainers(server, explainer):
    for q, t in pairwise(SENTENCES):
        (one,) = explainer.counterfactuals([(q, t)], limit=3)
        found = server.post("/api/counterfactual", {"q": q, "t": t}).json
        assert (found["found"], found["q"], found["t"]) == (one.found, list(one.q), list(one.t))
        assert found["probability"] == pytest.approx(one.probability, abs=1e-6)


def test_a_method_that_does_not_fit_the_model_is_not_offered_and_refused(explainer, monkeypatch):
    monkeypatch.setattr(load_method("deeplift"), "supports", lambda model: "deeplift wants another model")
    offered = [one["name"] for one in offer(explainer, Limits())["methods"]]
    assert offered == [name for name in METHODS if name != "deeplift"]
    with pytest.raises(YijuError, match="deeplift wants another model"):
        explain(explainer, Effort(1.0, 32), Question(**PAIR, method="deeplift"))


def test_the_offer_names_what_is_taken(server):
    offer = server.get("/api/methods").json
    assert [one["name"] for one in offer["methods"]] == list(METHODS)
    words = {one["name"]: one["words"] for one in offer["methods"]}
    assert words.pop(MEASURED) == {}
    assert all(set(own) == {"en", "zh"} and all(map(all, own.values())) for own in words.values())
    assert offer["threshold"] == 0.5
    assert offer["about"] is None
    assert (offer["longest"], offer["characters"], offer["rows"]) == (32, CHARACTERS, Limits.rows)
    for one in offer["methods"]:
        for name, (least, most) in one["bounds"].items():
            for value, status in ((least, 200), (most, 200), (least - 1, 422), (most + 1, 422)):
                asked = PAIR | {"method": one["name"], "options": {name: value}}
                assert server.post("/api/explain", asked).status == status


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


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain"])
def test_a_form_is_not_taken_for_the_file_in_it(server, kind):
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.tsv"\r\n\r\n'
    told = server.post("/api/file?format=tsv", part + TSV.encode() + b"\r\n--x--\r\n", Content_Type=kind)
    assert (told.status, told.code) == (415, "type")
    assert "send the file itself" in told.json["error"]["message"]


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


def test_the_page_is_whole_and_asked_for_again_only_where_it_changed(server):
    page = server.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    again = server.get("/", If_None_Match=page.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert server.ask("HEAD", "/").status == 200
    for path in ("/", "/docs"):
        html = server.get(path).body.decode()
        for name in re.findall(r'(?:src|href)="(/[\w.]+)"', html):
            assert server.get(name).status == 200, name
        # Nothing inline, nothing from elsewhere.
        assert not re.search(r"<script(?![^>]*src=\"/)|<style| style=| on\w+=|https?://(?!www\.w3\.org)", html)


def test_modules_come_from_here(server):
    page = server.get("/page.js").body.decode()
    for name in re.findall(r'from "\./(\w+\.js)"', page):
        assert server.get(f"/{name}").headers["content-type"] == "text/javascript; charset=utf-8"


def test_the_description_says_what_is_answered(server):
    api = server.get("/openapi.json").json
    own = {f"/api/{name}" for name in ("methods", "predict", "explain", "counterfactual", "file")}
    assert set(api["paths"]) == {*own, "/rerank"}
    pair = api["components"]["schemas"]["Pair"]
    assert pair["properties"]["q"]["maxLength"] == CHARACTERS
    assert pair["additionalProperties"] is False
    for verbs in api["paths"].values():
        for told in verbs.values():
            assert told["summary"]
            assert {"413", "429"} <= told["responses"].keys()


TSV = "".join(f"{q}\t{t}\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True))
FILES = {
    "tsv": TSV,
    "csv": "t,q\n" + "".join(f'"{t}",{q}\n' for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
    "jsonl": "".join(json.dumps({"q": q, "t": t}) + "\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
}


def rows_of(answer):
    return [json.loads(line) for line in answer.body.decode().split("\n") if line]


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_judged_in_order(server, explainer, kind):
    assert f".{kind}" in FORMATS
    wanted = explainer.predict(zip(SENTENCES, SENTENCES[::-1], strict=True))
    told = server.post(f"/api/file?format={kind}", FILES[kind].encode())
    assert told.status == 200
    rows = rows_of(told)
    assert [(row["q"], row["t"], row["label"], row["error"]) for row in rows] == [
        (one.q, one.t, one.label, None) for one in wanted
    ]
    assert [row["probability"] for row in rows] == pytest.approx([one.probability for one in wanted], abs=1e-6)


def test_bad_rows_are_named_and_the_others_judged(server):
    text = f"{Q}\t{T}\n\nno TAB\n{'长' * (CHARACTERS + 1)}\t{T}\n=1+1\t{T}\n"
    rows = rows_of(server.post("/api/file?format=tsv", text.encode()))
    assert [row["line"] for row in rows] == [1, 3, 4, 5]
    assert [row["error"] for row in rows] == [
        None,
        "expected 2 TAB-separated fields, got 1",
        f"a sentence is longer than {CHARACTERS} characters",
        None,
    ]
    told = server.post("/api/file?format=tsv&result=csv", text.encode())
    assert told.headers["content-disposition"] == 'attachment; filename="judged.csv"'
    table = list(csv.DictReader(io.StringIO(told.body.decode("utf-8-sig"))))
    assert list(table[0]) == list(FIELDS)
    # A spreadsheet must not run a cell.
    assert [row["q"] for row in table] == [Q, "", "", "'=1+1"]


def test_what_the_model_does_not_know_is_said_by_every_answer(server):
    pair = {"q": f"龘{Q}", "t": f"{T}🐶靐"}
    assert server.post("/api/predict", pair).json["unknown"] == 3
    found = server.post("/api/explain", pair).json
    assert found["unknown"] == 3
    assert [part["text"] for side in "qt" for part in found[f"{side}_segments"] if part["unknown"]] == [*"龘🐶靐"]
    text = f"{pair['q']}\t{pair['t']}\n\ue000\t{T}\n{Q}\t\u0301\n{Q}\t{T}\n"
    rows = rows_of(server.post("/api/file?format=tsv", text.encode()))
    assert [row["unknown"] for row in rows] == [3, None, None, 0]
    assert [str(row["error"])[:2] for row in rows] == ["No", "q ", "t ", "No"]


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
        told = client.post("/api/file?format=tsv", content=TSV.encode())
        assert told.status_code == 422
        assert "NaN" not in told.text.replace("(NaN or infinity)", "")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/file?format=tsv", b"", 422, "no_rows"),
        ("/api/file?format=tsv", b"\x1f\x8b\x08", 415, "packed"),
        ("/api/file?format=tsv", b"PK\x03\x04", 415, "packed"),
        ("/api/file?format=tsv", b"\xff\xfea\t\xff\n", 422, "unreadable"),
        ("/api/file?format=csv", b"a,b\n1,2\n", 422, "unreadable"),
        ("/api/file?format=parquet", b"", 422, "invalid"),
        ("/api/file", b"", 422, "invalid"),
        ("/api/file?format=tsv", b"a\tb\n" * 1001, 422, "too_many_rows"),
        ("/api/file?format=tsv", b"a\tb\n" * (1 << 19), 413, "too_large"),
    ],
)
def test_what_is_no_small_file_of_pairs_is_refused(server, path, body, status, code):
    told = server.post(path, body)
    assert (told.status, told.code) == (status, code), told.body
    # No path of this machine goes out.
    assert b"/tmp" not in told.body
    assert b"yiju-" not in told.body
