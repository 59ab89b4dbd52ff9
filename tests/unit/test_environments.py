"""The conda files say what the requirements say, and both name exact versions."""

import re

import pytest
import yaml

from yiju.environments import ENVIRONMENTS, NAMES, REQUIREMENTS, conda_file, pins

EXACT = re.compile(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*")


@pytest.mark.parametrize("name", NAMES)
def test_a_conda_file_is_the_one_that_make_envs_writes(name):
    assert (ENVIRONMENTS / f"{name}.yaml").read_text(encoding="utf-8") == conda_file(name)


def test_there_is_no_conda_file_beside_the_generated_ones():
    assert {file.stem for file in ENVIRONMENTS.glob("*.y*ml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_conda_file_installs_exactly_the_pins(name):
    python, pip, installed = yaml.safe_load(conda_file(name))["dependencies"]

    assert re.fullmatch(r"python=3\.\d+", python)
    assert pip == "pip"
    assert installed == {"pip": pins(name)}


@pytest.mark.parametrize("file", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda file: file.stem)
def test_every_pin_is_exact(file):
    found = pins(file.stem)

    assert found
    assert [pin for pin in found if not EXACT.fullmatch(pin)] == []


@pytest.mark.parametrize("file", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda file: file.stem)
def test_no_package_is_pinned_twice(file):
    names = [pin.split("==")[0].lower() for pin in set(pins(file.stem))]

    assert len(names) == len(set(names))
