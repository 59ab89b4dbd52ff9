"""Where a code version stops: the seam changes no result, and no module that computes hides behind it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiju.job import code_version as versions_of
from yiju.job.code_version import COMPUTES_NOTHING, COMPUTES_WITH, PACKAGE, SCRIPTS, SEAM, in_seam, reached
from yiju.job.source_files import read_source

CACHED = ("code_version", "_next_files", "_line_of", "_modules", "_data_files", "read_source", "_version")
TRAININGS = {"posttrain_encoder", "finetune_intermediate", "finetune_fold"}


def forget() -> None:
    for name in CACHED:
        getattr(versions_of, name).cache_clear()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package and its scripts, to be changed."""
    folder = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(versions_of, "SCRIPTS", folder)
    monkeypatch.setattr(versions_of, "OF_RULES", folder)
    forget()
    yield folder
    forget()


def versions(folder: Path) -> dict[str, str]:
    """The code version of every rule, as a new process would compute it."""
    forget()
    return {file.stem: versions_of.code_version(file.stem) for file in folder.glob("*.py")}


def module_name(file: Path, scripts: Path = SCRIPTS) -> str:
    parts = file.relative_to(scripts).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files_of_the_seam(scripts: Path = SCRIPTS) -> list[Path]:
    return [file for file in sorted((scripts / PACKAGE).rglob("*.py")) if in_seam(module_name(file, scripts))]


def test_a_function_added_to_the_seam_makes_no_rule_stale(copied: Path):
    before = versions(copied)
    changed = files_of_the_seam(copied)
    for file in changed:
        file.write_text(file.read_text(encoding="utf-8") + "\n\ndef more() -> int:\n    return 1\n", encoding="utf-8")
    assert {"slurm.py", "devices.py", "console.py", "stage.py"} < {file.name for file in changed}
    assert versions(copied) == before


@pytest.mark.slow
def test_a_change_of_the_tokens_makes_the_rules_stale_that_use_them(copied: Path):
    before = versions(copied)
    file = copied / "yiju/models/tokens.py"
    users = {name for name in before if file in reached(name)[0]}
    file.write_text(file.read_text(encoding="utf-8") + "\n\nMORE = 1\n", encoding="utf-8")
    after = versions(copied)
    assert {name for name in before if before[name] != after[name]} == users
    assert {"finetune_fold", "predict_pairs", "attribute_tokens"} < users
    assert users.isdisjoint({"fetch_corpus", "normalise_corpus", "merge_corpora", "record_run"})


def test_every_entry_of_the_seam_is_a_module():
    assert {name for name in SEAM if versions_of._module_file(name) is None} == set()


def test_the_seam_imports_nothing_that_computes():
    found = {}
    for file in files_of_the_seam():
        modules = {name for name in read_source(file, SCRIPTS).inside if versions_of._module_file(name)}
        # A package is imported with each of its modules.
        packages = {name for name in modules if any(other.startswith(f"{name}.") for other in modules)}
        found[module_name(file)] = {name for name in modules - packages if not in_seam(name)}
    assert {name: outside for name, outside in found.items() if outside} == {}


@pytest.mark.parametrize("rule", sorted(TRAININGS))
def test_what_the_launcher_imports_counts_for_trainings_all_the_same(rule: str):
    files, libraries = reached(rule)
    assert versions_of._module_file("yiju.training.sharding") in files
    assert {"torch", "transformers", "accelerate", "numpy"} <= libraries


def test_what_only_the_seam_imports_does_not_count():
    for rule in ("fetch_corpus", "record_run", "normalise_corpus"):
        files, libraries = reached(rule)
        assert versions_of._module_file("yiju.training.sharding") not in files
        assert "torch" not in libraries


def test_of_every_library_it_is_said_whether_it_computes():
    """A new one must be entered in one of the two lists of yiju.job.code_version."""
    imported = set().union(*(read_source(file, SCRIPTS).outside for file in SCRIPTS.rglob("*.py")))
    assert COMPUTES_WITH.isdisjoint(COMPUTES_NOTHING)
    assert imported - sys.stdlib_module_names == COMPUTES_WITH | COMPUTES_NOTHING


def test_a_library_that_is_not_installed_has_a_version_too(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> str:
        raise versions_of.metadata.PackageNotFoundError(name)

    installed = versions_of._version.__wrapped__("numpy")
    monkeypatch.setattr(versions_of.metadata, "version", missing)
    assert versions_of._version.__wrapped__("numpy") not in (installed, "")


def test_the_hash_needs_no_library():
    """Other interpreters compute it, which have none: see test_syntax.py."""
    for name in ("yiju", "yiju.job.code_version", "yiju.job.source_files", "yiju.job.syntax_tree"):
        assert read_source(versions_of._module_file(name), SCRIPTS).outside <= sys.stdlib_module_names
