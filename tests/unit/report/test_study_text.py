"""What a study of any model says: its answer, its tables in every form, and its page."""

import pytest

from yiju.report.study_text import answer, details, html, lines, markdown

NONE = {"method": None, "reason": "none holds", "ranks": {}, "fails": {}, "randomised": {}}
FACTS = {
    "judged": {"similar": 0, "not_similar": 0},
    "labels": {"similar": "similar", "not_similar": "not similar"},
    "operators": ["delete", "mask", "replace"],
    "weights": True,
    "methods": [],
    "left_out": {},
    "recommended": NONE,
}


def test_nothing_of_others_is_markup():
    facts = FACTS | {"notes": ["<b>a|b</b>"], "model": "m", "pairs": "p", "items": 0}
    assert "\\<b\\>a\\|b\\</b\\>" in markdown(facts)
    page = html(facts)
    assert "&lt;b&gt;a|b&lt;/b&gt;" in page
    assert "<script" not in page


def facts_of(judged, low):
    """A study of one method whose figures all have the same lower end."""
    ends = {"": low + 0.1, ".low": low, ".high": low + 0.2}
    row = {"method": "mine", "trivial": False, "given": False}
    for word in judged:
        row[f"smallest.{word}"] = 0.1
        for removal in ("delete", "mask", "replace"):
            row[f"kept.{removal}.{word}"] = 0.9
            for figure in ("one_sided", "alone"):
                row |= {f"{figure}.beyond_random.{removal}.{word}{end}": value for end, value in ends.items()}
    best = NONE | {"fails": {"mine": [] if low > 0 else ["a", "b", "c"]}}
    given = {"notes": [], "judged": judged, "methods": [row], "recommended": best}
    return FACTS | {"model": "m", "pairs": "p", "items": sum(judged.values())} | given


@pytest.mark.parametrize(("low", "marks"), [(0.1, 0), (-0.1, 10)])
def test_a_figure_that_fails_is_marked_at_its_place_and_counted(low, marks):
    facts = facts_of({"similar": 50, "not_similar": 50}, low)
    # By replacement, nothing else left decides nothing.
    assert sum("] ×" in part for line in lines(facts) for part in line.split("  ")) == marks
    assert markdown(facts).count("\\] ×") == marks
    assert html(facts).count('class="fails"') == marks and html(facts).count('class="holds"') == 10 - marks
    assert ("mine holds in 7 of 10 figures." in details(facts)) == (marks > 0)


def test_the_answer_says_what_holds_and_when_there_are_too_few_pairs():
    said = answer(facts_of({"similar": 1, "not_similar": 2}, -0.1))
    assert said[0].startswith("No method is shown to hold on this model: do not rely on")
    assert said[1].startswith("Too few pairs: 1 is judged similar and 2 are judged not similar.")
    assert said[2] == "mine comes nearest: it holds in 7 of 10 figures."
    facts = facts_of({"similar": 30, "not_similar": 29}, 0.1)
    facts["recommended"] = NONE | {"method": "mine", "reason": "mine: best"}
    said = answer(facts)
    assert said[0].startswith("Take mine: what it marks counts for more than as many characters drawn at random")
    assert "for pairs judged similar and for pairs judged not similar" in said[0]
    assert said[1].startswith("Too few pairs: 29 are judged not similar.")
    assert answer(facts_of({"similar": 30, "not_similar": 0}, -0.1))[0].startswith("No method holds on this model:")


def test_methods_that_disagree_are_named_and_none_is_taken():
    facts = facts_of({"similar": 30, "not_similar": 30}, 0.1)
    facts["recommended"] = NONE | {"ranks": {"mine": 1.0, "other": 2.0}, "reason": "mine leads, but other is better"}
    said = answer(facts)
    assert said[0].startswith("No one method is best on this model.") and "mine and other" in said[0]
    assert said[1] == "mine leads, but other is better."


def test_a_method_that_random_weights_do_not_change_is_out_and_the_page_begins_with_the_answer():
    facts = facts_of({"similar": 50, "not_similar": 50}, -0.1)
    facts["recommended"] = facts["recommended"] | {"randomised": {"mine": 0.93}}
    assert any("mine is out" in one and "0.93" in one for one in details(facts))
    assert not any("comes nearest" in one for one in answer(facts))
    page = html(facts)
    assert page.index("No method holds on this model") < page.index("<table") < page.index("How it was measured")


def test_the_page_says_under_its_tables_what_one_figure_cannot_tell():
    page = html(facts_of({"similar": 50, "not_similar": 50}, 0.1))
    assert page.rindex("</table>") < page.index("so random scores do nearly as well") < page.index("<h2>How to read")
    assert "<dt>kept</dt><dd>share of judgements that the rationale alone keeps. By deletion it is below 1" in page
    # The name of a method takes no column of a narrow window.
    assert page.count('class="method" colspan="5"') == 2
