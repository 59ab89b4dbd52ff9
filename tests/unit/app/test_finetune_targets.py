"""What a column of labels teaches in `yiju finetune`: two labels, classes or grades."""

from __future__ import annotations

import pytest

from yiju.app.finetuning.targets import Said, target_of
from yiju.base.errors import YijuError

WORDS = ("entailment", "neutral", "contradiction")


def found(labels, own=(), said=None):
    counts = labels if isinstance(labels, dict) else dict.fromkeys(labels, 9)
    return target_of(counts, own, said or Said(), "table")


def test_what_labels_teach():
    two = ("not similar", "similar")
    binary = found(["1", "0"])
    assert binary.classes == two and binary.values(["1", "0", "是", ""], "dev") == {"1": 1.0, "0": 0.0, "是": 1.0}
    # 0 and 1 mean what they always mean, also to a head of three classes.
    assert found(["1", "0"], WORDS) == binary
    own = found(["0", "1", "2"], WORDS)
    assert own.classes == WORDS and own.values(["0", "1", "2.0"], "dev") == {"0": 0.0, "1": 1.0, "2.0": 2.0}
    own = found(["Neutral", "ENTAILMENT", "contradiction"], WORDS)
    assert own.values(["Neutral", "ENTAILMENT"], "dev") == {"Neutral": 1, "ENTAILMENT": 0}
    # A head that has a class which train lacks is measured on it.
    assert found(["entailment", "contradiction"], WORDS).values(["neutral"], "test") == {"neutral": 1}
    assert found(["0", "1", "2"], (), Said(("a", "b", "c"))).classes == ("a", "b", "c")
    assert found(["0", "1.5", "3", "5", "nan"]).highest == 5.0
    assert found(["0", "0.25", "0.5", "1"]).highest == 1.0
    # Another table may hold other grades, within the same scale.
    graded = found(["0", "0.25", "0.5", "1"])
    assert graded.values(["0.75", "", "nan"], "dev") == {"0.75": 0.75}
    for wrong in ("1.5", "-1", "high"):
        with pytest.raises(YijuError, match=f"dev: the label '{wrong}' is no grade from 0 to 1"):
            graded.values([wrong], "dev")
    graded = found(["0", "1", "2", "3"], (), Said((), 3.0))
    assert (graded.classes, graded.highest) == (two, 3.0) and graded.values(["3", "2.5"], "x") == {"3": 3, "2.5": 2.5}
    assert found(["矛盾", "蕴含", "中立"]).classes == ("中立", "矛盾", "蕴含")
    with pytest.raises(YijuError, match="no row has a label"):
        found(["", "NaN", "-"])


NLI = {"entailment": 300, "neutral": 300, "contradiction": 300}


@pytest.mark.parametrize("own", [(), WORDS])
def test_spellings_of_a_class_are_one_class_and_no_consensus_is_none(own):
    # Of CMNLI: more pairs without a consensus than one in twenty.
    target = found(NLI | {"Neutral": 50, "neutral ": 3, "ENTAILMENT": 1, "-": 150}, own)
    assert sorted(target.classes) == ["contradiction", "entailment", "neutral"]
    values = target.values(["neutral", "Neutral", "neutral ", " NEUTRAL", "-"], "dev")
    assert set(values) == {"neutral", "Neutral", "neutral ", " NEUTRAL"}
    assert set(values.values()) == {target.classes.index("neutral")}


def test_words_that_nobody_knows_are_classes_in_one_spelling_each():
    target = found({"asks": 9, "Asks": 20, "answers": 8, "answers ": 1, "not_said": 5, "Not said": 4})
    assert target.classes == ("Asks", "answers", "not_said")
    assert target.values(["ASKS", "Not Said"], "dev") == {"ASKS": 0, "Not Said": 2}


def test_a_few_other_labels_beside_relations_are_left_out_in_all_tables():
    target = found(NLI | {"hidden": 20})
    assert target.classes == ("contradiction", "entailment", "neutral")
    assert target.values(["hidden", "neutral"], "dev") == {"neutral": 2}
    # A head that has such a class learns it.
    assert found(NLI | {"hidden": 20}, (*WORDS, "hidden")).values(["hidden"], "dev") == {"hidden": 3}


@pytest.mark.parametrize(
    "labels", [["0", "1", "2", "3", "4"], ["0", "1", "2", "3", "4", "5"], ["1.0", "2.0", "3", "4"]]
)
def test_whole_numbers_are_no_grades_until_somebody_says_so(labels):
    with pytest.raises(YijuError, match="it is not clear what the labels mean"):
        found(labels)
    assert found(labels, (), Said((), 5.0)).highest == 5.0
