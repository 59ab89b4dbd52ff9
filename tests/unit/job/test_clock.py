"""Files from the future are found, and named with the remedy."""

import os
from pathlib import Path

import pytest

from yiju.job.clock import from_the_future, warning

NOW = 1_700_000_000


@pytest.fixture
def folder(tmp_path):
    for name, seconds in (("b/late", 61), ("b/soon", 59), ("a/later", 86_400), ("c", 100)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, times=(NOW + seconds,) * 2)
    return tmp_path


def test_those_more_than_a_minute_ahead_are_found_in_order(folder):
    places = [folder / "b", folder / "a", folder / "c", folder / "nowhere"]
    assert from_the_future(places, NOW) == [folder / "b/late", folder / "a/later", folder / "c"]
    assert from_the_future([folder], NOW + 86_400) == []


def test_the_first_is_named_and_the_others_counted():
    assert warning([Path("x")]).startswith("x: changed in the future")
    assert warning([Path("x"), Path("y"), Path("z")]).startswith("x and 2 more: changed")
