"""Training pairs in the API, and on the page in a real browser."""

from __future__ import annotations

import json
import shutil

import pytest
from at_hand import needs_browser
from indexed import indexed
from serving import running
from toys import PAIRS, SENTENCES

from yiju import Explainer

Q, T = SENTENCES[:2]
MARKUP = "<img src=x onerror=alert(1)>怎么开通"
ROWS = [*PAIRS[:20], (MARKUP, T, 1)]


@pytest.fixture(scope="module")
def indexed_model(tmp_path_factory, plain_model):
    return indexed(shutil.copytree(plain_model, tmp_path_factory.mktemp("indexed") / "model"), ROWS)


@pytest.fixture(scope="module")
def learned(indexed_model):
    with running(indexed_model, "--rate", "1000") as served:
        yield served


def test_the_answer_has_what_the_explainer_finds(learned, indexed_model):
    assert learned.get("/api/methods").json["evidence"] is True
    found = learned.post("/api/explain", {"q": Q, "t": T, "evidence": 3})
    assert found.status == 200, found.body
    wanted = Explainer.from_pretrained(indexed_model, device="cpu").explain((Q, T), evidence=3).to_dict()["evidence"]
    told = found.json["evidence"]
    wanted = json.loads(json.dumps(wanted))
    for group in ("proponents", "opponents"):
        assert [(one["file"], one["line"]) for one in told[group]] == [
            (one["file"], one["line"]) for one in wanted[group]
        ]
        assert [one["score"] for one in told[group]] == pytest.approx([one["score"] for one in wanted[group]], rel=1e-3)
    assert learned.post("/api/explain", {"q": Q, "t": T}).json["evidence"] is None


@pytest.mark.parametrize("wrong", [0, 21, "3", True, 2.5])
def test_a_wrong_number_is_refused(learned, wrong):
    assert learned.post("/api/explain", {"q": Q, "t": T, "evidence": wrong}).status == 422


def test_without_an_index_the_remedy_is_named(server):
    assert server.get("/api/methods").json["evidence"] is False
    refused = server.post("/api/explain", {"q": Q, "t": T, "evidence": 3})
    assert refused.status == 422
    assert "yiju index" in refused.json["error"]["message"]


@needs_browser
def test_the_page_lists_them_as_text(chrome, learned):
    pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")
    from browsing import ask, opened

    with opened(chrome, learned) as page:
        ask(page, MARKUP, T)
        page.wait_for_selector("#learnt li")
        told = page.inner_text("#learnt")
        assert f"Of the {len(ROWS)} training pairs, these speak most for the judgement (found by similarity):" in told
        assert "train.tsv, line " in told and "of LCQMC" in told
        assert page.query_selector("#learnt img") is None
