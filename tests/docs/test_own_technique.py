"""A technique written as docs/own-technique.md says: it is configured, named in reports, and acts on the classifier."""

import os
import shutil
import subprocess
import sys

import pytest
from pages import ROOT, blocks

PAGE = ROOT / "docs/own-technique.md"
CONFIGURED = """
from yiju.base.errors import YijuError
from yiju.config import rules
from yiju.config.load import load
settings = load({"finetune": {"frozen_embeddings": {"enabled": True, "words_only": True}}}, [])
assert rules.finetune_fold(settings)["frozen_embeddings"] == {"enabled": True, "words_only": True}
assert rules.finetune_fold(load({}, []))["frozen_embeddings"] == {"enabled": False}
try:
    load({"finetune": {"frozen_embeddings": {"enabled": True}, "fgm": {"enabled": True}}}, [])
except YijuError as error:
    print(error)
"""
ACTS = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from toys import classifier
from yiju.training.finetune import under_techniques
model, _ = classifier(Path("model"), marker=False)
learning = lambda: [weight.requires_grad for weight in model.base_model.embeddings.parameters()]
for words_only in (False, True):
    with under_techniques(model, {"frozen_embeddings": {"enabled": True, "words_only": words_only}}):
        print(sum(learning()))
    assert all(learning())
print(len(learning()))
"""
VERSIONS = """
from yiju.job.code_version import SCRIPTS, code_version
for script in sorted(SCRIPTS.glob("*.py")):
    print(script.stem, code_version(script.stem))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the package into which the page's technique is written."""
    folder = tmp_path_factory.mktemp("technique")
    for name in ("workflow_scripts", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    # Beside it the workflow lies.
    shutil.copy(ROOT / "Snakefile", folder)
    (file,) = [block for block in blocks(PAGE) if block.kind == "python"]
    (folder / file.file).write_text(file.text, encoding="utf-8")
    return folder


def run(folder, code):
    environment = {**os.environ, "PYTHONPATH": "workflow_scripts", "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_keys_are_configured_and_what_it_does_not_go_with_is_refused(project):
    assert "frozen_embeddings and fgm go different ways" in run(project, CONFIGURED)


def test_the_code_of_trainings_without_it_is_what_it_was(project):
    assert run(project, VERSIONS) == run(ROOT, VERSIONS)


@pytest.mark.slow
def test_it_acts_on_the_classifier_while_it_is_trained(project):
    *learning, weights = map(int, run(project, ACTS).split())
    # All are frozen, or the words alone.
    assert learning == [0, weights - 1]
