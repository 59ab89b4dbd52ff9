"""The page in a real browser: English, and Chinese in simplified and traditional characters."""

import json
import re

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")

from browsing import answered, ask, opened

from yiju.job.code_version import SCRIPTS

pytestmark = needs_browser
Q, T = SENTENCES[:2]
PAGE = SCRIPTS / "yiju/app/web/page"


SIMILAR = {"en": ("Similar", "Not similar"), "zh": ("相似", "不相似"), "zh-Hant": ("相似", "不相似")}
JUDGE = {"en": "Judge", "zh": "判断", "zh-Hant": "判斷"}


@pytest.mark.parametrize(("button", "language"), [("简体", "zh"), ("繁體", "zh-Hant")])
def test_the_language_is_chosen_and_the_choice_is_kept(page, button, language):
    ask(page, Q, T)
    page.click(f"text={button}")
    assert page.get_attribute("html", "lang") == language
    assert page.inner_text("#verdict") in SIMILAR[language]
    assert page.inner_text("#go") == JUDGE[language]
    page.reload()
    answered(page)
    assert page.inner_text("#go") == JUDGE[language]
    assert page.get_attribute(f"[data-language={language}]", "aria-pressed") == "true"


@pytest.mark.parametrize(
    ("locale", "address", "language"),
    [
        ("zh-CN", "/", "zh"),
        ("zh-TW", "/", "zh-Hant"),
        ("fr-FR", "/", "en"),
        ("zh-CN", "/?lang=en", "en"),
        ("en-US", "/?lang=zh", "zh"),
        ("en-US", "/?lang=zh-TW", "zh-Hant"),
        ("zh-CN", "/?lang=fr", "zh"),
    ],
)
def test_the_address_says_the_language_and_else_the_browser(chrome, server, locale, address, language):
    with opened(chrome, server, address, locale=locale) as page:
        assert page.inner_text("#go") == JUDGE[language]
        if address != "/":
            page.click("[data-language=zh-Hant]")
            assert page.url.endswith("?lang=zh-Hant")


def test_the_server_answers_in_the_language_of_the_page(chrome, server):
    with opened(chrome, server, "/?lang=zh") as page:
        page.route("**/api/explain", lambda route: route.continue_(post_data=json.dumps({"q": Q, "t": T, "x": 1})))
        page.fill("#q", Q)
        page.fill("#t", T)
        page.click("#go")
        detail = page.wait_for_selector("#problem small")
        assert (detail.inner_text(), detail.get_attribute("lang")) == ("x：没有这一项", "zh")
        page.click("[data-language=en]")
        assert page.get_attribute("#problem small", "lang") == "zh"


def places(text):
    """What is filled into a text; how a unit is called may stand in it as often as the language needs."""
    return sorted(set(re.findall(r"\{(\w+)\}", text)) - {"unit", "units", "Unit"})


def test_every_text_is_there_in_every_language(page):
    words = page.evaluate("async () => (await import('/words.js')).WORDS")
    assert set(words) == {"en", "zh", "zh-Hant"}
    english = words.pop("en")
    for other in words.values():
        assert list(other) == list(english)
        for kind in ("problems", "units"):
            assert list(other[kind]) == list(english[kind])
        assert set(english["methods"]) <= set(other["methods"])
        texts = [(key, text, other[key]) for key, text in english.items() if isinstance(text, str)]
        texts += [(key, text, other["problems"][key]) for key, text in english["problems"].items()]
        for key, text, translated in texts:
            assert places(translated) == places(text), key
    used = page.evaluate("() => [...document.querySelectorAll('[data-word]')].map((one) => one.dataset.word)")
    assert set(used) <= english.keys()


@pytest.mark.parametrize("language", JUDGE)
def test_every_method_has_a_title_in_every_language(chrome, server, language):
    with opened(chrome, server, f"/?lang={language}") as page:
        offered = page.eval_on_selector_all("#method option", "all => all.map((one) => [one.value, one.textContent])")
        assert len(offered) > 10
        assert [name for name, title in offered if title in ("", name)] == []
        if language == "zh-Hant":
            assert ["integrated_gradients", "積分梯度"] in offered


def test_every_text_is_used(page):
    """In the page itself, or by a module by its key."""
    words = page.evaluate("async () => (await import('/words.js')).WORDS.en")
    texts = ("english.js", "chinese.js", "traditional.js")
    files = [file for file in PAGE.iterdir() if file.suffix in (".js", ".html") and file.name not in texts]
    written = "".join(file.read_text(encoding="utf-8") for file in files)
    unused = [key for key in words if not re.search(rf"\b{key}\b", written) and key not in ("label0", "label1")]
    assert unused == []
