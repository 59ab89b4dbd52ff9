"""Results shared between clones (SNAKEMAKE_OUTPUT_CACHE): a second clone's first run computes none of them again."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import SMOKE, Project

from yiju.provenance import sha256

STARTED = (
    "results/smoke/start/model.safetensors",
    {"fetch_corpus", "normalise_corpus", "train_tokenizer", "start_encoder"},
)
POSTTRAINED = ("results/smoke/posttrained/model.safetensors", {*STARTED[1], "posttrain_encoder"})


def computed(project: Project) -> set[str]:
    """Rules whose scripts ran: each leaves its timings."""
    return {path.name.split(".")[0] for path in (project.folder / "results/smoke/timings").glob("*.json")}


def make(project: Project, cache: Path, target: str) -> set[str]:
    """Run up to a target with the shared results; rules that were computed."""
    run = project.snakemake("--configfile", SMOKE, "--cache", "--", target, cache=cache)
    assert run.returncode == 0, run.stdout
    return computed(project)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "shared"), [STARTED, POSTTRAINED])
def test_a_second_clone_takes_what_the_first_computed(template: Project, tmp_path: Path, target: str, shared: set[str]):
    cache = tmp_path / "cache"
    cache.mkdir()
    first, second = template.copy(tmp_path / "first"), template.copy(tmp_path / "second")
    assert make(first, cache, target) >= shared
    # Another comment is the same code.
    module = second.folder / "workflow_scripts/yiju/encoder/start.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# A remark.\n", encoding="utf-8")
    again = make(second, cache, target)
    assert again.isdisjoint(shared)
    assert "merge_corpora" in again
    assert sha256(first.folder / target) == sha256(second.folder / target)
    assert (second.folder / target).resolve().is_relative_to(cache)


def test_changed_code_and_changed_files_are_never_answered_from_the_cache(template: Project, tmp_path: Path):
    cache = tmp_path / "cache"
    cache.mkdir()
    target = "results/smoke/data/corpora/LCQMC.parquet"
    first, second, third = (template.copy(tmp_path / name) for name in ("first", "second", "third"))
    assert make(first, cache, target) == {"fetch_corpus", "normalise_corpus"}
    second.edit(
        "workflow_scripts/yiju/corpora/normalise.py",
        "def normalise_corpus(",
        "def _more() -> int:\n    return 1\n\n\ndef normalise_corpus(",
    )
    assert make(second, cache, target) == {"normalise_corpus"}
    rows = third.folder / "data/sample/LCQMC/train.tsv"
    lines = rows.read_bytes().split(b"\n")
    rows.write_bytes(b"\n".join(lines[1:]))
    assert make(third, cache, target) == {"fetch_corpus", "normalise_corpus"}
    assert sha256(third.folder / target) != sha256(first.folder / target)


def test_without_a_folder_the_message_names_the_variable(project: Project):
    run = project.snakemake("--configfile", SMOKE, "--cache", "-n")
    assert run.returncode != 0
    assert "SNAKEMAKE_OUTPUT_CACHE" in run.stdout
