"""The page in a real browser: on a phone the answer is in view, and the curve can be read everywhere."""

from itertools import pairwise

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")
from browsing import answered, ask, opened

pytestmark = needs_browser
Q, T = SENTENCES[:2]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
SEEN = "one => { const { top, bottom } = one.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"


@pytest.fixture
def phone(chrome, server):
    with opened(chrome, server, **PHONE) as page:
        yield page


def test_after_a_tap_the_answer_is_in_view_and_has_the_focus(phone):
    phone.fill("#q", Q)
    phone.fill("#t", T)
    phone.tap("#go")
    answered(phone)
    assert phone.eval_on_selector("#verdict", SEEN) and phone.eval_on_selector("#evidence", SEEN)
    assert phone.evaluate("() => document.activeElement.id") == "verdict"


def test_enter_puts_the_keyboard_of_a_phone_away(phone):
    phone.fill("#q", Q)
    phone.fill("#t", T)
    phone.press("#t", "Enter")
    answered(phone)
    assert phone.eval_on_selector("#verdict", SEEN)
    assert phone.evaluate("() => document.activeElement.tagName") != "TEXTAREA"


def test_who_writes_at_a_desk_goes_on_writing(page):
    page.fill("#q", Q)
    page.fill("#t", T)
    page.press("#t", "Enter")
    answered(page)
    assert page.eval_on_selector("#verdict", SEEN)
    assert page.evaluate("() => document.activeElement.id") == "t"


def test_an_answer_that_is_in_view_stays_where_it_is(page):
    page.set_viewport_size({"width": 1280, "height": 1600})
    ask(page, Q, T)
    before = page.evaluate("scrollY")
    ask(page, Q, SENTENCES[2])
    assert page.evaluate("scrollY") == before == 0


def test_what_stands_under_the_curve_does_not_overlap(phone):
    """Characters where there is room for each, and numbers at even distances where there is not."""
    boxes = """all => all.filter((one) => one.getAttribute("text-anchor") === "middle").slice(0, -1)
        .map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right])"""
    for q, t, numbers in ((Q, T, False), (Q * 2, T * 2, True)):
        ask(phone, q, t)
        ends = phone.eval_on_selector_all("#curve text", boxes)
        assert len(ends) > 1
        assert all(right <= left for (_, right), (left, _) in pairwise(ends))
        ticks = phone.eval_on_selector_all("#curve text.tick", "all => all.length")
        assert (ticks == 0) is numbers


def curve(page, values, random, sides="qtqtqtqt"):
    """The sentence of a curve that the page is given. sides: of what is hidden, in order."""
    script = """async ([values, random, hidden]) => (await import("/curve.js")).curveInWords(
        { certainty: 0.9, contrast: null, target: null }, { curve: values, random }, hidden, 0.5)"""
    return page.evaluate(script, [values, random, [{"text": "字", "side": side} for side in sides]])


@pytest.mark.parametrize(
    ("values", "sides", "said"),
    [
        ([0.9, 0.8, 0.7, 0.6], "qqq", "The judgement never changes."),
        ([0.9, 0.4, 0.3, 0.2], "qqq", "The judgement changes after 1."),
        (
            [0.9, 0.4, 0.3, 0.7, 0.8],
            "qqqq",
            "changes after 1 and changes back after 3: by then so little is left of both sentences that the model no "
            "longer judges this pair. With everything hidden, the probability of the judgement is "
            "80.0\N{NO-BREAK SPACE}%.",
        ),
        (
            [0.9, 0.4, 0.9, 0.9, 0.8, 0.8],
            "qtqqq",
            "changes back after 2, when “字” in the second sentence is hidden too: what was missing in one sentence is "
            "then missing in both.",
        ),
        (
            [0.9, 0.4, 0.9, 0.9, 0.8, 0.8],
            "qqqqt",
            "changes back after 2: these characters act together, so that hiding more of them undoes the effect of "
            "the first ones.",
        ),
    ],
)
def test_the_sentence_fits_the_curve(page, values, sides, said):
    told = curve(page, values, [0.9, 0.85, 0.8, 0.75, 0.7, 0.7][: len(values)], sides)
    assert told.endswith(said)
    assert "Hiding as many in random order leaves 75.0\N{NO-BREAK SPACE}%." in told
    assert "random" not in curve(page, values, None, sides)


def test_the_random_curve_is_drawn_and_tabulated(page, server):
    ask(page, Q, T)
    found = server.post("/api/explain", {"q": Q, "t": T, "curve": True}).json
    assert page.eval_on_selector_all("#curve path.chance", "all => all.length") == 1
    assert "in random order" in page.inner_text("#curve .legend")
    assert f"as many in random order leaves {100 * found['random_curve'][3]:.1f}\N{NO-BREAK SPACE}%" in page.inner_text(
        "#curve-said"
    )
    page.click("summary")
    assert f"{100 * found['random_curve'][1]:.1f}\N{NO-BREAK SPACE}%" in page.inner_text("#tables table:last-child")
