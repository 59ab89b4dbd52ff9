"""The page in a real browser: a table goes up, its columns are shown, its judged rows lead to explanations."""

import re
from pathlib import Path

import pytest
from at_hand import needs_browser
from test_web_files import NAMES, OWN, table, workbook
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")

from browsing import answered, ask, chosen

pytestmark = needs_browser
Q, T = SENTENCES[:2]


def judged(page, path):
    chosen(page, path)
    page.click("#send-go")
    page.wait_for_selector("#file-answer table")


@pytest.fixture
def own(tmp_path):
    """A user's own table of 16 rows."""
    path = tmp_path / "own.csv"
    path.write_bytes(table([NAMES, *OWN]).encode("gb18030"))
    return path


def test_the_columns_are_shown_and_preselected_and_can_be_changed(page, own, explainer):
    chosen(page, own)
    assert [page.input_value(f"#column-{role}") for role in ("q", "t", "label")] == ["2", "3", "4"]
    shown = page.inner_text("#columns-seen")
    assert all(str(cell) in shown for row in OWN[:3] for cell in row[1:3])
    assert "GB18030" in page.inner_text("#columns-said")
    page.select_option("#column-q", "3")
    page.select_option("#column-t", "2")
    page.select_option("#column-label", "")
    page.click("#send-go")
    page.wait_for_selector("#file-answer table")
    first = page.inner_text("#file-answer tbody tr >> nth=0")
    one = explainer.predict((OWN[0][2], OWN[0][1]))
    assert first.split("\t")[1:3] == [OWN[0][2], OWN[0][1]]
    assert f"{100 * one.probability:.1f}\N{NO-BREAK SPACE}%" in first
    assert "right answer" not in page.inner_text("#file-status")


def test_right_answers_are_compared_with_the_judgements(page, own, explainer):
    judged(page, own)
    found = explainer.predict([(row[1], row[2]) for row in OWN])
    right = sum(one.label == (row[3] == "是") for one, row in zip(found, OWN, strict=True))
    assert f"{right} of 16 ({100 * right / 16:.1f}\N{NO-BREAK SPACE}%) agree with the right answer" in page.inner_text(
        "#file-status"
    )


def test_whether_the_first_line_names_the_columns_can_be_changed(page, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text(f"1,{Q},{T}\n2,{T},{Q}\n", encoding="utf-8")
    chosen(page, path)
    if page.is_checked("#column-names"):
        page.uncheck("#column-names")
        page.wait_for_function("() => document.querySelector('#column-q').textContent.includes('column 2')")
    assert "column 3" in page.inner_text("#columns-seen")
    page.select_option("#column-q", "2")
    page.select_option("#column-t", "3")
    page.click("#send-go")
    page.wait_for_selector("#file-answer table")
    assert page.inner_text("#file-status").startswith("2 of 2 rows judged")


def test_a_column_that_is_not_chosen_is_asked_for(page, tmp_path):
    path = tmp_path / "unclear.csv"
    path.write_text(f"a,b,c\n1,{Q},{T}\n", encoding="utf-8")
    chosen(page, path)
    assert page.input_value("#column-q") == ""
    page.click("#send-go")
    page.wait_for_selector("#file-problem .problem")
    assert "Choose two different columns that hold the sentences." in page.inner_text("#file-problem")


def test_a_row_opens_its_explanation_above_and_there_is_a_way_back(page, own):
    judged(page, own)
    row = OWN[5]
    line = page.inner_text("#file-answer tbody tr >> nth=5 >> .row-open")
    page.click("#file-answer tbody tr >> nth=5 >> .row-open")
    answered(page)
    assert (page.input_value("#q"), page.input_value("#t")) == (row[1], row[2])
    assert page.evaluate("() => document.activeElement.id") == "verdict"
    assert page.inner_text("#back-go") == f"← Back to line {line} of the file"
    page.click("#back-go")
    assert page.evaluate("() => document.activeElement.id") == f"line-{line}"
    ask(page, Q, T)
    assert page.is_hidden("#back")


def test_a_long_file_is_shown_a_few_rows_at_a_time(page, tmp_path):
    path = tmp_path / "long.tsv"
    path.write_text("".join(f"{Q}{n}\t{T}\n" for n in range(50)), encoding="utf-8")
    judged(page, path)
    count = "all => all.length"
    assert page.eval_on_selector_all(".row-open", count) == 20
    page.click("#more")
    assert page.eval_on_selector_all(".row-open", count) == 40
    assert page.evaluate("() => document.activeElement.id") == "line-21"
    page.click("#more")
    assert page.eval_on_selector_all(".row-open", count) == 50
    assert page.is_hidden("#more")


def test_a_file_goes_up_and_its_result_comes_down_with_all_columns(page, server, tmp_path):
    path = tmp_path / "own.xlsx"
    path.write_bytes(workbook([NAMES, *OWN]))
    judged(page, path)
    for result in ("csv", "jsonl", "xlsx"):
        with page.expect_download() as download:
            page.click(f".download[data-format={result}]")
        assert download.value.suggested_filename == f"judged.{result}"
        asked = f"/api/file?format=xlsx&q=2&t=3&label=4&header=true&result={result}"
        got = Path(download.value.path()).read_bytes()
        if result != "xlsx":  # It bears the time at which it was written.
            assert got == server.post(asked, path.read_bytes()).body
        assert len(got) > 500


def test_rows_that_are_no_pairs_are_named(page, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text(f"{Q}\t{T}\n<b>no pair</b>\n{T}\t{Q}\n", encoding="utf-8")
    judged(page, path)
    assert page.inner_text("#file-status").startswith("2 of 3 rows judged")
    assert "line 2: expected 2 TAB-separated fields, got 1" in page.inner_text("#file-answer")
    assert len(page.query_selector_all("#file-answer tbody tr")) == 2
    page.click("[data-language=zh]")
    assert re.search("共 3 行，已判断 2 行", page.inner_text("#file-status"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (None, b"", "Choose a file first."),
        ("pairs.numbers", b"", "must end in"),
        ("pairs.xlsx", b"", "cannot be read"),
        ("pairs.csv", b"a\n", "cannot be read"),
        ("pairs.tsv", b"\x1f\x8b\x08", "compressed"),
        ("pairs.tsv", b"a\tb\n" * (1 << 19), "larger than 1 MB"),
        ("pairs.jsonl", b"", "has no rows"),
        ("pairs.parquet", b"PAR1 of nothing", "cannot be read"),
    ],
)
def test_a_file_that_is_refused_says_why(page, tmp_path, name, content, said):
    if name:
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#file", tmp_path / name)
        page.wait_for_selector("#send-go:not([disabled])")
    if name is None or page.query_selector("#file-problem .problem") is None:
        page.click("#send-go")
    page.wait_for_selector("#file-problem .problem")
    assert said in page.inner_text("#file-problem")
