"""Minimal pairs whose change turned the judgement: which they are, and which of their segments changed."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.base.files import write_json
from yiju.config.chosen_method import chosen_method
from yiju.evaluation.study.changed_first import recalls
from yiju.evaluation.study.turned import attribute_turned
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_orders

SETTINGS = {"seed": 1, "max_length": 32, "average_orders": False, "target": "label"}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """TURNED of a toy model, whose margin lies in the middle of what it says of sentences and themselves."""
    folder = tmp_path_factory.mktemp("turned")
    model, tokenizer = classifier(folder / "model")
    save_folder(model, tokenizer, [folder / "model" / name for name in FOLDER_FILES])
    q = [q for q, _, _ in PAIRS]
    logits = predict_orders(model, tokenizer, q, q, 32, 512, False).logits
    margin = float(np.median(logits[:, 1] - logits[:, 0]))
    write_json(folder / "calibration.json", {"temperature": 1.0, "margin": margin})
    rows = [{"item": str(row), "q": q, "t": t} for row, (q, t, _) in enumerate(PAIRS)]
    items = pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS))
    tables.write(items, folder / "items.parquet", tables.ITEMS)
    settings = SETTINGS | {"method": chosen_method("occlusion", {})}
    given = (str(folder / "items.parquet"), [str(folder / "model")], str(folder / "calibration.json"), settings)
    return attribute_turned(*given, "cpu", 512, folder / "work"), model, tokenizer, margin


def test_each_pair_was_turned_by_its_change(found):
    turned, model, tokenizer, margin = found
    tables.check(turned, tables.TURNED, "turned")
    parents = turned.unique("item", maintain_order=True)["parent"].to_list()
    assert parents
    logits = predict_orders(model, tokenizer, parents, parents, 32, 512, False).logits
    assert (logits[:, 1] - logits[:, 0] > margin).all()


def test_segments_of_both_sentences_have_scores_and_some_of_them_changed(found):
    turned = found[0]
    for _, rows in turned.group_by("item"):
        assert set(rows["side"]) == {"q", "t"}
        assert rows["changed"].any()
        q = rows.filter(side="q")
        # One sentence is the parent, a character a segment.
        assert len(q) <= len(rows["parent"][0])
        kept = [rows.filter(pl.col("side") == side, ~pl.col("changed")).height for side in ("q", "t")]
        assert kept[0] == kept[1]


def recalls_of(*segments):
    """The figures of one item. segments: of each its score and whether it changed."""
    rows = [
        {"item": "1", "category": "c", "parent": "p", "side": "t", "index": place, "score": score, "changed": changed}
        for place, (score, changed) in enumerate(segments)
    ]
    return recalls(pl.DataFrame(rows, schema=pl.Schema(tables.TURNED))).row(0, named=True)


def test_recall_is_by_as_many_as_there_can_be():
    assert recalls_of((0.1, False), (0.9, True), (None, True), (0.5, False)) == {
        "item": "1",
        "parent": "p",
        "changed.recall_1": 1.0,
        "changed.recall_3": 0.5,
        "changed.chance_1": 0.5,
        "changed.chance_3": 0.75,
    }
    assert recalls(tables.empty(tables.TURNED)).is_empty()


def test_chance_is_the_mean_over_all_orders():
    changed = (True, False, True, False, False)
    orders = [recalls_of(*zip(scores, changed, strict=True)) for scores in permutations(range(5))]
    for k in (1, 3):
        assert orders[0][f"changed.chance_{k}"] == pytest.approx(
            np.mean([one[f"changed.recall_{k}"] for one in orders])
        )


def test_the_highest_scores_stand_first_and_what_was_not_read_last():
    figures = recalls_of((0.1, False), (-0.9, True), (None, False), (0.5, False), (0.4, False))
    assert (figures["changed.recall_1"], figures["changed.recall_3"]) == (0.0, 0.0)
    figures = recalls_of((0.1, True), (0.9, False), (None, False), (0.5, False))
    assert (figures["changed.recall_1"], figures["changed.recall_3"]) == (0.0, 1.0)
