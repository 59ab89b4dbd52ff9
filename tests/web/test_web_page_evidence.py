"""The page in a real browser: what the colours, frames and lines of the evidence say."""

import re

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")

from browsing import ask

from yiju.explain.strength import FLOOR

pytestmark = needs_browser
Q, T = SENTENCES[:2]


def test_lines_join_the_spans_of_links_and_the_tables_hold_links_and_cells(page):
    """A bar below the span of q, one above that of t, and a curve between them; its look is that of the sign."""
    cells = [[0.0] * len(T) for _ in Q]
    cells[0][1], cells[1][2], cells[2][0], cells[3][3] = 0.8, -0.4, FLOOR / 2, None
    links = [{"q": [0, 2], "t": [1, 4], "score": 0.8}, {"q": [2, 3], "t": [0, 1], "score": -0.4}]

    def answer(route):
        asked = route.fetch()
        own = {"matrix": cells, "links": links} if route.request.post_data_json.get("matrix") else {}
        route.fulfill(response=asked, json=asked.json() | own)

    page.route("**/api/explain", answer)
    ask(page, Q, T)
    drawn = page.query_selector_all("#lines path")
    ends = [tuple(one.get_attribute(name) for name in ("class", "data-q", "data-t")) for one in drawn]
    assert ends == [("line together", "0-2", "1-4"), ("line instead", "2-3", "0-1")]
    assert len(page.query_selector_all("#legend .key.together, #legend .key.instead")) == 2
    box = page.query_selector("#evidence").bounding_box()
    for one, link in zip(drawn, links, strict=True):
        bars = re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", one.get_attribute("d"))
        assert len(bars) == 2
        for bar, side in zip(bars, "qt", strict=True):
            parts = page.query_selector_all(f"#{side}-side .seg")[slice(*link[side])]
            first, last = parts[0].bounding_box(), parts[-1].bounding_box()
            edges = first["x"] - box["x"], last["x"] + last["width"] - box["x"]
            assert [float(end) for end in bar] == pytest.approx([edges[0] + 3, edges[1] - 3], abs=0.5)
    page.evaluate("() => document.querySelector('details').setAttribute('open', '')")
    told = page.inner_text("#tables")
    assert f"{Q[:2]}\t{T[1:4]}\t0.800" in told and f"{Q[1]}\t{T[2]}\t-0.400" in told


def test_characters_that_samples_do_not_tell_apart_share_a_rank(page):
    """The first three of q: the first alone, the others as second; the sign is explained where it stands."""

    def answer(route):
        asked = route.fetch()
        own = asked.json()
        for place, part in enumerate(own["q_segments"][:3]):
            part |= {"rank": place + 1, "shared": 2 if place else None, "strength": 0.5, "score": 0.5}
        route.fulfill(response=asked, json=own)

    ask(page, Q, T)
    assert "=" not in page.inner_text("#legend")
    page.route("**/api/explain", answer)
    ask(page, Q, f"{T}。")
    marks = [one.inner_text() for one in page.query_selector_all("#q-side .seg .rank")[:3]]
    assert marks == ["1", "2=", "2="]
    titles = [one.get_attribute("title") for one in page.query_selector_all("#q-side .seg")[:3]]
    assert "rank 1" in titles[0] and all("tied for rank 2" in one for one in titles[1:])
    assert "“=” after a rank: several characters share it" in page.inner_text("#legend")
    page.evaluate("() => document.querySelector('details').setAttribute('open', '')")
    assert page.inner_text("#tables").count("2=") == 2


def test_unknown_and_unread_characters_are_marked_and_said(page):
    ask(page, Q, T)
    assert page.query_selector_all("#told p") == []
    assert page.query_selector_all(".seg.unknown, .seg.unread, .key.unknown, .key.unread") == []
    ask(page, f"龘{Q}", f"{T * 6}🐶")
    assert [one.inner_text() for one in page.query_selector_all(".seg.unknown bdi")] == ["龘", "🐶"]
    unread = page.query_selector_all("#t-side .seg.unread bdi")
    assert unread[-1].inner_text() == "🐶"
    told = page.inner_text("#told")
    assert "Characters that are not in the model's vocabulary: 2 (marked)." in told
    assert "does not know half or more of a sentence" not in told
    assert "its end was cut off" in told
    assert len(page.query_selector_all("#legend .key.unknown, #legend .key.unread")) == 2
    ask(page, "龘靐花", T)
    (warning,) = page.query_selector_all("#told .problem")
    assert "Do not rely on this judgement: the model does not know half or more of a sentence." in warning.inner_text()
    assert "Do not rely on this judgement" in page.inner_text("#status")


def test_what_speaks_against_is_told_apart_by_more_than_colour(page, server):
    """Both signs, each with its colour, its line and its mark."""
    for q in SENTENCES:
        found = server.post("/api/explain", {"q": q, "t": T, "method": "occlusion"}).json
        parts = found["q_segments"] + found["t_segments"]
        if min(part["score"] for part in parts) < -0.1 * max(part["score"] for part in parts):
            ask(page, q, T)
            style = "one => [getComputedStyle(one).borderBottomStyle, one.lastChild.textContent]"
            assert page.eval_on_selector(".seg.against", style) == ["dashed", "−"]
            assert page.eval_on_selector(".seg.picked", style)[0] == "solid"
            return
    raise AssertionError("nothing speaks against any judgement of the toy sentences")


@pytest.mark.parametrize(
    ("kept", "low", "said"),
    [
        (0.97, 0.1, "the underlined characters alone keep 97"),
        (0.9, 0.1, "they alone keep only 90"),
        (0.97, 0.0, "they were not shown to matter more than as many random ones"),
    ],
)
@pytest.mark.parametrize("quantised", [False, True])
def test_how_far_explanations_hold_is_said_below_the_pair(page, kept, low, said, quantised):
    """Of a model whose run measured the method that explains, with made figures."""

    def offer(route):
        asked = route.fetch()
        figure = {"value": 0.2, "low": low, "high": 0.3}
        own = {"pairs": 9, "one_sided": figure, "alone": figure, "selected": figure, "kept": figure | {"value": kept}}
        method = {"method": "occlusion", "removal": "delete"}
        about = {
            "name": "made",
            "corpora": [],
            "synthetic": False,
            "accuracy": [],
            "threshold": 0.5,
            "reordered": None,
            "quantised": quantised,
            "explanation": {"name": "occlusion", "method": method, "labels": {"similar": own, "not_similar": own}},
        }
        route.fulfill(response=asked, json=asked.json() | {"about": about})

    page.route("**/api/methods*", offer)
    page.reload()
    page.wait_for_selector("#method option", state="attached")
    ask(page, Q, T)
    assert said in page.inner_text("#carried")
    assert ("before the weights were quantised" in page.inner_text("#carried")) is quantised
