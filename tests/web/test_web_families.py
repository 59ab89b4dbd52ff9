"""The API before models of three classes, of one number, and before a function: answers, targets and refusals."""

import json

import numpy as np
import pytest
from families import Row
from families.transformers_models import NLI
from starlette.testclient import TestClient

from yiju import Explainer
from yiju.app.web.app import create_app
from yiju.app.web.limits import Limits
from yiju.app.web.worker import Worker

Q, T = "怎么开通花呗", "花呗如何开通"
PAIR = {"q": Q, "t": T}


def overlap(pairs):
    return [float(len(set(q) & set(t))) for q, t in pairs]


@pytest.fixture(scope="module")
def nli(family_folder):
    return Explainer.from_pretrained(family_folder(Row("three labels", "roberta")), device="cpu")


@pytest.fixture(scope="module")
def reranker(family_folder):
    return Explainer.from_pretrained(family_folder(Row("cross-encoder", "bert")), device="cpu")


def served(explainer):
    return TestClient(create_app(explainer, Limits(rate=1000.0, burst=1000), Worker(8, 8, 600.0)), "http://127.0.0.1")


def asked(explainer, path, body, status=200):
    with served(explainer) as client:
        told = client.post(path, json=body)
    assert told.status_code == status, told.text
    return told.json()


def test_a_judgement_of_three_classes_has_their_name(nli):
    one = nli.predict((Q, T))
    found = asked(nli, "/api/predict", PAIR)
    assert (found["label"], found["label_name"]) == (one.label, list(NLI)[one.label])
    assert (found["probability"], found["score"]) == pytest.approx((one.probability, one.score), abs=1e-6)


@pytest.mark.parametrize("target", [NLI[2], 2])
def test_a_named_class_is_explained_and_held_against_another(nli, target):
    one = nli.explain((Q, T), target=2, contrast=NLI[0])
    found = asked(nli, "/api/explain", PAIR | {"target": target, "contrast": 0, "curve": True, "matrix": True})
    assert (found["target"], found["contrast"]) == (NLI[2], NLI[0])
    # Judged in batches of other sizes, whose sums a processor may take in another order.
    assert [found["score"], found["curve"][0]] == pytest.approx([one.score] * 2, abs=1e-5)
    assert found["certainty"] is None and found["lowest"] is None and found["kept"] is one.kept
    effects = {(side, place): part["effect"] for side in "qt" for place, part in enumerate(found[f"{side}_segments"])}
    largest = sorted(effects.values(), key=lambda effect: -abs(effect))[:3]
    assert [part["score"] for part in found["carried"]] == pytest.approx([one.score - effect for effect in largest])
    assert {part["probability"] for part in found["carried"]} == {None}


def test_of_a_target_the_probability_is_told_that_effects_change(nli):
    judged = nli.predict((Q, T))
    other = next(number for number in range(3) if number != judged.label)
    found = asked(nli, "/api/explain", PAIR | {"target": other})
    assert found["label"] == judged.label and found["target"] == list(NLI)[other]
    assert found["certainty"] == pytest.approx(np.exp(found["score"]))
    assert found["certainty"] != pytest.approx(found["probability"], abs=1e-3)


def test_a_wrong_class_is_refused_with_the_list_of_those_that_there_are(nli, reranker):
    told = asked(nli, "/api/explain", PAIR | {"target": "similar"}, 422)
    assert "the model has 0 entailment, 1 neutral, 2 contradiction" in told["error"]["message"]
    told = asked(nli, "/api/explain", PAIR | {"contrast": 1}, 422)
    assert "give target too" in told["error"]["message"]
    told = asked(nli, "/api/explain", PAIR | {"target": 1, "contrast": NLI[1]}, 422)
    assert "both the class 'neutral'" in told["error"]["message"]
    told = asked(reranker, "/api/explain", PAIR | {"target": "similar"}, 422)
    assert "gives one number a pair" in told["error"]["message"]


def test_the_smallest_change_names_the_class_that_comes_of_it(nli):
    (one,) = nli.counterfactuals([(Q, T)], limit=3)
    found = asked(nli, "/api/counterfactual", PAIR)
    assert (found["found"], found["turned"]) == (one.found, one.turned)
    assert (found["turned"] is None) is not found["found"] and found["turned"] != found["label"]


def test_one_number_is_explained_and_decides_nothing(reranker):
    one = reranker.explain((Q, T))
    found = asked(reranker, "/api/explain", PAIR | {"curve": True})
    assert [found[key] for key in ("label", "label_name", "probability", "target", "alone", "kept")] == [None] * 6
    # Judged in batches of other sizes, whose sums a processor may take in another order.
    assert [found["score"], found["curve"][0]] == pytest.approx([one.score] * 2, abs=1e-5)
    told = asked(reranker, "/api/counterfactual", PAIR, 422)
    assert "decides nothing by itself" in told["error"]["message"]


@pytest.mark.parametrize("kind", ["nli", "reranker", "function", "decided"])
def test_the_offer_says_what_the_model_gives(nli, reranker, kind):
    known = {"nli": nli, "reranker": reranker, "function": Explainer.of(overlap)}
    explainer = known.get(kind) or Explainer(reranker.scorer, margin=0.25)
    with served(explainer) as client:
        offer = client.get("/api/methods").json()
    assert offer["classes"] == list(explainer.scorer.classes) and offer["single"] is (kind != "nli")
    assert offer["decides"] is (kind in ("nli", "decided")) and offer["threshold"] is None
    assert offer["margin"] == (0.25 if kind == "decided" else None)
    names = {one["name"] for one in offer["methods"]}
    assert ("integrated_gradients" in names) is (kind != "function") and "occlusion" in names


def test_a_function_is_served_too():
    explainer = Explainer.of(overlap)
    found = asked(explainer, "/api/explain", PAIR | {"method": "occlusion", "matrix": True})
    assert found["score"] == 4.0 and found["q_segments"][0]["scale"] == 1.0
    assert found["matrix"][4][0] == 1.0


def test_files_have_names_and_scores(nli, reranker):
    body = f"{Q}\t{T}\n".encode()
    for explainer in (nli, reranker):
        one = explainer.predict((Q, T))
        with served(explainer) as client:
            told = client.post("/api/file?format=tsv&result=pairs", content=body)
        row = json.loads(told.text)
        assert (row["label"], row["label_name"]) == (one.label, one.label_name)
        assert row["score"] == pytest.approx(one.score, abs=1e-6)
