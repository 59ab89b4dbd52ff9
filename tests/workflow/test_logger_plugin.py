"""The logger plugin in a real Snakemake, on a workflow of three small jobs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from projects import ROOT
from python_host import run_snakemake

SNAKEFILE = """
from snakemake.logging import logger

if workflow.is_main_process:
    logger.info(None, extra={"event": "yiju_run_folder", "folder": "results", "default": False})
if config.get("refuse"):
    raise WorkflowError("finetune.epochs (mine.yaml line 3): must be a number")


rule all:
    default_target: True
    input:
        "results/report/index.html",


rule fetch_corpus:
    output: "a.txt"
    log: "logs/fetch.log"
    message: "Fetching a"
    shell: "echo from the job; echo a warning >&2; echo a > {output}"


rule finetune_fold:
    input: "a.txt"
    output: "b.txt"
    log: "logs/fold.log"
    message: "Fine-tuning fold 0"
    shell:
        "echo '10:00:00 fine-tuning 0: update 5 of 5, accuracy 0.9, 8 pairs/s, 0.0 min left' > {log}; "
        "if [ -e break ]; then echo '10:00:01 error: a.txt: no label; add one' >> {log}; exit 1; fi; "
        "cp {input} {output}"


rule render_report:
    input: "b.txt"
    output: "results/report/index.html"
    log: "logs/report.log"
    message: "Rendering the report"
    shell: "cp {input} {output}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
    return run_snakemake(folder, environment, "--cores", "1", "--logger", "yiju", *arguments)


def complete_log(folder: Path, said: str) -> str:
    return (folder / re.search(r"complete log: (\S+)", said)[1]).read_text(encoding="utf-8")


def test_a_run_prints_a_line_for_each_stage_and_ends_with_the_report(folder: Path):
    status, said = run(folder)
    assert status == 0, said
    lines = [re.sub(r" in \d+:\d\d(, about .*)?$", "", line) for line in said.splitlines()]
    assert lines[0].startswith("3 jobs to do; the complete log: .snakemake/log/")
    assert [line for line in lines[1:] if not line.startswith("fine-tuning: ")] == [
        "fetching and reading corpora done: 1 job; 1 of 3 jobs",
        "fine-tuning done: 1 job (update 5 of 5, accuracy 0.9); 2 of 3 jobs",
        "report done: 1 job; 3 of 3 jobs",
        "done: 3 jobs",
        "accuracy: unknown, as no judged set has labels",
        "report: results/report/index.html",
    ]
    log = complete_log(folder, said)
    assert "from the job" in log and "a warning" in log and "3 of 4 steps" in log
    assert "from the job" not in said and "a warning" not in said


def test_a_second_run_says_that_nothing_is_to_be_done_and_where_the_report_is(folder: Path):
    run(folder)
    status, said = run(folder)
    assert status == 0
    assert said.startswith("nothing to do: all results are there and up to date\n")
    assert "report: results/report/index.html\n" in said


def test_a_failure_names_rule_reason_logs_and_that_the_same_command_goes_on(folder: Path):
    (folder / "break").touch()
    status, said = run(folder)
    assert status == 1
    assert (
        "failed: Fine-tuning fold 0 (rule finetune_fold)\n  a.txt: no label; add one\n  its log: logs/fold.log\n"
    ) in said
    assert re.search(r"^1 job failed after \d+:\d\d; 1 of 3 jobs are done and stay$", said, re.M)
    assert said.endswith("put right what is named above; then the same command goes on from here\n")
    for word in ("RuleException", "CalledProcessError", "WorkflowError", "Traceback"):
        assert word not in said
    assert "RuleException" in complete_log(folder, said)
    (folder / "break").unlink()
    status, said = run(folder)
    assert status == 0 and said.startswith("2 jobs to do")


def test_a_configuration_that_is_refused_is_told_in_its_own_words(folder: Path):
    status, said = run(folder, "--config", "refuse=1")
    assert status == 1
    assert said == "finetune.epochs (mine.yaml line 3): must be a number\n"


def test_a_dry_run_is_that_of_snakemake(folder: Path):
    status, said = run(folder, "--dry-run")
    assert status == 0
    assert "Job stats:" in said and "This was a dry-run" in said
