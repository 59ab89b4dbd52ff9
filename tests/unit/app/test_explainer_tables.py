"""`Explainer` takes and gives tables of pandas, and single pairs."""

from itertools import pairwise

import pandas
import pytest
from toys import SENTENCES

from yiju import Explainer
from yiju.base.errors import YijuError

PAIRS = list(pairwise(SENTENCES))
JUDGED = ["label", "probability", "truncated", "unknown", "score", "label_name", "undecided"]


def test_one_pair_gives_one_answer(judge):
    explainer = Explainer(*judge)
    assert explainer.predict(PAIRS[0]) == explainer.predict([PAIRS[0]])[0]
    one = explainer.explain(PAIRS[0], method="gradient_input_l2", matrix="occlusion")
    (same,) = explainer.explain([PAIRS[0]], method="gradient_input_l2", matrix="occlusion")
    assert one.to_dict() == same.to_dict()
    # Two pairs are no pair.
    assert len(explainer.predict((PAIRS[0], PAIRS[1]))) == 2
    with pytest.raises(YijuError, match="pair 0: t is empty"):
        explainer.predict(("花", ""))


def test_a_table_of_pandas_comes_back_with_columns_beside(judge):
    table = pandas.DataFrame({"number": [7, 8], "q": SENTENCES[:2], "t": SENTENCES[2:4]}, index=["a", "b"])
    explainer = Explainer(*judge)
    judged, explained = explainer.predict(table), explainer.explain(table)
    assert [*judged.columns] == ["number", "q", "t", *JUDGED]
    assert [*judged.index] == ["a", "b"]
    assert judged["label"].tolist() == [
        one.label for one in explainer.predict(zip(table["q"], table["t"], strict=True))
    ]
    assert [len(scores) for scores in explained["q_scores"]] == [len(text) for text in table["q"]]
    with pytest.raises(YijuError, match="no column 't'"):
        explainer.predict(table.drop(columns="t"))


def test_a_table_without_rows_gets_the_same_columns(judge):
    explainer = Explainer(*judge)
    table = pandas.DataFrame({"q": SENTENCES[:1], "t": SENTENCES[1:2], "unknown": [7]})
    for told in (explainer.predict, explainer.explain):
        for given in (table, table[["q", "t"]]):
            whole, empty = told(given), told(given[:0])
            assert [*empty.columns] == [*whole.columns]
            assert not len(empty)
    judged = explainer.predict(table[["q", "t"]][:0])
    assert [str(kind) for kind in judged.dtypes[2:]] == [
        "int64",
        "float64",
        "bool",
        "int64",
        "float64",
        "object",
        "object",
    ]


def test_no_column_of_a_table_is_overwritten(judge):
    explainer = Explainer(*judge)
    table = pandas.DataFrame({"q": SENTENCES[:2], "t": SENTENCES[2:4], "label": ["是", "否"]}, index=[3, 3])
    judged = explainer.predict(table)
    assert [*judged.columns[:3]] == ["q", "t", "label"]
    assert judged["label"].tolist() == ["是", "否"]
    wanted = explainer.predict(zip(table["q"], table["t"], strict=True))
    assert judged["yiju_label"].tolist() == [one.label for one in wanted]
    assert judged["yiju_probability"].tolist() == pytest.approx([one.probability for one in wanted])
    assert not {"probability", "truncated"} & {*judged.columns}
    assert "yiju_q_scores" in explainer.explain(table.assign(method="?")).columns
    with pytest.raises(YijuError, match="a column 'yiju_label' already, which would be overwritten; rename"):
        explainer.predict(judged)
    assert [*table.columns] == ["q", "t", "label"]
    doubled = pandas.concat([table, table[["q"]]], axis="columns", ignore_index=False)
    with pytest.raises(YijuError, match="several columns 'q'; rename all but one"):
        explainer.predict(doubled.reset_index(drop=True))


def test_an_empty_cell_of_a_table_is_named(judge):
    for missing in (None, float("nan"), pandas.NA, ""):
        table = pandas.DataFrame({"q": ["花呗", "花呗"], "t": ["开通", missing]}, dtype=object)
        for call in (Explainer(*judge).predict, Explainer(*judge).explain):
            with pytest.raises(YijuError, match=r"^pair 1: t is "):
                call(table)
