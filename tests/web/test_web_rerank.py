"""`POST /rerank`: the forms of other servers of rerankers, and why the first candidate stands above the second."""

import numpy as np
import pytest
from families import Row
from families.transformers_models import NLI
from scipy.special import expit
from starlette.testclient import TestClient
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.ranking import ranked
from yiju.app.web.app import create_app
from yiju.app.web.effort import MOST, Effort
from yiju.app.web.guards import RERANK
from yiju.app.web.limits import CANDIDATE, CANDIDATES, Limits
from yiju.app.web.refusal import Refusal
from yiju.app.web.rerank import Reranking, rerank
from yiju.app.web.worker import Worker

QUERY, *TEXTS = SENTENCES[:5]
ASKED = {"query": QUERY, "texts": TEXTS}


@pytest.fixture(scope="module")
def reranker(family_folder):
    return Explainer.from_pretrained(family_folder(Row("cross-encoder", "bert")), device="cpu")


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    return Explainer(*classifier(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def nli(family_folder):
    return Explainer.from_pretrained(family_folder(Row("three labels", "bert")), device="cpu")


def posted(explainer, body, path="/rerank", limits=None):
    app = create_app(explainer, limits or Limits(), Worker(8, 8, 600.0))
    with TestClient(app, "http://127.0.0.1") as client:
        return client.post(path, json=body)


def answered(explainer, body, path="/rerank"):
    told = posted(explainer, body, path)
    assert told.status_code == 200, told.text
    return told.json()


def refused(explainer, body, status=422):
    told = posted(explainer, body)
    assert told.status_code == status, told.text
    return told.json()["error"]["message"]


def test_texts_come_back_as_a_list_by_the_sigmoid_of_the_logit(reranker):
    logits = np.array([one.score for one in reranker.predict((QUERY, text) for text in TEXTS)])
    found = answered(reranker, ASKED)
    assert [one["index"] for one in found] == np.argsort(-logits).tolist()
    assert [one["score"] for one in found] == pytest.approx(sorted(expit(logits), reverse=True), abs=1e-5)
    assert {tuple(one) for one in found} == {("index", "score")}
    raw = answered(reranker, ASKED | {"raw_scores": True, "return_text": True, "truncation_direction": "Right"})
    assert [one["score"] for one in raw] == pytest.approx(sorted(logits, reverse=True), abs=1e-5)
    assert [one["text"] for one in raw] == [TEXTS[one["index"]] for one in raw]


@pytest.mark.parametrize("path", RERANK)
def test_documents_come_back_as_results(reranker, path):
    logits = np.array([one.score for one in reranker.predict((QUERY, text) for text in TEXTS)])
    asked = {"model": "any", "query": QUERY, "documents": [TEXTS[0], *({"text": one} for one in TEXTS[1:])]}
    found = answered(reranker, asked | {"top_n": 2, "return_documents": True}, path)
    assert found.keys() == {"results"} and len(found["results"]) == 2
    best, second = found["results"]
    assert best["index"] == logits.argmax()
    assert best == {
        "index": best["index"],
        "relevance_score": pytest.approx(expit(logits.max()), abs=1e-6),
        "document": {"text": TEXTS[best["index"]]},
    }
    assert second["relevance_score"] <= best["relevance_score"]
    assert "document" not in answered(reranker, asked)["results"][0]


def test_two_labels_rank_by_the_probability_of_similar(judge):
    chances = [one.probability for one in judge.predict((QUERY, text) for text in TEXTS)]
    found = answered(judge, ASKED)
    assert [one["score"] for one in found] == pytest.approx(sorted(chances, reverse=True), abs=1e-5)
    odds = [one["score"] for one in answered(judge, ASKED | {"raw_scores": True})]
    assert expit(odds) == pytest.approx(sorted(chances, reverse=True), abs=1e-5)


def test_of_more_classes_one_is_to_be_named(nli):
    assert "has 3 classes (entailment, neutral, contradiction)" in refused(nli, ASKED)
    found = answered(nli, ASKED | {"target": NLI[0]})
    with nli.before([(QUERY, text) for text in TEXTS]) as ensemble:
        logits = ensemble.logits()
    chances = np.exp(logits)[:, 0] / np.exp(logits).sum(1)
    assert [one["score"] for one in found] == pytest.approx(sorted(chances, reverse=True), abs=1e-5)


def test_the_number_of_a_function_is_the_score():
    explainer = Explainer.of(lambda pairs: [float(len(set(q) & set(t))) for q, t in pairs])
    found = ranked(explainer, "花呗", ["花", "无", "花呗", "呗"])
    assert [(one.index, one.score) for one in found] == [(2, 2.0), (0, 1.0), (3, 1.0), (1, 0.0)]


@pytest.mark.parametrize("kind", ["reranker", "judge"])
def test_why_the_first_stands_above_the_second_is_the_difference_of_both_explanations(request, kind):
    explainer = request.getfixturevalue(kind)
    best, second, *others = answered(explainer, ASKED | {"explain": True})
    assert "why" not in second and not any("why" in one for one in others)
    why = best["why"]
    target = {} if kind == "reranker" else {"target": "similar"}
    one, other = (explainer.explain((QUERY, TEXTS[own["index"]]), **target) for own in (best, second))
    assert why["difference"] == pytest.approx(one.score - other.score, abs=1e-5) and why["difference"] >= 0
    assert why["score"] == ("number" if kind == "reranker" else "log p(similar)")
    added = [part["adds"] for part in why["query"]]
    both = zip(one.sides[0].segments, other.sides[0].segments, strict=True)
    assert added == pytest.approx([first.score - last.score for first, last in both], abs=1e-5)
    assert [part["adds"] for part in why["first"]] == pytest.approx(
        [own.score for own in one.sides[1].segments], abs=1e-5
    )
    assert [part["adds"] for part in why["second"]] == pytest.approx(
        [-own.score for own in other.sides[1].segments], abs=1e-5
    )
    assert "".join(part["text"] for part in why["first"]) == TEXTS[best["index"]]
    documents = answered(explainer, {"query": QUERY, "documents": TEXTS, "explain": True, "top_n": 1})
    assert documents["results"][0]["why"] == why


def test_one_candidate_has_nothing_to_stand_above(reranker):
    assert "why" not in answered(reranker, {"query": QUERY, "texts": TEXTS[:1], "explain": True})[0]


def test_what_is_longer_than_the_model_reads_is_cut_only_where_that_is_asked_for(reranker):
    long = {"query": QUERY, "texts": [TEXTS[0], TEXTS[1] * 60]}
    assert "texts.1: with the query it is longer than the" in refused(reranker, long)
    assert len(answered(reranker, long | {"truncate": True})) == 2
    assert len(answered(reranker, {"query": QUERY, "documents": long["texts"]})["results"]) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"query": QUERY}, "give the candidates as texts or as documents"),
        (ASKED | {"documents": TEXTS}, "one of the two"),
        (ASKED | {"top_n": 1, "model": "x"}, "model, top_n does not go with texts; leave it out"),
        ({"query": QUERY, "documents": TEXTS, "raw_scores": True}, "raw_scores does not go with documents"),
        ({"query": QUERY, "texts": []}, "texts: List should have at least 1 item"),
        ({"query": QUERY, "texts": ["花"] * (CANDIDATES + 1)}, f"at most {CANDIDATES} items"),
        ({"query": QUERY, "texts": ["花" * (CANDIDATE + 1)]}, f"at most {CANDIDATE} characters"),
        ({"query": " ", "texts": TEXTS}, "query: a sentence needs at least one visible character"),
        ({"query": QUERY, "texts": ["花", "\u200b"]}, "texts.1: a sentence needs at least one visible character"),
        (ASKED | {"truncation_direction": "left"}, "truncation_direction: Input should be 'right'"),
        (ASKED | {"top_k": 3}, "top_k: Extra inputs are not permitted"),
        (ASKED | {"target": "neutral"}, "no class 'neutral'"),
    ],
)
def test_what_is_no_ranking_is_refused_by_name(judge, body, said):
    assert said in refused(judge, body)


