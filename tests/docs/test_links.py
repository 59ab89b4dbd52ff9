"""Links of the pages lead somewhere; those out of the project are only looked at, as no test asks the network."""

import re
from urllib.parse import urlsplit

import pytest
from pages import CHINESE, PAGES, ROOT, anchor, headings, links

TOP = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
ALL = [*PAGES, *CHINESE, *(ROOT / "benchmarks").glob("*.md"), *(ROOT / name for name in TOP)]


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(page):
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in ("http", "https"), link
            assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]+", parts.netloc), link
            continue
        target = page.parent / parts.path if parts.path else page
        assert target.exists(), f"{link}: no such file"
        if parts.fragment:
            assert parts.fragment in map(anchor, headings(target)), f"{link}: no such heading"


def test_the_readme_leads_to_every_page():
    known = {(ROOT / link.split("#")[0]).resolve() for link in links(ROOT / "README.md")}
    # The site's own: its front page, and what it generates.
    own = {ROOT / "docs" / name for name in ("index.md", "modules.md", "notebook.md", "benchmarks.md", "quality.md")}
    assert {page for page in PAGES if page.parent == ROOT / "docs"} - own <= known


def test_the_readme_says_plainly_what_its_figures_do_not_mean():
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").replace("*", "").split())
    assert re.search(r"Planted evidence .*measures plausibility .*not faithfulness", text)
    assert "The published 88.29 is quoted, not reproduced" in text
    assert "harmonised rationale is not an explanation of the model" in text
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 250


def test_the_files_that_a_run_leaves_are_written_by_its_code():
    text = (ROOT / "docs/running.md").read_text(encoding="utf-8").split("## What a run leaves")[1].split("##")[0]
    named = set(re.findall(r"[\w.]+\.(?:jsonl?|parquet|txt|html|yaml|safetensors)\b", text))
    files = [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk"), *(ROOT / "workflow_scripts").rglob("*.py")]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    assert len(named) > 15
    assert [name for name in named if name.removeprefix(".") not in code] == []
