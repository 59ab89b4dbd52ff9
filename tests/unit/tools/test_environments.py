"""The conda files say what the requirements say, and both name exact versions."""

import re

import pytest
import yaml

from tools.environments import ENVIRONMENTS, LISTS, REQUIREMENTS, conda_file, pins
from yiju.job.code_version import SCRIPTS

EXACT = re.compile(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*")


@pytest.mark.parametrize("name", LISTS)
def test_a_conda_file_is_the_one_that_make_envs_writes(name):
    assert (ENVIRONMENTS / f"{name}.yaml").read_text(encoding="utf-8") == conda_file(name)


def test_there_is_no_conda_file_beside_the_generated_ones():
    assert {file.stem for file in ENVIRONMENTS.glob("*.y*ml")} == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_a_conda_file_installs_exactly_the_pins(name):
    python, pip, installed = yaml.safe_load(conda_file(name))["dependencies"]

    assert re.fullmatch(r"python=3\.\d+", python)
    assert pip == "pip"
    assert installed == {"pip": pins(name)}


def listed(file):
    return [line for line in file.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]


@pytest.mark.parametrize("file", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda file: file.stem)
def test_every_pin_is_exact(file):
    assert listed(file)
    assert [pin for pin in listed(file) if not EXACT.fullmatch(pin)] == []


def test_no_package_is_pinned_twice():
    names = [pin.split("==")[0].lower() for file in REQUIREMENTS.glob("*.txt") for pin in listed(file)]

    assert len(names) == len(set(names))


def test_every_package_of_the_wheel_is_found():
    """A folder without __init__.py would stay out of the wheel, and be missed only by who installs it."""
    package = SCRIPTS / "yiju"
    folders = {file.parent for file in package.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
