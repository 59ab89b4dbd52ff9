"""The first answer of the report's first screen: whether an auditor may let the model be used."""

from __future__ import annotations

from yiju.report.conclusion import conclude, measuring
from yiju.report.results import Estimate, Judgements


def judgements(name, overlap=(0.1, 0.2), majority=(0.1, 0.2), labelled=200, similar=100):
    accuracy = {"model": 0.9, "overlap": 0.75, "majority": 0.5}
    beyond = {"overlap": overlap, "majority": majority}
    return Judgements(
        name,
        200,
        labelled,
        similar,
        0.5,
        0,
        0,
        {model: Estimate(value, value, value) for model, value in accuracy.items()} if labelled else {},
        {rival: Estimate(sum(ends) / 2, *ends) for rival, ends in beyond.items()} if labelled else {},
        {},
        {},
        {},
        {},
    )


def concluded(*sets, chose=True, synthetic=()):
    found = conclude(measuring(sets, chose), chose, synthetic)
    return found.sign, found.text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_model_that_is_better_on_pairs_that_did_not_choose_it():
    said = (
        "It may be used for pairs like those of test: there it does better than a rule that counts shared characters "
        "and always giving the more frequent label."
    )
    assert concluded(judgements("dev"), judgements("test")) == ("above", said)
    sign, text = concluded(judgements("dev"))
    assert sign == "above" and "those of dev" in text
    assert text.endswith("These pairs chose it and so flatter it.")
    assert "flatter" not in concluded(judgements("dev"), chose=False)[1]


def test_where_a_trivial_rule_does_better_the_model_is_not_to_be_used():
    sign, text = concluded(judgements("dev"), judgements("test", overlap=(-0.2, -0.1)))
    assert sign == "below"
    assert text.startswith("Do not use it: a rule that counts shared characters (75.0 %) does better; the model")
    sign, text = concluded(judgements("dev"), judgements("test", majority=(-0.1, 0.1)))
    assert sign == "below"
    assert text.startswith(
        "Do not use it: always giving the more frequent label (50.0 %) does as well, within the intervals"
    )


def test_where_nothing_measures_it_it_is_not_to_be_used():
    assert concluded(judgements("dev", labelled=0, similar=0))[1].startswith("Do not use it: no pair of its sets")
    sign, text = concluded(judgements("dev"), judgements("test", similar=200))
    assert (sign, "all pairs of test are similar" in text) == ("below", True)


def test_synthetic_rows_say_nothing_of_real_ones():
    sign, text = concluded(judgements("test"), synthetic=["LCQMC"])
    assert sign == "below"
    assert text.startswith("Do not use it for real sentences: the rows of LCQMC are synthetic, and nothing follows")
    assert "For synthetic pairs like those of test it does better than a rule" in text
    assert "may be used" not in text
