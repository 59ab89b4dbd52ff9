"""The page of which method fits which model says what the models say."""

import pytest

from tools.method_fit import PAGE, page, refusals, tables
from yiju import Explainer
from yiju.config.method import METHODS, get_method


@pytest.mark.slow
def test_the_page_holds_what_tiny_models_of_every_family_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make method-fit`"


def test_what_looks_into_a_model_is_refused_of_a_function():
    found = refusals(Explainer.of(lambda pairs: [0.0] * len(pairs)).scorer)
    assert set(found) == {name for name in METHODS if not (get_method(name).removes or get_method(name).chance)}
    assert set(found.values()) == {"looks into the model, and this is a function, which gives scores alone"}


def test_models_with_the_same_refusals_stand_in_one_group():
    no = {"gim": "needs a BERT"}
    found = {("two labels", "bert"): {}, ("two labels", "xlm"): no, ("cross-encoder", "xlm"): no, ("function", ""): no}
    text = tables(found)
    assert "| `gim` | works | a |\n" in text and "| `lime` | works | works |\n" in text
    assert "| 1 | two labels: bert |\n| 2 | two labels, cross-encoder: xlm; function |\n" in text
    assert "| a | needs a BERT |" in text
