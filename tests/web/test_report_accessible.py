"""The report in a real browser: on a phone and a desk, light, dark and in forced colours, by keyboard and on paper."""

import re

import pytest
from at_hand import needs_browser
from unit.report.small_run import REAL, small_run
from unit.report.test_report_study import study_file
from unit.report.test_report_variants import variants_file

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")
pytest.importorskip("axe_core_python", reason="axe-core-python is not installed (requirements/dev.txt)")

from axe_core_python.base import AXE_SCRIPT
from browsing import COLOURS, MEDIA, browser

from yiju.base.language import LANGUAGES
from yiju.report.page import render_report

pytestmark = needs_browser
PHONE, DESK = 360, 1280
# Rules of WCAG 2.2 A and AA, and what is good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AUDIT = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations", "passes"]});
  const contrast = found.passes.find((one) => one.id === "color-contrast");
  const told = found.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 150))]);
  return {told, measured: contrast ? contrast.nodes.length : 0};
}"""
OPEN = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  for (const one of [...document.querySelectorAll(".found-list button")]) one.click();
}"""


@pytest.fixture(scope="module")
def chrome():
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of a run with everything that one can have, by language."""
    folder = tmp_path_factory.mktemp("run")
    inputs = small_run(folder, warned=("A dev",), filters={"leaks": False}) | {
        "study": [study_file(folder)],
        "variants": [str(variants_file(folder))],
    }
    made = {language: folder / f"{language}.html" for language in LANGUAGES}
    for language, path in made.items():
        render_report(inputs, folder / "nowhere", REAL | {"corpora": ["A"]}, path, language)
    return made


def opened(chrome, path, width=DESK, **look):
    page = chrome.new_page(viewport={"width": width, "height": 900}, **look)
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("width", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "zh", pytest.param("zh-Hant", marks=pytest.mark.slow)])
def test_nothing_is_in_the_way_of_whoever_reads_it(chrome, pages, language, width):
    """The page is opened once: all rules in light, those of colours in dark and in forced colours too, at a desk."""
    page = opened(chrome, pages[language], width)
    page.evaluate(OPEN)
    page.evaluate(AXE_SCRIPT)
    light, *others = MEDIA
    for media in (light, *(others if width == DESK else ())):
        page.emulate_media(**media)
        found = page.evaluate(AUDIT, {"type": "tag", "values": TAGS} if media is light else COLOURS)
        assert found["told"] == [], media
        assert found["measured"] > 100
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_scrolls_downwards_only(chrome, pages, language):
    page = opened(chrome, pages[language], PHONE)
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    # Charts fit the phone, and their text is no smaller than 10 pixels.
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(".chart [role=img] svg")].map((one) => {
          const scale = one.getBoundingClientRect().width / one.viewBox.baseVal.width;
          return [one.getBoundingClientRect().right, 11 * scale];
        })"""
    )
    assert sizes and all(right <= PHONE and size >= 9 for right, size in sizes)
    page.close()


def test_no_label_of_a_curve_is_cut_off(chrome, pages):
    page = opened(chrome, pages["en"])
    page.evaluate(OPEN)
    page.wait_for_selector("svg.curve text")
    # Each label's left and right end, from the left end of its picture.
    ends = page.evaluate(
        """() => [...document.querySelectorAll("svg.curve")].flatMap((one) => {
          const box = one.getBoundingClientRect();
          return [...one.querySelectorAll("text")].map((text) => {
            const label = text.getBoundingClientRect();
            return [label.left - box.left, box.right - label.right];
          });
        })"""
    )
    assert ends and all(min(left, right) > -0.5 for left, right in ends)
    page.close()


def test_the_menu_stays_in_view_and_marks_the_section_that_is_read(chrome, pages):
    page = opened(chrome, pages["en"])
    current = "document.querySelector('.menu [aria-current]').textContent"
    assert page.evaluate(current) == "Answers"
    page.click(".menu a[href='#calibration']")
    page.wait_for_selector(".menu a[href='#calibration'][aria-current]")
    assert page.evaluate("document.querySelector('.menu').getBoundingClientRect().top") == 0
    title = page.evaluate("document.querySelector('#calibration-title').getBoundingClientRect().top")
    assert title >= page.evaluate("document.querySelector('.menu').getBoundingClientRect().bottom") - 1
    page.close()


def test_the_keyboard_reaches_the_results_at_once_and_shows_where_it_is(chrome, pages):
    page = opened(chrome, pages["en"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") > 0
    page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate("document.activeElement.textContent") == "Answers" and page.evaluate(outline) == "solid"
    page.close()


def test_a_dark_screen_has_dark_charts(chrome, pages):
    colour = """() => {
      const one = document.querySelector(".chart");
      return [getComputedStyle(one).backgroundColor, getComputedStyle(one.querySelector("text")).fill];
    }"""
    seen = {}
    for scheme in ("light", "dark"):
        page = opened(chrome, pages["en"], color_scheme=scheme)
        card, text = (sum(map(int, re.findall(r"\d+", one)[:3])) for one in page.evaluate(colour))
        seen[scheme] = card - text
        page.close()
    assert seen["light"] > 200 and seen["dark"] < -200


def test_paper_has_everything_open_the_run_and_the_date_in_the_margin_and_no_menu(chrome, pages):
    page = opened(chrome, pages["en"])
    page.emulate_media(media="print", color_scheme="dark")
    shown = page.evaluate(
        """() => ({
          menu: getComputedStyle(document.querySelector(".menu")).display,
          explorer: document.querySelector("#explorer").offsetHeight,
          examples: document.querySelector("#examples-static").offsetHeight > 0,
          folded: [...document.querySelectorAll("details:not([open]):not(.terms)")]
            .filter((one) => !one.closest("#explorer"))
            .filter((one) => getComputedStyle(one, "::details-content").contentVisibility !== "visible").length,
          paper: getComputedStyle(document.body).backgroundColor,
        })"""
    )
    assert shown == {"menu": "none", "explorer": 0, "examples": True, "folded": 0, "paper": "rgb(255, 255, 255)"}
    margins = re.search(r'@page \{ @top-left \{ content: "(.*?)"; \} @top-right \{ content: "(.*?)"', page.content())
    assert margins.groups() == ("small", "2026-05-04 03:02 UTC")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.close()
