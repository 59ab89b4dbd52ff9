"""How the rules hang together, which go in one job of a cluster, and what they reserve: from dry-runs."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from projects import ROOT, SMOKE, Project, job_counts

EDGES = Path(__file__).with_name("edges.txt")
TRAININGS = {"posttrain_encoder", "finetune_intermediate", "finetune_fold"}
LEARNT_FIRST = {"finetune": {"intermediate": {"corpora": ["AFQMC", "OCNLI"]}}}


@pytest.fixture(scope="module")
def edges(template: Project) -> set[tuple[str, str]]:
    """Rules, each with one that reads what it writes."""
    dot = template.snakemake("--rulegraph", "dot", "--configfile", SMOKE).stdout
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    return {(names[source], names[target]) for source, target in re.findall(r"(\d+) -> (\d+)", dot)}


def test_on_a_cluster_short_jobs_go_together(template: Project):
    run = template.snakemake("--profile", "profiles/slurm", "--dry-run", "--configfile", SMOKE)

    assert run.returncode == 0, run.stdout
    groups = Counter(re.findall(r"\] Group job (\w+) \(", run.stdout.split("\nJob stats:\n")[1]))
    assert groups == {"judgements": 2, "rationales": 1, "report": 1}


def test_no_group_of_a_cluster_waits_for_itself(edges: set[tuple[str, str]]):
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text(encoding="utf-8"))
    groups = profile["groups"]

    # Rules outside of a group that come after it, one step after another, and never lead back into it.
    for group in set(groups.values()):
        inside = {rule for rule, name in groups.items() if name == group}
        after = {target for source, target in edges if source in inside} - inside
        while more := {target for source, target in edges if source in after} - after - inside:
            after |= more
        assert not {(source, target) for source, target in edges if source in after and target in inside}, group


def test_the_rules_hang_together_as_in_the_snapshot(template: Project, edges: set[tuple[str, str]]):
    shown = template.report_rules() | {"all"}

    lines = sorted(f"{source} -> {target}" for source, target in edges if not {source, target} & shown)

    assert lines == EDGES.read_text(encoding="utf-8").splitlines(), "where this is meant, write it to edges.txt"


def test_snakemake_finds_nothing_to_lint(template: Project):
    lint = template.snakemake("--lint")

    assert lint.returncode == 0, lint.stdout
    assert "Congratulations" in lint.stdout


@pytest.fixture
def verbose(project: Project) -> Project:
    """A copy whose rules have no messages: a rule that has one does not show its threads and resources."""
    for file in (project.folder / "rules").glob("*.smk"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^ +message:\n.*\n", "", text, flags=re.M), encoding="utf-8")
    return project


def test_every_training_reserves_four_gpus_and_nothing_else_does(verbose: Project):
    first = verbose.config("first.yaml", **LEARNT_FIRST)
    said = verbose.snakemake("--dry-run", "--forceall", "--configfile", SMOKE, first, "--resources", "gpu=4").stdout

    shown = re.findall(r"^(?:local)?rule (\w+):\n(?: +.*\n)*? +resources: (.*)$", said, re.M)
    reserving = {rule for rule, resources in shown if "gpu=4" in resources.split(", ")}
    assert len(shown) == sum(job_counts(said).values())
    assert reserving == TRAININGS


@pytest.mark.parametrize(
    ("width", "judging", "explaining"), [(256, "2", "8"), (32, None, None)], ids=["larger", "tiny"]
)
def test_without_a_gpu_four_trainings_share_the_cores(verbose: Project, width, judging, explaining):
    """A tiny model's other jobs take a core each (which Snakemake does not show), and so run side by side."""
    # Another choice of threads takes the place of the one that all tests have.
    others = ("--cores", "8", "--set-threads", "write_texts=1")
    shape = verbose.config("shape.yaml", encoder={"scratch": {"width": width, "feed_forward": 8 * width}})
    said = verbose.snakemake("--dry-run", "--configfile", SMOKE, shape, *others).stdout

    threads = dict(re.findall(r"^rule (\w+):\n(?: +.*\n)*? +threads: (\d+)$", said, re.M))
    expected = {
        "posttrain_encoder": "8",
        "finetune_fold": "2",
        "predict_pairs": judging,
        "attribute_tokens": explaining,
    }
    assert {rule: threads.get(rule) for rule in expected} == expected
