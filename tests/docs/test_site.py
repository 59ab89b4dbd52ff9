"""`make docs`: built without a warning, so no link inside it is broken, and read without a network."""

import re
import subprocess
import sys

import pytest
from pages import ROOT

from tools.configuration import keys
from yiju.app.cli import COMMANDS

# Addresses that a browser asks for by itself.
FETCHED = re.compile(
    r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["'](?:https?:)?//|@import|url\(["']?https?:"""
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-d", str(folder / "trees")]
    done = subprocess.run([*command, str(ROOT / "docs"), str(folder / "html")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_it_fetches_nothing(site):
    texts = {file: file.read_text(encoding="utf-8") for file in site.rglob("*") if file.suffix in (".html", ".css")}
    assert len(texts) > 20
    assert [file.name for file, text in texts.items() if FETCHED.search(text)] == []


def test_it_holds_every_page_and_every_picture(site):
    docs = ROOT / "docs"
    pages = {file.relative_to(docs) for file in docs.rglob("*") if file.suffix in (".md", ".rst")}
    assert {page.with_suffix(".html") for page in pages} <= {file.relative_to(site) for file in site.rglob("*.html")}
    assert (site / "_images/report.png").is_file()


def test_keys_commands_and_docstrings_are_in_it(site):
    configuration = (site / "configuration.html").read_text(encoding="utf-8")
    assert [key for key, _ in keys() if key.replace("<", "&lt;").replace(">", "&gt;") not in configuration] == []
    commands = (site / "command-line.html").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"yiju-{name}" not in commands] == []
    assert 'id="yiju.app.explainer.Explainer.stream"' in (site / "api.html").read_text(encoding="utf-8")
    assert "yiju.explain.methods.occlusion" in (site / "modules.html").read_text(encoding="utf-8")
    # Search is a script with the words in it, which works from a file as well.
    assert "counterfactu" in (site / "searchindex.js").read_text(encoding="utf-8")
