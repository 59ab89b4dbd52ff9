"""The page in a real browser: for keyboards, screen readers, small screens and weak eyes."""

import re

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")

from browsing import answered, ask, opened

pytestmark = needs_browser
Q, T = SENTENCES[:2]


# Seen by whoever reads the page: light and dark, phone and desk.
VIEWS = [
    *(("light", 1280), ("dark", 320)),
    *(pytest.param(*other, marks=pytest.mark.slow) for other in (("dark", 1280), ("light", 390))),
]


def test_everything_is_done_with_the_keyboard(page):
    def name():
        return page.evaluate("() => document.activeElement.id || document.activeElement.textContent.trim()")

    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(name())
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", seen[-1]
        if seen[-1] == "About the API":
            break
    assert seen[:5] == ["To the sentences", "简体", "繁體", "English", "q"]
    assert {"go", "method", "file", "send-go"} <= set(seen)

    page.reload()
    page.wait_for_selector("#method option", state="attached")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert name() == "q"
    page.keyboard.type(Q)
    page.keyboard.press("Tab")
    page.keyboard.type(T)
    page.keyboard.press("Enter")
    answered(page)
    page.keyboard.press("Tab")
    assert name() == "go"
    page.keyboard.press("Tab")
    with page.expect_response("**/api/explain"):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")
    while name() != "All figures as tables":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.is_visible("#tables table")


def test_a_screen_reader_is_told(page):
    ask(page, Q, T)
    assert page.get_attribute("#status", "aria-live") == "polite"
    assert re.match(
        r"(Not s|S)imilar; probability of being similar [\d.]+\N{NO-BREAK SPACE}%\. The strongest reasons for it: ",
        page.text_content("#status"),
    )
    page.click("summary")
    for control in page.query_selector_all("textarea, select, input, button, a"):
        assert control.evaluate("one => (one.labels?.[0] ?? one).textContent.trim()"), control
    for picture in page.query_selector_all("svg, [role=img]"):
        told = picture.evaluate("one => one.getAttribute('aria-label') ?? one.getAttribute('aria-labelledby')")
        assert told or picture.get_attribute("aria-hidden") == "true"
    assert {one.get_attribute("lang") for one in page.query_selector_all("textarea, .sentence")} == {"zh"}
    rows = page.query_selector_all("#tables table >> nth=0 >> tbody tr")
    assert [row.query_selector("th").inner_text() for row in rows] == [*Q, *T]
    assert page.query_selector_all("table:not(:has(caption))") == []


@pytest.mark.parametrize(("scheme", "width"), VIEWS)
def test_it_fits_and_can_be_read(chrome, server, scheme, width):
    with opened(chrome, server, color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        ask(page, (Q + "VIP") * 9, T * 20)
        page.click("summary")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) >= 4.5
        assert page.eval_on_selector_all("button, select, textarea", HEIGHTS) >= 44


# Of what is shown: the choice of class is there for models of more than two labels.
HEIGHTS = "all => Math.min(...all.filter((one) => one.offsetParent).map((one) => one.offsetHeight))"


# The least contrast (WCAG) of a text with what lies behind it; what is placed outside its parent lies on the page.
CONTRAST = """() => {
  const parts = (colour) => { const c = colour.match(/[\\d.]+/g).map(Number); return [c[0], c[1], c[2], c[3] ?? 1]; };
  const behind = (one) => {
    const [style, own] = [getComputedStyle(one), parts(getComputedStyle(one).backgroundColor)];
    if (own[3] === 1) return own;
    const under = behind(style.position === "absolute" ? document.body : one.parentElement);
    return [0, 1, 2].map((i) => own[i] * own[3] + under[i] * (1 - own[3])).concat(1);
  };
  const light = (c) => {
    const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = c.slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const written = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const seen = (one) => one.getClientRects().length && !one.closest("svg");
  const texts = [...document.querySelectorAll("body *")].filter((one) => written(one) && seen(one));
  return Math.min(...texts.map((one) => {
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
}"""


def test_nothing_moves_for_those_who_do_not_want_it(chrome, server):
    with opened(chrome, server, reduced_motion="reduce") as page:
        ask(page, Q, T)
        assert page.evaluate("() => getComputedStyle(document.querySelector('.track .dot')).transitionDuration") == "0s"
