"""The page in a real browser: what is wrong with a request is said, and hostile text is only shown."""

import json

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")

from browsing import answered, ask

from yiju.app.web.limits import CHARACTERS

pytestmark = needs_browser
Q, T = SENTENCES[:2]

HOSTILE = [
    ("<script>document.title='broken'</script>", "<img src=x onerror=\"document.title='broken'\">"),
    ('"><svg onload=document.title=1>&lt;b&gt;', "'; alert(1) //</textarea><b>"),
    ("花\u202e呗\u200f开\u2066通", "\x00\x07花\x1b[2J呗\ufeff\u200b"),
    ("مرحبا 花呗 שלום", "🏳️‍🌈👩‍👩‍👧 e\u0301 𠮷"),
]


def problem(page):
    page.wait_for_selector("#problem .problem")
    return page.inner_text("#problem")


def test_bad_input_is_told_in_words(page, server):
    page.click("#go")
    assert "at least one visible character" in problem(page)
    page.fill("#q", "花" * (CHARACTERS + 1))
    page.fill("#t", T)
    assert page.inner_text("#q-note") == f"{CHARACTERS + 1:,} characters; the most is {CHARACTERS:,}"
    assert page.get_attribute("#q", "aria-invalid") == "true"
    page.click("#go")
    page.wait_for_function(
        f"() => document.querySelector('#problem').textContent.includes('{CHARACTERS:,} characters')"
    )
    page.evaluate("() => { document.querySelector('#q').value = '花'.repeat(350_000) }")
    page.click("#go")
    assert "too long" in problem(page)
    ask(page, Q, T)
    assert page.query_selector("#problem .problem") is None
    assert server.get("/").status == 200


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (429, {"Retry-After": "7"}, {"error": {"code": "rate", "message": ""}}, "Try again in 7 s."),
        (500, {}, {"error": {"code": "defect", "message": ""}}, "The server has a fault."),
        (503, {}, {"error": {"code": "slow", "message": "no answer"}}, "There was no answer in time."),
        (422, {}, {"error": {"code": "too_much", "message": "costs"}}, "would take too long"),
        (502, {}, None, "The server refused this request."),
        (None, {}, None, "The server cannot be reached."),
    ],
)
def test_what_the_server_says_no_to_is_told(page, status, headers, body, said):
    def refuse(route):
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers=headers, body=json.dumps(body) if body else "<html>")

    page.route("**/api/explain", refuse)
    page.fill("#q", Q)
    page.fill("#t", T)
    page.click("#go")
    assert said in problem(page)
    assert page.is_hidden("#answer")
    page.unroute("**/api/explain")
    page.click("#go")
    answered(page)


@pytest.mark.parametrize(("q", "t"), HOSTILE)
def test_hostile_text_is_shown_and_not_obeyed(page, q, t):
    title = page.title()
    ask(page, q, t)
    page.click("summary")
    assert page.title() == title
    for name in ("script:not([src])", "img", "b", "svg:not([id]):not([role])"):
        assert page.query_selector(f"body {name}") is None
    for side, text in (("q", q), ("t", t)):
        said = page.text_content(f"#{side}-side")
        steering = [one for one in text if one in "\u202e\u200f\u2066\x00\x07\x1b\ufeff\u200b"]
        assert all(f"U+{ord(one):04X}" in said for one in steering)
        assert not any(one in said for one in steering)
    # What turns the direction of one sentence leaves the page around it alone.
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
