"""What the page says of a run's data: warnings first, then every number with what it means."""

import re

import pytest
from unit.report.rendered import first_screen, page, words

from yiju.report.sections.leakage_section import CONFLICT_RULES


def section(html, name):
    """One section of the page as it is read."""
    return words("</style>" + html.split(f'<section id="{name}"')[1].split("</section>")[0])


def test_a_leak_filter_that_is_off_is_warned_of_first(tmp_path):
    html = page(tmp_path, filters={"leaks": False})
    assert "The filter of leaks is off" in first_screen(html)
    assert "LCQMC dev (323) and told (323)" in first_screen(html)
    assert "The filter of leaks is off" in section(html, "leakage")
    assert "duplicates dropped, leaks and near leaks kept" in words(html)


def test_without_leaks_the_filter_that_is_off_would_have_changed_nothing(tmp_path):
    assert "would have dropped nothing" in first_screen(page(tmp_path, filters={"leaks": False}, bare=True))


def test_a_run_without_trouble_warns_of_nothing(tmp_path):
    html = page(tmp_path)
    assert 'class="warning"' not in html
    assert "None of the 2 splits that were checked rewards a shortcut" in section(html, "shortcuts")
    first = first_screen(html)
    assert "None of the 2 splits that were checked rewards a shortcut" in first
    said = "Not checked for shortcuts: A test (fewer than 100), told (a test set) and untold (a test set)."
    assert said in section(html, "shortcuts")


def test_leaks_are_shown_in_three_levels(tmp_path):
    text = section(page(tmp_path), "leakage")
    assert (
        "training rows of found in word for word same pair nearly (kept) A LCQMC dev 300 323 1,041 A told 300 323 0"
        in text
    )
    assert "A train.tsv line 17 今天冷吗 | 天气 冷么 LCQMC dev 天气 冷么 | 今天冷吗 0.875" in text
    assert "set other set pairs LCQMC dev told 7" in text


@pytest.mark.parametrize("rule", CONFLICT_RULES)
def test_the_rule_of_conflicts_is_said(tmp_path, rule):
    text = section(page(tmp_path, filters={"conflicts": rule}), "corpora")
    assert f"{CONFLICT_RULES[rule]} (corpora.filters.conflicts: {rule})" in text


def test_a_shortcut_of_what_is_learnt_is_warned_of_first(tmp_path):
    html = page(tmp_path, corpora=("A", "B"), warned=("A dev", "B train"))
    assert re.search(
        r"A dev rewards a shortcut : There, guessing by the lengths alone is right for", first_screen(html)
    )
    assert "not fine-tuned on these splits, but they reward one: B train." in first_screen(html)
    text = section(html, "shortcuts")
    assert "A dev (fine-tuned on): guessing by the lengths alone" in text
    assert "B train : guessing by the lengths alone" in text


@pytest.mark.slow
def test_shortcuts_across_splits_and_what_was_too_small(tmp_path):
    text = section(page(tmp_path), "shortcuts")
    assert re.search(r"A train lengths [\d.]+ % A dev 8,802 55\.3 % 50\.0 %", text)
    assert "Not checked for shortcuts: A test (fewer than 100)" in text


def test_statistics_and_coverage(tmp_path):
    text = section(page(tmp_path), "statistics")
    assert re.search(r"A dev 4,002 7,905 33\.3 % [\d.]+ \d+ \d+ \d+ 0\.60 0\.30", text)
    assert re.search(r"A test 4,002 7,905 no labels [\d.]+ \d+ \d+ \d+ – –", text)
    assert "A train 20,000 99.94 % 0.06 % 0.93 2.00 %" in text


def test_augmentation_with_its_contradictions_and_parents(tmp_path):
    text = section(page(tmp_path), "augmentation")
    assert "before 238,766 138,574 100,192 58.0 % after 250,490 146,703 103,787 58.6 %" in text
    assert "2,635 components (14,343 sentences) contradict themselves" in text
    assert "closure positive 8,129" in text
    assert "sentences 1 2 3 101+ components 80 9,000 5,140 1" in text
    assert "not similar closure negative 今天冷吗 | 今天冷吗 similar: 今天冷吗 | 天气 冷么" in text


def test_a_run_with_nothing_to_show_says_so(tmp_path):
    html = page(tmp_path, bare=True, augment="none")
    for name, said in (
        ("leakage", "No training row that was read is a pair of a dev, test or competition set"),
        ("statistics", "There are no pairs to describe"),
        ("statistics", "No two corpora share a pair"),
        ("shortcuts", "No split has labels enough to be checked"),
        ("augmentation", "No pairs were made (augment.method: none); 238,766 pairs are learnt from as they are"),
    ):
        assert said in section(html, name)
