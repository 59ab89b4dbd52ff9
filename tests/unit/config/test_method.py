"""What is known of a method before it explains: its file alone tells it, without torch, and no cost is guessed low."""

import subprocess
import sys

import pytest
from projects import ROOT

from yiju.app.web.effort import Effort, Size
from yiju.config.method import METHODS, Method, get_method

LIGHT = """
import sys
from yiju.config.method import METHODS, get_method
for name in METHODS:
    get_method(name)
print(sorted({"torch", "transformers", "polars", "scipy"} & set(sys.modules)))
"""


def test_all_methods_are_known_without_torch_and_transformers():
    said = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_words_and_defaults_for_all_its_options(name):
    known = get_method(name)
    assert known.title and known.summary and known.chinese
    assert set(known.quick) <= set(known.options.model_fields)
    assert known.options().model_dump() == known.options.model_validate({}).model_dump()


@pytest.mark.parametrize("name", METHODS)
def test_a_method_that_says_nothing_of_its_cost_is_held_for_as_dear_as_any(name):
    known = get_method(name)
    options = known.options().model_dump()
    assert Method("Mine", "like this one", options=known.options).passes(options, 60) >= known.passes(options, 60)


def test_the_page_refuses_by_the_cost_that_the_method_tells():
    effort = Effort(token=2.0, longest=512)
    assert effort.method({"method": "occlusion"}, Size(20, 20, 1)) == get_method("occlusion").passes({}, 20) * 20 * 2.0
