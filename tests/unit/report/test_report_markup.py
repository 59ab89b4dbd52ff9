"""The page as markup: every text is escaped, nothing is fetched, headings and ids are in order."""

import re
from itertools import pairwise

from unit.report.rendered import Outline, page

HOSTILE = "<script>alert(1)</script>&\"'"


def test_every_text_is_escaped(tmp_path):
    html = page(tmp_path, sentences=(HOSTILE, HOSTILE[:-1]), corpora=(HOSTILE,), reason=HOSTILE)
    outline = Outline(html)
    # The data of the explorer and its program, and no other.
    assert outline.tags.count("script") == html.count("<script") == html.count("</script>") == 2
    assert not outline.open
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    assert html.count("&lt;script&gt;") >= 3
    assert {value for name, value in outline.attributes if name == "title"} >= {
        "score 0.700, selected, rank 1, gold evidence"
    }


def test_nothing_is_fetched(tmp_path):
    html = page(tmp_path)
    outline = Outline(html)
    targets = [value for name, value in outline.attributes if name in ("src", "href", "action", "srcset", "data")]
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert not re.search(r"@import|url\((?!#)", html)
    assert ("http-equiv", "Content-Security-Policy") in outline.attributes


def test_headings_go_down_one_at_a_time_and_ids_are_distinct(tmp_path):
    outline = Outline(page(tmp_path))
    levels = [int(tag[1]) for tag in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [value for name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    named = [value for name, value in outline.attributes if name == "aria-labelledby"]
    assert set(named) <= set(ids)
