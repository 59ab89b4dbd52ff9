"""Colours of numbers without a scale of their own: the largest effect of the pair is a full colour, in cells too."""

import re
from math import isnan

import numpy as np
import pytest

from yiju import Explainer
from yiju.app.cli.explain import lines
from yiju.explain.acting import scale_of, strongest

Q, T = "花呗", "花呗"


def explained(factor, **options):
    """A function of which only one pair of characters counts, in any unit."""
    explainer = Explainer.of(lambda pairs: [factor * float("花" in q and "呗" in t) for q, t in pairs], **options)
    return explainer.explain((Q, T), "occlusion", matrix="occlusion")


@pytest.mark.parametrize("factor", [1e-4, 1.0, 1e4])
def test_colours_do_not_depend_on_the_unit_of_the_number(factor):
    one, usual = explained(factor), explained(1.0)
    assert scale_of(one) == pytest.approx(factor)
    colours = [re.findall(r"rgba\([^)]*\)", found.to_html()) for found in (one, usual)]
    assert colours[0] == colours[1] and any(not colour.endswith(" 0.000)") for colour in colours[0])
    assert strongest(one) == strongest(usual) == ([(0, 1)], [])
    shades = [re.findall(r"\x1b\[48;2;[\d;]*m", "\n".join(lines(found))) for found in (one, usual)]
    assert shades[0] == shades[1]


def test_a_number_has_no_certainty_and_two_labels_that_of_the_explained_one(tmp_path):
    from toys import classifier

    assert isnan(explained(1.0).certainty)
    explainer = Explainer(*classifier(tmp_path))
    for target in (None, 0, 1):
        one = explainer.explain(("怎么开通花呗", "花呗怎样开通"), target=target)
        chance = one.probability if one.target == "similar" else 1 - one.probability
        assert one.certainty == pytest.approx(chance, abs=1e-6)
        assert one.of_class == ("" if one.target == one.label_name else f", of {one.target}")


def test_with_a_margin_that_no_probability_belongs_to_it_is_said_whether_the_rationale_suffices():
    kept = explained(1.0, margin=0.5)
    assert (kept.label_name, kept.alone, kept.kept) == ("similar", None, True)
    html = kept.to_html()
    assert "left, the judgement is the same." in html and "score 1.000" in html
    assert np.isfinite(kept.score)
