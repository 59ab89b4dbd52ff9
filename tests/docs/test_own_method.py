"""A method written as docs/own-method.md says: it explains, is configured and is planned by the workflow."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from pages import ROOT, blocks
from toys import classifier

from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

PAGE = ROOT / "docs/own-method.md"
COPIED = ("Snakefile", "config.yaml", "rules", "envs", "profiles", "workflow_scripts", "data", "tests")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project into which the page's method is written."""
    folder = tmp_path_factory.mktemp("method")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    model = folder / "results/sample/folds/0/model"
    save_folder(*classifier(model, marker=True), [model / name for name in FOLDER_FILES])
    for block in blocks(PAGE):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    return folder


def commands(program):
    """The arguments of the page's commands of a program."""
    lines = "".join(block.text.replace("\\\n", " ") for block in blocks(PAGE) if block.kind == "console")
    found = re.findall(rf"^\$ \.venv/bin/{program} (.*)$", lines, re.M)
    assert found
    return [shlex.split(line) for line in found]


def run(project, *arguments):
    environment = {**os.environ, "PYTHONPATH": "workflow_scripts", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=project, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_has_no_block_of_another_kind():
    assert {block.kind for block in blocks(PAGE)} == {"python", "yaml", "console"}
    assert len(commands("yiju") + commands("snakemake") + commands("pytest")) == 4


def test_the_method_is_one_file():
    (file,) = [block.file for block in blocks(PAGE) if block.kind == "python"]
    assert file == "workflow_scripts/yiju/explain/methods/alone.py"


COST = """
from yiju.app.web.effort import Effort, Size
from yiju.app.web.methods import METHODS
assert "alone" in METHODS
print(Effort(token=1.0, longest=512).method({"method": "alone", "removal": "mask"}, Size(20, 20, 1)))
"""


@pytest.mark.slow
def test_the_page_offers_it_at_the_cost_that_it_tells(project):
    assert run(project, "-c", COST).strip() == "420.0"


@pytest.mark.slow
def test_it_explains_in_the_terminal(project):
    explain, _ = commands("yiju")
    told = json.loads(run(project, "-m", "yiju", *explain, "--json"))
    assert told["method"] == {"method": "alone", "removal": "mask"}
    assert any(part["score"] for part in told["q_segments"])


VERSIONS = """
from yiju.job.code_version import SCRIPTS, code_version
for script in sorted(SCRIPTS.glob("*.py")):
    print(script.stem, code_version(script.stem, "yiju.explain.methods.occlusion"))
"""


def test_the_code_of_all_other_jobs_is_what_it_was(project):
    assert run(project, "-c", VERSIONS) == run(ROOT, "-c", VERSIONS)


@pytest.mark.slow
def test_it_is_compared_with_others(project):
    _, compare = commands("yiju")
    assert re.search(r"^alone +\d", run(project, "-m", "yiju", *compare), re.M)


@pytest.mark.slow
def test_the_workflow_plans_it_by_all_its_names(project):
    (arguments,) = commands("snakemake")
    planned = run(project, "-m", "snakemake", *arguments, "--dry-run", "--nocolor")
    assert all(f" by {name}" in planned for name in ("alone", "deleting"))


@pytest.mark.slow
def test_it_keeps_to_what_all_methods_keep_to(project):
    (arguments,) = commands("pytest")
    shutil.copy(ROOT / "pyproject.toml", project)
    # Four for a model with marker, and four for one without.
    assert "8 passed" in run(project, "-m", "pytest", *arguments, "-n", "0", "-k", "alone")
