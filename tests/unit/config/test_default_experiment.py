"""Whether a run is the default experiment, whose jobs take known times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from projects import ROOT

from yiju.base.yaml_files import read_mapping
from yiju.config.default_experiment import is_default
from yiju.config.load import load
from yiju.config.places import with_sample


def resolved(config: Mapping[str, Any]):
    return load(with_sample(config, ROOT), []).resolved()


def test_the_delivered_configuration_is_the_default_experiment():
    assert is_default(resolved(read_mapping(ROOT / "config.yaml")), ROOT)


@pytest.mark.parametrize("config", [{"run": "mine"}, {"seed": 5}, {"device": "cpu"}, {"jobs": {"batch_tokens": 512}}])
def test_what_changes_no_time_does_not_count(config: dict):
    assert is_default(resolved(config), ROOT)


@pytest.mark.parametrize("config", [{"finetune": {"epochs": 1}}, {"explain": {"methods": ["occlusion"]}}])
def test_other_work_is_another_experiment(config: dict):
    assert not is_default(resolved(config), ROOT)
