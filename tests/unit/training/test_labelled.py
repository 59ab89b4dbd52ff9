"""Labelled pairs read part by part are those of the whole table."""

import numpy as np
import polars as pl
import pytest
from toys import PAIRS, model_folder

from yiju.models.folder import load_tokenizer
from yiju.models.tokens import encode_pairs
from yiju.training.labelled import read_labelled
from yiju.training.weighting import contradictions, edit_distance_weights

TABLE = pl.DataFrame(PAIRS, schema={"q": pl.String, "t": pl.String, "label": pl.Int8}, orient="row")


@pytest.mark.parametrize("weighting", ["none", "edit_distance"])
def test_parts_make_one(tmp_path, weighting):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    parts = [TABLE.clear(), *TABLE.iter_slices(7), TABLE.clear()]
    found = read_labelled(parts, tokenizer, 12, weighting, threads=2)
    q, t, labels = (TABLE[name].to_list() for name in TABLE.columns)
    whole = encode_pairs(tokenizer, q, t, 12)
    assert whole.truncated.any()
    for name in ("ids", "starts", "first", "second", "truncated"):
        np.testing.assert_array_equal(getattr(found.pairs, name), getattr(whole, name))
    assert found.labels.tolist() == labels and len(found) == len(PAIRS)
    if weighting == "none":
        assert found.weights is None
    else:
        np.testing.assert_array_equal(found.weights, edit_distance_weights(contradictions(q, t, np.array(labels))))


def test_no_rows_are_none(tmp_path):
    assert read_labelled([TABLE.clear()], load_tokenizer(model_folder(tmp_path)), 12) is None
