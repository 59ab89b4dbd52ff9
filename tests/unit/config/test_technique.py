"""What is known of a technique before anything is trained: its file alone tells it, without torch."""

import subprocess
import sys

import pytest
from projects import ROOT

from yiju.config import technique
from yiju.config.load import load
from yiju.config.technique import TECHNIQUES, get_technique

LIGHT = """
import sys
from yiju.config.load import load
load({}, [])
print(sorted({"torch", "transformers", "polars", "scipy"} & set(sys.modules)))
"""


def test_the_configuration_is_validated_without_torch_and_transformers():
    said = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_is_a_section_of_fine_tuning_and_off_by_default(name):
    known = get_technique(name)
    assert known.title and known.description
    assert set(known.excludes) <= set(TECHNIQUES)
    own = getattr(load({}, []).finetune, name)
    assert isinstance(own, known.options)
    assert not own.enabled


def test_what_is_enabled_is_told_by_the_settings_of_a_training():
    assert technique.enabled({"ema": {"enabled": True}, "fgm": {"enabled": False}, "epochs": 3}) == ["ema"]
    assert load({"finetune": {"ema": {"enabled": True}}}, []).finetune.techniques == ["ema"]
