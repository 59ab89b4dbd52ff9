"""The test of behaviour in a run: the ensemble's judgement, the fitted baseline, and the grounds of failures."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.overlap import fit
from yiju.evaluation import behaviour_run
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_orders

SETTINGS = {"per_category": 6, "seed": 3, "max_length": 32, "average_orders": False}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    save_folder(*classifier(folder / "model"), [folder / "model" / name for name in FOLDER_FILES])
    q, t, labels = zip(*PAIRS, strict=True)
    items = [
        dict.fromkeys(tables.ITEMS.names) | {"item": str(row), "q": one, "t": other}
        for row, (one, other, _) in enumerate(PAIRS)
    ]
    tables.write(pl.DataFrame(items, schema=pl.Schema(tables.ITEMS)), folder / "dev.parquet", tables.ITEMS)
    write_json(folder / "calibration.json", {"temperature": 2.0, "margin": 0.1})
    (folder / "overlap.json").write_text(fit(q, t, labels).to_json(), encoding="utf-8")
    return folder


def suite_of_run(place, **changes):
    behaviour_run.test_behaviour(
        pairs=str(place / "dev.parquet"),
        models=[str(place / "model")],
        calibration=str(place / "calibration.json"),
        overlap=str(place / "overlap.json"),
        settings=SETTINGS | changes,
        out=str(place / "behaviour.json"),
        table=str(place / "behaviour.parquet"),
        work=str(place / "work"),
        device="cpu",
        threads=1,
        batch_tokens=512,
    )
    facts = json.loads((place / "behaviour.json").read_text(encoding="utf-8"))
    return facts, tables.read(place / "behaviour.parquet", tables.BEHAVIOUR)


@pytest.mark.parametrize("average", [False, True])
def test_the_table_holds_what_the_members_say_and_the_figures_are_of_it(place, average):
    facts, table = suite_of_run(place, average_orders=average)
    assert len(table) == facts["items"] == 19 * 6
    model, tokenizer = classifier(place / "other")
    said = predict_orders(model, tokenizer, table["q"].to_list(), table["t"].to_list(), 32, 512, average)
    logits = said.logits if said.swapped is None else (said.logits + said.swapped) / 2
    wanted = (logits[:, 1] - logits[:, 0]) / 2.0
    assert np.allclose(table["score"].to_numpy(), wanted, atol=1e-5)
    assert table["similar"].to_list() == (wanted > 0.1).tolist()
    for name, own in facts["categories"].items():
        rows = table.filter(category=name)
        assert (len(rows), rows["passed"].not_().sum()) == (own["items"], own["failures"])
        assert rows["passed_by_overlap"].not_().sum() == own["baseline"]["failures"]
    assert table["passed"].not_().sum() == len(facts["failures"])


def test_the_first_failures_of_each_category_have_grounds_that_spell_their_sentences(place):
    facts, _ = suite_of_run(place)
    counts: dict[str, int] = {}
    for one in facts["failures"]:
        counts[one["category"]] = counts.get(one["category"], 0) + 1
        explained = counts[one["category"]] <= behaviour_run.EXPLAINED
        assert ("grounds" in one) is explained
        if explained:
            for side in ("q", "t"):
                spelt = "".join(text for text, _ in one["grounds"][side])
                assert spelt == "".join(one[side].split())
