"""The page in a real browser, before models of three classes and of one number."""

from contextlib import contextmanager

import pytest
from at_hand import needs_browser
from families import Row
from families.transformers_models import NLI
from serving import PATIENT, limited, running

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")
from yiju import Explainer

pytestmark = needs_browser
Q, T = "怎么开通花呗", "花呗如何开通"
LIMITS = {"rate": 5000.0, "burst": 10_000} | PATIENT


@pytest.fixture(scope="module", params=["three labels", "cross-encoder"])
def served(request, family_folder):
    folder = family_folder(Row(request.param, "bert"))
    with limited(folder, **LIMITS) as server:
        yield request.param, Explainer.from_pretrained(folder, device="cpu"), server


@contextmanager
def opened(chrome, server, address="/", locale="en-US"):
    """A page whose scripts must not fail."""
    context, wrong = chrome.new_context(locale=locale), []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(server.url + address)
    page.wait_for_selector("#method option", state="attached")
    yield page
    context.close()
    assert wrong == []


def answered(page):
    """Wait until judgement, curve and, where there is one, the smallest change are on the page."""
    page.wait_for_selector("body:not([aria-busy]) #answer:not([hidden])")
    page.wait_for_selector("#curve svg")
    page.wait_for_selector("#turn-part[hidden], #turn p:not(.note)", state="attached")


def ask(page):
    page.fill("#q", Q)
    page.fill("#t", T)
    page.click("#go")
    answered(page)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_verdict_curve_and_introduction_are_those_of_the_model(chrome, served, locale):
    family, explainer, server = served
    one, unit = explainer.predict((Q, T)), "\N{NO-BREAK SPACE}%" if locale == "en-US" else "%"
    with opened(chrome, server, locale=locale) as page:
        ask(page)
        texts = {name: page.inner_text(f"#{name}") for name in ("verdict", "model", "curve-said", "carried", "alone")}
        assert page.is_visible("#turn-part") is page.is_visible("#target-choice") is (family == "three labels")
        assert page.is_visible("#scale .track") is (family == "three labels") and not page.is_visible("#scale .tick")
        told = page.inner_text("body")
    for word in ("undefined", "null", "NaN", "{"):
        assert word not in told
    if family == "three labels":
        assert texts["verdict"] == one.label_name
        assert ", ".join(NLI) in texts["model"] or "、".join(NLI) in texts["model"]
        assert f"{100 * one.probability:.1f}{unit}" in texts["curve-said"]
    else:
        assert f"{one.score:.3f}" in texts["verdict"] and f"{one.score:.3f}" in texts["curve-said"]
        assert f"{one.score:.3f}" in texts["carried"] and "%" not in texts["carried"] + texts["curve-said"]


def test_a_class_that_is_chosen_is_explained_and_stands_in_the_address(chrome, served):
    family, explainer, server = served
    if family != "three labels":
        pytest.skip("there is one number and no class")
    judged = explainer.predict((Q, T))
    other = next(number for number in range(3) if number != judged.label)
    with opened(chrome, server) as page:
        ask(page)
        page.select_option("#target", str(other))
        page.locator("#carried", has_text=NLI[other]).wait_for()
        answered(page)
        assert page.inner_text("#verdict") == judged.label_name
        assert f"the probability of the class “{NLI[other]}”" in page.inner_text("#curve-said")
        assert "searched for only where the class that the model chooses" in page.inner_text("#alone")
        address = page.evaluate("location.hash")
    assert f"target={other}" in address
    with opened(chrome, server, f"/{address}") as page:
        answered(page)
        assert page.input_value("#target") == str(other)


def test_a_file_is_shown_by_classes_or_scores(chrome, served, tmp_path):
    family, explainer, server = served
    one = explainer.predict((Q, T))
    path = tmp_path / "pairs.tsv"
    path.write_text(f"{Q}\t{T}\n", encoding="utf-8")
    with opened(chrome, server) as page:
        page.set_input_files("#file", path)
        page.click("#send-go")
        page.wait_for_selector("#file-answer table")
        row, status = page.inner_text("#file-answer tbody tr"), page.inner_text("#file-status")
    assert "1 of 1 rows judged." in status and "similar" not in status
    assert (one.label_name if family == "three labels" else f"{one.score:.3f}") in row


def test_a_number_with_a_margin_has_labels_and_a_smallest_change(chrome, family_folder):
    folder = family_folder(Row("cross-encoder", "bert"))
    one = Explainer.from_pretrained(folder, device="cpu").predict((Q, T))
    with running(folder, "--margin", str(one.score - 0.1), "--rate", "1000") as server, opened(chrome, server) as page:
        ask(page)
        assert page.inner_text("#verdict") == "Similar"
        assert f"similar when the score is above {one.score - 0.1:.3f}" in page.inner_text("#model")
        assert "the judgement becomes “not similar”. No smaller change" in page.inner_text("#turn")
        assert "%" not in page.inner_text("#alone") and not page.is_visible("#scale .track")


def test_the_description_of_the_api_shows_a_ranking(chrome, served):
    *_, server = served
    with opened_docs(chrome, server) as page:
        told = page.inner_text("body")
    assert "/rerank" in told and "Reranking" in told and '"query":' in told.replace(" ", "")


@contextmanager
def opened_docs(chrome, server):
    context, wrong = chrome.new_context(), []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{server.url}/docs")
    page.wait_for_selector("#schemas section")
    yield page
    context.close()
    assert wrong == []
