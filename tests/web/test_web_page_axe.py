"""The page in a real browser: axe-core finds nothing to mend, in each language and colour scheme, in every state."""

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")
pytest.importorskip("axe_core_python", reason="axe-core-python is not installed (requirements/dev.txt)")
from axe_core_python.sync_playwright import Axe
from browsing import COLOURS, MEDIA, ask, chosen, edited, opened

pytestmark = needs_browser
Q, T = SENTENCES[:2]


def clean(page):
    """Nothing is found: by any rule in light, by those of colours in every scheme."""
    for media in MEDIA:
        page.emulate_media(**media)
        found = Axe().run(page, options=None if media is MEDIA[0] else {"runOnly": COLOURS})
        told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]
        assert told == [], media
        assert found["passes"]


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390), ("zh-Hant", 1280)])
def test_axe_finds_nothing(chrome, both, tmp_path, language, width):
    """Before and after an answer, with an edit and a second model beside it, and with a file open and judged."""
    path = tmp_path / "pairs.csv"
    path.write_text("编号,q,t,label\n" + "".join(f"{n},{Q},{T},{n % 2}\n" for n in range(25)), encoding="utf-8")
    with opened(chrome, both, f"/?lang={language}", viewport={"width": width, "height": 844}) as page:
        clean(page)
        ask(page, Q, f"龘{T}")
        page.click("summary")
        edited(page, f"{T}吗")
        clean(page)
        chosen(page, path)
        page.click("#send-go")
        page.wait_for_selector("#file-answer table")
        clean(page)


def test_axe_finds_nothing_on_the_description_of_the_api(chrome, both):
    page = chrome.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{both.url}/docs")
    page.wait_for_selector("#schemas section")
    clean(page)
    page.close()
