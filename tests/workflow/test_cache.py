"""Results shared between clones (SNAKEMAKE_OUTPUT_CACHE): a second clone's first run computes none of them again."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import SMOKE, Project

from yiju.base.files import sha256
from yiju.job.output_cache import entries

STARTED = ("results/smoke/start/model.safetensors", {"normalise_corpus", "train_tokenizer", "start_encoder"})
# The sample bears the terms of the corpora that it stands for.
FREE = {"corpora": {"catalogue": {name: {"terms": None} for name in ("LCQMC", "AFQMC", "OCNLI", "DIAC2019", "PAWSX")}}}
POSTTRAINED = ("results/smoke/posttrained/model.safetensors", {*STARTED[1], "posttrain_encoder"})


def computed(project: Project) -> set[str]:
    """Rules whose scripts ran: each leaves its timings."""
    return {path.name.split(".")[0] for path in (project.folder / "results/smoke/timings").glob("*.json")}


def make(project: Project, cache: Path, target: str) -> set[str]:
    """Run up to a target with the shared results; rules that were computed."""
    free = project.config("free.yaml", **FREE)
    run = project.snakemake("--configfile", SMOKE, free, "--", target, cache=cache)
    assert run.returncode == 0, run.stdout
    return computed(project)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "shared"), [STARTED, POSTTRAINED])
def test_a_second_clone_takes_what_the_first_computed(template: Project, tmp_path: Path, target: str, shared: set[str]):
    cache = tmp_path / "cache"
    cache.mkdir()
    first, second = template.copy(tmp_path / "first"), template.copy(tmp_path / "second")
    # One corpus keeps its terms.
    assert make(first, cache, target) >= shared
    # Another comment is the same code.
    module = second.folder / "workflow_scripts/yiju/models/start_encoder.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# A remark.\n", encoding="utf-8")
    again = make(second, cache, target)
    assert again.isdisjoint(shared - {"normalise_corpus"})
    assert {path.name for path in (second.folder / "results/smoke/timings").glob("normalise_corpus.*")} == {
        "normalise_corpus.Chinese-STS-B.json"
    }
    assert "merge_corpora" in again
    assert sha256(first.folder / target) == sha256(second.folder / target)
    # A copy: whoever changes the shared file does not change the run's.
    assert not (second.folder / target).is_symlink()
    assert (second.folder / target).stat().st_nlink == 1
    assert {file.stat().st_mode & 0o022 for file in cache.rglob("*")} == {0}


@pytest.mark.slow
def test_changed_code_and_changed_files_are_never_answered_from_the_cache(template: Project, tmp_path: Path):
    cache = tmp_path / "cache"
    cache.mkdir()
    target = "results/smoke/data/corpora/LCQMC.parquet"
    first, second, third = (template.copy(tmp_path / name) for name in ("first", "second", "third"))
    assert make(first, cache, target) == {"normalise_corpus"}
    second.edit(
        "workflow_scripts/yiju/data/corpora/normalise.py",
        "def normalise_corpus(",
        "def _more() -> int:\n    return 1\n\n\ndef normalise_corpus(",
    )
    assert make(second, cache, target) == {"normalise_corpus"}
    rows = third.folder / "data/sample/LCQMC/train.tsv"
    lines = rows.read_bytes().split(b"\n")
    rows.write_bytes(b"\n".join(lines[1:]))
    assert make(third, cache, target) == {"normalise_corpus"}
    assert sha256(third.folder / target) != sha256(first.folder / target)


@pytest.mark.slow
def test_a_changed_result_is_computed_anew_and_a_corpus_with_terms_is_not_shared(template: Project, tmp_path: Path):
    cache = tmp_path / "cache"
    cache.mkdir()
    target = "results/smoke/data/corpora/LCQMC.parquet"
    first, second, third = (template.copy(tmp_path / name) for name in ("first", "second", "third"))
    assert make(first, cache, target) == {"normalise_corpus"}
    (entry,) = entries(cache)
    table = entry / "LCQMC.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"?")
    assert make(second, cache, target) == {"normalise_corpus"}
    said = (second.folder / "results/smoke/logs/normalise_corpus.LCQMC.log").read_text(encoding="utf-8")
    assert f"{table} was changed: its SHA-256 is" in said
    assert sha256(second.folder / target) == sha256(first.folder / target) == sha256(table)
    run = third.snakemake("--configfile", SMOKE, "--", target, cache=cache)
    assert run.returncode == 0, run.stdout
    assert computed(third) == {"normalise_corpus"}
    assert entries(cache) == [entry]


@pytest.mark.parametrize(("mode", "says"), [(None, "is not a folder; create it first"), (0o777, "chmod o-w")])
def test_a_folder_that_is_missing_or_open_to_others_is_refused_before_anything_runs(
    project: Project, tmp_path: Path, mode: int | None, says: str
):
    cache = tmp_path / "cache"
    if mode is not None:
        cache.mkdir()
        cache.chmod(mode)
    run = project.snakemake("--configfile", SMOKE, "-n", cache=cache)
    assert run.returncode != 0
    assert f"SNAKEMAKE_OUTPUT_CACHE: {cache}" in run.stdout
    assert says in run.stdout
    assert "Traceback" not in run.stdout
