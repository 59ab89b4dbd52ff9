"""How Sphinx makes the site: `make docs`. Nothing is fetched, neither when it is built nor when it is read."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

from pygments.lexers.python import PythonLexer
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

project = "yiju · 依据"
author = "the authors of yiju"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click"]
html_theme = "furo"
html_title = "yiju · 依据"
html_copy_source = False
html_static_path = ["style"]
html_css_files = ["tables.css"]
html_show_copyright = False
# Links to headings are checked as well, down to the third level.
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# `--option` has two hyphens.
smartquotes = False
# In docstrings, `x` is code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
autodoc_typehints = "signature"
# Signatures are read and nothing is computed: no need to have these, or to wait for them.
autodoc_mock_imports = ["torch", "transformers", "safetensors", "accelerate", "jieba", "regex"]


def complete(_app: Sphinx, page: str, source: list[str]) -> None:
    """Write below some pages what is told elsewhere: the modules' docstrings, the notebook's cells, the figures."""
    source[0] = (
        source[0].replace("../benchmarks/README.md", "benchmarks.md").replace("../benchmarks/quality.md", "quality.md")
    )
    if page in WRITTEN:
        source[0] += "\n" + WRITTEN[page]()


def modules() -> str:
    """A table of all modules with the first paragraphs of their docstrings."""
    rows = ["| module | what it is |", "|---|---|"]
    for file in sorted((SCRIPTS / "yiju").rglob("*.py")):
        told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        name = ".".join(file.relative_to(SCRIPTS).with_suffix("").parts).removesuffix(".__init__")
        first, *_ = told.split("\n\n")
        rows.append(f"| `{name}` | {' '.join(first.split())} |")
    return "\n".join(rows) + "\n"


def notebook() -> str:
    """The notebook's cells, those of text one level lower and those of code as code."""
    cells = json.loads((HERE / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = (("".join(cell["source"]), cell["cell_type"]) for cell in cells)
    return "\n\n".join(f"```python\n{text}\n```" if kind == "code" else _lower(text) for text, kind in texts)


def benchmarks() -> str:
    """The figures beside the scripts that measured them, as they stand there."""
    return _figures("README")


def quality() -> str:
    """What makes a model from scratch better, as it stands beside the other figures."""
    return _figures("quality").replace("(README.md", "(benchmarks.md")


def _figures(name: str) -> str:
    text = (HERE.parent / f"benchmarks/{name}.md").read_text(encoding="utf-8")
    return text.partition("\n")[2].replace("(../docs/", "(")


def _lower(text: str) -> str:
    return f"#{text}" if text.startswith("#") else text


WRITTEN = {"modules": modules, "notebook": notebook, "benchmarks": benchmarks, "quality": quality}


def setup(app: Sphinx) -> None:
    app.connect("source-read", complete)
    for kind in ("csv", "tsv"):
        app.add_lexer(kind, TextLexer)
    app.add_lexer("snakemake", PythonLexer)