def test_a_body_has_its_own_bound_and_its_own_example(judge):
    told = posted(judge, ASKED, limits=Limits(rank_bytes=100))
    assert told.status_code == 413 and "larger than 100 bytes" in told.text
    with TestClient(create_app(judge, Limits(), Worker(8, 8, 600.0)), "http://127.0.0.1") as client:
        told = client.post("/rerank", content=b"", headers={"Content-Type": "application/json"})
    assert told.status_code == 400 and told.json()["error"]["message"].endswith('{"query": "…", "texts": ["…", "…"]}')


def test_what_would_take_too_long_is_refused_before_it_is_computed(judge):
    asked = Reranking(**ASKED, explain=True)
    cheap = rerank(judge, Effort(1.0, 32), asked)
    assert "why" in cheap[0]
    with pytest.raises(Refusal, match="leave explain out"):
        rerank(judge, Effort(MOST / 500, 32), asked)
    with pytest.raises(Refusal, match="send fewer of them at a time"):
        rerank(judge, Effort(MOST / 10, 32), asked)


def test_it_is_described(judge):
    app = create_app(judge, Limits(), Worker(8, 8, 600.0))
    with TestClient(app, "http://127.0.0.1") as client:
        told = client.get("/openapi.json").json()
    assert "/rerank" in told["paths"] and "/v1/rerank" not in told["paths"]
    assert {"Reranking", "Rank", "Results", "Why"} <= told["components"]["schemas"].keys()
