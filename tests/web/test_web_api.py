"""The JSON API through a real server: the explainer's answers."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest
from toys import SENTENCES

from yiju import Explainer
from yiju.app.web.answers import explain, offer
from yiju.app.web.effort import MOST, Effort, Size
from yiju.app.web.hiding_curves import ORDERS, affordable, curves_of
from yiju.app.web.limits import CHARACTERS, Limits
from yiju.app.web.methods import METHODS
from yiju.app.web.request_models import Question
from yiju.base.errors import YijuError
from yiju.base.types import MEASURED
from yiju.config.method import get_method
from yiju.explain.attribution import load_method
from yiju.explain.explanation import METHOD
from yiju.explain.strength import carrying, lowest

Q, T = SENTENCES[:2]
PAIR = {"q": Q, "t": T}
# What the API tells of an explanation beside what `Explanation.to_dict` has.
BESIDE = ("curve", "random_curve", "left_out", "reordered", "notes", "carried", "certainty", "lowest", "signed")


def test_a_judgement_is_the_explainers(server, explainer):
    (one,) = explainer.predict([(Q, T)])
    told = server.post("/api/predict", PAIR)
    assert told.status == 200
    assert told.json == {
        "label": one.label,
        "probability": pytest.approx(one.probability),
        "undecided": None,
        "possible": None,
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
    own = {f"/api/{name}" for name in ("methods", "predict", "explain", "counterfactual", "columns", "file")}
    assert set(api["paths"]) == {*own, "/rerank"}
    pair = api["components"]["schemas"]["Pair"]
    assert pair["properties"]["q"]["maxLength"] == CHARACTERS
    assert pair["additionalProperties"] is False
    for verbs in api["paths"].values():
        for told in verbs.values():
            assert told["summary"]
            assert {"413", "429"} <= told["responses"].keys()


def test_what_the_model_does_not_know_is_said_by_every_answer(server):
    pair = {"q": f"龘{Q}", "t": f"{T}🐶靐"}
    assert server.post("/api/predict", pair).json["unknown"] == 3
    found = server.post("/api/explain", pair).json
    assert found["unknown"] == 3
    assert [part["text"] for side in "qt" for part in found[f"{side}_segments"] if part["unknown"]] == [*"龘🐶靐"]


def test_the_random_curve_is_the_mean_of_a_few_orders(server, explainer):
    found = server.post("/api/explain", PAIR | {"curve": True}).json
    own, chance = found["curve"], found["random_curve"]
    assert len(chance) == len(own)
    assert (chance[0], chance[-1]) == pytest.approx((own[0], own[-1]), abs=1e-6)
    (one,) = explainer.explain([(Q, T)])
    assert curves_of(explainer, one, 1)[1] != pytest.approx(chance)
    assert curves_of(explainer, one, 0)[1] is None


def test_as_many_random_orders_are_drawn_as_can_be_paid_for():
    size = Size(20, 20, 1)
    curve = Effort(1.0, 32).curve(size)
    orders = [affordable(Effort(MOST / curve / (1 + spare), 32), size) for spare in (-0.5, 0.5, 1.5, 99)]
    assert orders == [-1, 0, 1, ORDERS]
    assert affordable(Effort(0.0, 32), size) == ORDERS


def test_the_second_model_answers_where_it_is_named(both, server, explainer, other_model):
    other = Explainer.from_pretrained(other_model, device="cpu")
    for model, wanted in (("own", explainer), ("against", other)):
        found = both.post("/api/predict", PAIR | {"model": model}).json
        assert found["score"] == pytest.approx(wanted.predict((Q, T)).score, abs=1e-6)
        assert both.get(f"/api/methods?model={model}").json["models"] == ["own", "against"]
    told = both.post("/api/explain", PAIR | {"model": "against"}).json
    assert told["score"] == pytest.approx(other.explain((Q, T)).score, abs=1e-6)
    assert server.get("/api/methods").json["models"] == ["own"]
    refused = server.post("/api/explain", PAIR | {"model": "against"})
    assert (refused.status, refused.code) == (422, "one_model")
    assert "--against" in refused.json["error"]["message"]
