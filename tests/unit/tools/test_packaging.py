"""The wheel: its ranges admit the pins, and each extra names what its part of the package imports."""

from __future__ import annotations

import re
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.environments import REQUIREMENTS
from tools.lowest_versions import declared, lowest
from tools.wheel import CARRIED
from yiju.app.cli import COMMANDS, EXTRAS
from yiju.job import code_version
from yiju.job.code_version import SCRIPTS
from yiju.job.source_files import read_source

DECLARED = declared()
# What a module is called, and the distribution that brings it.
DISTRIBUTION = {"sklearn": "scikit-learn", "yaml": "PyYAML", "pynvml": "nvidia-ml-py"}
# Brought by another one, of which it is a part.
PART_OF = {"starlette": "fastapi", "markupsafe": "Jinja2"}
# Taken where it is installed.
OPTIONAL = {"apex", "onnxruntime", "opencc", "peft", "pynvml", "pypinyin"}
PACKAGE, ROOT = SCRIPTS / "yiju", SCRIPTS.parent
# Files of the commands that need an extra.
OF_EXTRAS = {COMMANDS[name][0] for name in EXTRAS} | {"export", "corpora_fetch", "corpora_list"}


def pinned() -> dict[str, str]:
    lines = [line for file in REQUIREMENTS.glob("*.txt") for line in file.read_text(encoding="utf-8").split("\n")]
    return dict(line.split("==") for line in lines if "==" in line)


def names(*extras: str) -> set[str]:
    return {canonicalize_name(one.name) for extra in ("", *extras) for one in DECLARED[extra]}


def modules(*patterns: str) -> list[str]:
    files = {file for pattern in patterns for file in PACKAGE.glob(pattern)}
    return [".".join(file.relative_to(SCRIPTS).with_suffix("").parts) for file in sorted(files)]


def needed(starts: list[str]) -> set[str]:
    """Distributions that some modules import, directly or through others of the package."""
    seen, found, pending = set(), set(), list(starts)
    while pending:
        file = code_version._module_file(pending.pop())
        if file is None or file in seen:
            continue
        seen.add(file)
        source = read_source(file, SCRIPTS)
        found |= source.outside - sys.stdlib_module_names - OPTIONAL
        pending += source.inside
    return {canonicalize_name(PART_OF.get(name) or DISTRIBUTION.get(name, name)) for name in found}


ALL = [one for own in DECLARED.values() for one in own if one.name != "yiju"]


@pytest.mark.parametrize("requirement", ALL, ids=str)
def test_the_range_admits_the_version_that_the_workflow_runs_with(requirement):
    versions = {canonicalize_name(name): version for name, version in pinned().items()}
    assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)])


def test_the_package_alone_judges_and_explains():
    commands = [module for module in modules("app/cli/*.py") if module.split(".")[-1] not in OF_EXTRAS]
    assert needed(["yiju.app.explainer", *commands]) <= names()


def test_an_extra_brings_what_its_part_imports():
    assert needed(modules("training/**/*.py")) <= names("train")
    assert needed(["yiju.app.cli.finetune"]) <= names("train")
    assert needed(["yiju.app.cli.serve", *modules("app/web/*.py")]) <= names("serve")
    assert needed(["yiju.app.cli.export"]) <= names("onnx")
    assert needed(["yiju.app.cli.search", *modules("app/search/*.py")]) <= names("search", "workflow", "train")
    assert "peft" in names("lora") and "onnxruntime" in names("onnx")
    assert {"opencc", "pypinyin"} <= names("behaviour")
    rooms = ("base", "config", "job", "data", "models", "training", "explain", "evaluation", "report")
    of_rules = modules(*(f"{room}/**/*.py" for room in rooms))
    assert needed([*of_rules, "yiju.app.cli.corpora", "yiju.app.cli.train"]) <= names("workflow", "train")


def test_the_wheel_carries_every_file_that_the_rules_name():
    carried = {file for pattern in CARRIED for file in ROOT.glob(pattern)}
    rules = [*ROOT.glob("rules/*.smk")]
    named = {
        (file.parent / path).resolve()
        for file in rules
        for path in re.findall(r'"(\.\./(?:workflow_scripts|envs|report)/[\w.]+)"', file.read_text(encoding="utf-8"))
    }
    assert len(named) > 50 and named <= carried
    assert {*rules, ROOT / "Snakefile", ROOT / "config.yaml", *ROOT.glob("presets/*.yaml")} <= carried


def test_the_lowest_versions_are_the_lower_bounds():
    given = [Requirement("one>=1.2,<2"), Requirement("Two>=3"), Requirement("three")]
    assert lowest(given) == ["one==1.2", "Two==3"]
