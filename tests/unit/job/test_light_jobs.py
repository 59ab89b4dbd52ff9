"""Jobs that compute nothing with torch do not load it: it takes seconds, which is longer than most of them run."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from yiju.job.code_version import SCRIPTS

# Those that train, judge, explain or build a model.
HEAVY = {
    *("start_encoder", "posttrain_encoder", "finetune_intermediate", "finetune_fold"),
    *("predict_pairs", "predict_held_out", "choose_method", "choose_ratio", "attribute_tokens", "examine_examples"),
    *("attribute_study", "attribute_randomised", "measure_trivial", "measure_study", "measure_matrix"),
    *("evaluate_faithfulness", "index_evidence", "test_behaviour"),
    *("score_for_student", "train_student", "predict_student", "predict_teacher", "compare_student"),
}
LIGHT = sorted({script.stem for script in SCRIPTS.glob("*.py")} - HEAVY)
SAY = "loaded = sorted({'torch', 'transformers'} & set(sys.modules)); print(name, *loaded, flush=True)"


def imports(script: str) -> str:
    """The import statements of a script, which are all at its top."""
    body = ast.parse((SCRIPTS / f"{script}.py").read_text(encoding="utf-8")).body
    return "\n".join(ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom))


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """What is loaded after the imports of each light script, one after another in one process."""
    steps = [f"{imports(script)}\nname = {script!r}\n{SAY}" for script in LIGHT]
    code = "\n".join(["import sys", *steps])
    said = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True).stdout
    return {name: libraries for name, *libraries in map(str.split, said.splitlines())}


@pytest.mark.parametrize("script", LIGHT)
def test_a_light_job_loads_neither_torch_nor_transformers(loaded: dict[str, list[str]], script: str):
    assert loaded[script] == []


def test_every_heavy_job_is_one():
    assert all((SCRIPTS / f"{script}.py").is_file() for script in HEAVY)


def test_the_last_lines_of_a_run_load_nothing_that_draws_or_computes():
    """The Snakefile loads what writes them, also where nothing is to be done."""
    heavy = "{'matplotlib', 'scipy', 'pandas', 'sklearn', 'polars', 'torch', 'transformers'}"
    code = f"import sys, yiju.report.closing\nprint(*sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True).stdout
    assert said.split() == []
