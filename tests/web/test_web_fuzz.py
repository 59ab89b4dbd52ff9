"""Whatever comes in, the server answers in its own form, never with a defect, and goes on."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toys import SENTENCES

from yiju.app.web.limits import CHARACTERS
from yiju.app.web.methods import METHODS

PAIR = {"q": SENTENCES[0], "t": SENTENCES[1]}
TEXTS = st.text(max_size=CHARACTERS + 20) | st.sampled_from(SENTENCES)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["q", "t", "method", "options", "matrix", "curve"])
PATHS = st.sampled_from(["/api/predict", "/api/explain", "/api/counterfactual"])
STATUSES = {200, 400, 413, 415, 422}
few = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(told):
    assert told.status in STATUSES, told.body
    if told.status != 200:
        assert told.json["error"].keys() == {"code", "message"}


@few
@given(q=TEXTS, t=TEXTS, method=st.sampled_from(METHODS))
def test_any_text(server, explainer, q, t, method):
    told = server.post("/api/explain", {"q": q, "t": t, "method": method, "matrix": True, "curve": True})
    check(told)
    if told.status != 200:
        assert told.code in ("empty", "too_long", "invalid")
        return
    found = told.json
    for side, text in (("q", q), ("t", t)):
        assert found[side] == text
        assert len(found[f"{side}_scores"]) == len(text)
        assert all(text[one["start"] : one["end"]] == one["text"] for one in found[f"{side}_segments"])
    read = [one for side in "qt" for one in found[f"{side}_segments"] if one["score"] is not None]
    assert len(found["curve"]) == 1 + len(read)
    assert found["label"] == explainer.predict([(q, t)])[0].label
    check(server.post("/api/counterfactual", {"q": q, "t": t}))


@few
@given(path=PATHS, body=st.dictionaries(KEYS | st.text(max_size=5), VALUES, max_size=5))
def test_any_json(server, path, body):
    check(server.post(path, PAIR | body))


@few
@given(path=PATHS, body=st.binary(max_size=300))
def test_any_bytes(server, path, body):
    check(server.post(path, body, Content_Type="application/json"))


@few
@given(
    kind=st.sampled_from(["tsv", "csv", "jsonl", "xlsx"]),
    result=st.sampled_from(["pairs", "jsonl", "csv", "xlsx"]),
    body=st.binary(max_size=300) | st.text(alphabet=st.sampled_from('a一\t\n\r",{}q:t'), max_size=200).map(str.encode),
)
def test_any_file(server, kind, result, body):
    told = server.post(f"/api/file?format={kind}&result={result}", body)
    check(told)
    check(server.post(f"/api/columns?format={kind}", body))
    if told.status == 200 and result == "pairs":
        rows = [json.loads(line) for line in told.body.decode().split("\n") if line]
        assert all((row["error"] is None) == (row["probability"] is not None) for row in rows)


@few
@given(path=st.text(max_size=30), query=st.text(max_size=30))
def test_any_address(server, path, query):
    from urllib.parse import quote

    told = server.get(f"/{quote(path, errors='replace')}?{quote(query, errors='replace')}")
    assert told.status in {200, 404}
