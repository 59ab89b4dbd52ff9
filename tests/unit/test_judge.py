"""Which class is explained: the label shown, or the larger logit whatever the threshold says."""

import numpy as np
import polars as pl
import pytest
from toys import PAIRS, classifier

from yiju import tables
from yiju.judge import attribute_set
from yiju.scores import score_table

SETTINGS = {"steps": 1, "max_length": 32}
MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 200}


TURNED = {"1", "4", "5"}


@pytest.fixture
def judged(tmp_path):
    """A set, its judgements, of which a threshold turned three, and a model folder."""
    model, _ = classifier(tmp_path / "model")
    model.save_pretrained(tmp_path / "model")
    rows = [{"item": str(number), "q": q, "t": t} for number, (q, t, _) in enumerate(PAIRS[:8])]
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS}
    tables.write(pl.DataFrame(columns, schema=tables.ITEMS), tmp_path / "items.parquet", tables.ITEMS)
    logits = np.array([[0.0, 0.5] if row["item"] in TURNED else [0.5, 0.0] for row in rows])
    scores = score_table(columns["item"], logits, 0.97, np.zeros(len(rows), bool))
    assert scores["label"].sum() == 0
    tables.write(scores, tmp_path / "scores.parquet", tables.SCORES)
    return [str(tmp_path / name) for name in ("items.parquet", "scores.parquet", "model")]


def explained(judged, target, out):
    items, scores, model = judged
    settings = SETTINGS | {"target": target}
    attribute_set(items, scores, model, "gradient_input_l2", settings, str(out), **MACHINE)
    return tables.read(out, tables.ATTRIBUTIONS)


def test_the_published_target_is_the_argmax_before_the_threshold(judged, tmp_path):
    label, argmax = (explained(judged, target, tmp_path / f"{target}.parquet") for target in ("label", "argmax"))
    differs = label.with_columns(other=argmax["score"]).filter((pl.col("score") - pl.col("other")).abs() > 1e-9)
    assert set(differs["item"]) == TURNED
