"""Numbers in sentences: of one thing the noun and the verb are singular."""

import pytest

from yiju.base.plurals import counted, verb
from yiju.base.printable import columns
from yiju.models.measured import read_measured, sentence


def test_a_number_with_its_noun():
    assert [counted(number, "row") for number in (0, 1, 2, 2000)] == ["0 rows", "1 row", "2 rows", "2,000 rows"]
    assert [verb(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]


@pytest.mark.parametrize(
    ("pairs", "said"), [(1, "Measured on 1 dev pair judged"), (2, "Measured on 2 dev pairs judged")]
)
def test_a_model_that_was_measured_on_one_pair_says_so(pairs, said):
    estimate = {"value": 0.5, "low": 0.4, "high": 0.6}
    own = {
        "pairs": pairs,
        **dict.fromkeys(("one_sided", "alone", "selected"), estimate),
        "kept": estimate | {"value": 0.97},
    }
    facts = {"name": "occlusion", "method": {"method": "occlusion"}, "labels": {"similar": own}}
    assert sentence(read_measured(facts, "here"), 1).startswith(said)


def test_wide_characters_take_two_columns_of_a_terminal():
    assert [columns(text) for text in ("iPhone", "手机", "😀", "e\u0301", "：a")] == [6, 4, 2, 1, 3]
