"""The page in a real browser: a second model beside the first, and what was before beside what an edit made of it."""

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")
from browsing import answered, ask, edited, opened

from yiju import Explainer

pytestmark = needs_browser
Q, T = SENTENCES[:2]
NAMES = {1: "similar", 0: "not similar"}


def shown(page, side):
    return page.eval_on_selector_all(f"#{side} .seg bdi", "all => all.map((one) => one.textContent)")


def test_both_models_judge_and_the_difference_is_named(chrome, both, explainer, other_model):
    first, second = explainer.predict((Q, T)), Explainer.from_pretrained(other_model, device="cpu").predict((Q, T))
    with opened(chrome, both) as page:
        ask(page, Q, T)
        page.wait_for_selector("#against-answer:not([hidden])")
        told = page.inner_text("#against-judged")
        for one in (first, second):
            assert f"{NAMES[one.label]} ({100 * one.probability:.1f}\N{NO-BREAK SPACE}% similar)" in told
        assert told.startswith("Both models judge the same" if first.label == second.label else "The models disagree")
        assert shown(page, "q-against") == list(Q) and shown(page, "t-against") == list(T)
        assert page.eval_on_selector_all("#against-differences li", "all => all.length") >= 1
        assert "The accuracy of this model is unknown" in page.inner_text("#against-model")


def test_what_only_one_rationale_has_is_named(chrome, both):
    """By answers of which the second model's rationale is another one."""

    def answer(route):
        found = route.fetch()
        body = found.json()
        if (route.request.post_data_json or {}).get("model") == "against":
            for side in "qt":
                for place, one in enumerate(body[f"{side}_segments"]):
                    one.update(rank=1 if (side, place) == ("q", 0) else None, strength=1.0 if side == "q" else 0.0)
        else:
            for side in "qt":
                for place, one in enumerate(body[f"{side}_segments"]):
                    one.update(rank=1 if (side, place) == ("q", 2) else None, strength=0.0)
        route.fulfill(response=found, json=body)

    with opened(chrome, both) as page:
        page.route("**/api/explain", answer)
        ask(page, Q, T)
        page.wait_for_selector("#against-answer:not([hidden])")
        told = page.inner_text("#against-differences")
        assert f"Only the rationale of the first model contains “{Q[2]}”." in told
        assert f"Only the rationale of the second model contains “{Q[0]}”." in told
        assert f"The colours differ most at “{Q[0]}”, “{Q[1]}”, “{Q[2]}”." in told


def test_without_a_second_model_nothing_is_said_of_one(page):
    ask(page, Q, T)
    assert page.is_hidden("#against")


def test_an_edit_shows_judgement_and_colours_before_and_after(page, explainer):
    fresh = f"{T[:-1]}掉"
    ask(page, Q, T)
    assert page.is_hidden("#before")
    before = page.eval_on_selector_all("#t-side .seg", "all => all.map((one) => one.className)")
    edited(page, fresh)
    old, new = explainer.predict([(Q, T), (Q, fresh)])
    told = page.inner_text("#moved")
    assert told.startswith(f"“{T[-1]}” became “掉” in the second sentence: ")
    assert told.endswith(
        " → ".join(
            f"{NAMES[one.label].capitalize()} ({100 * one.probability:.1f}\N{NO-BREAK SPACE}% similar)"
            for one in (old, new)
        )
    )
    assert page.inner_text("#turned") == (
        "The judgement is the same." if old.label == new.label else "The judgement changed."
    )
    assert shown(page, "t-before") == list(T) and shown(page, "t-side") == list(fresh)
    assert page.eval_on_selector_all("#t-before .seg", "all => all.map((one) => one.className)") == before
    page.select_option("#method", "occlusion")
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")
    answered(page)
    assert page.is_visible("#before")
    page.click("#dismiss")
    assert page.is_hidden("#before")


@pytest.mark.parametrize(("fresh", "said"), [(f"{T}啊", "“啊” was added to"), (T[1:], f"“{T[0]}” was removed from")])
def test_what_was_edited_is_said(page, fresh, said):
    ask(page, Q, T)
    edited(page, fresh)
    assert f"{said} the second sentence" in page.inner_text("#moved")


def test_another_pair_is_no_edit(page):
    ask(page, Q, T)
    ask(page, SENTENCES[-1], SENTENCES[-2])
    assert page.is_hidden("#before")
    page.click("#examples button >> nth=0")
    answered(page)
    assert page.is_hidden("#before")
