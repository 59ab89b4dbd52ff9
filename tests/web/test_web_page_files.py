"""The page in a real browser: a file goes up, and its judgements come down."""

from pathlib import Path

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")


pytestmark = needs_browser
Q, T = SENTENCES[:2]


def test_a_file_goes_up_and_its_result_comes_down(page, server, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text(f"{Q}\t{T}\n<b>no pair</b>\n{T}\t{Q}\n", encoding="utf-8")
    page.set_input_files("#file", path)
    page.click("#send-go")
    page.wait_for_selector("#download")
    assert page.inner_text("#file-status").startswith("2 of 3 rows judged")
    assert "line 2: expected 2 TAB-separated fields, got 1" in page.inner_text("#file-answer")
    assert len(page.query_selector_all("#file-answer tbody tr")) == 2
    for result in ("csv", "jsonl"):
        page.select_option("#result", result)
        with page.expect_download() as download:
            page.click("#download")
        assert download.value.suggested_filename == f"judged.{result}"
        wanted = server.post(f"/api/file?format=tsv&result={result}", path.read_bytes()).body
        assert Path(download.value.path()).read_bytes() == wanted


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (None, b"", "Choose a file first."),
        ("pairs.xlsx", b"", "ends in none of"),
        ("pairs.csv", b"a,b\n", "cannot be read"),
        ("pairs.tsv", b"\x1f\x8b\x08", "compressed"),
        ("pairs.tsv", b"a\tb\n" * (1 << 19), "larger than 1 MB"),
        ("pairs.jsonl", b"", "holds no rows"),
    ],
)
def test_a_file_that_is_refused_says_why(page, tmp_path, name, content, said):
    if name:
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#file", tmp_path / name)
    page.click("#send-go")
    page.wait_for_selector("#file-problem .problem")
    assert said in page.inner_text("#file-problem")
