"""The ratio chosen on dev: by hand where segments and tokens meet, and against judging every pair by itself."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.data.segmentation import characters
from yiju.explain.attribute_set import attribute_set
from yiju.explain.rationales import ratio as module
from yiju.explain.rationales.faithful import select_rationales
from yiju.explain.rationales.ratio import RATIOS, choose_ratio, draw, least_ratio, top_shares
from yiju.explain.rationales.rationale_lines import read_rationales
from yiju.models.predict_pairs import predict_sets
from yiju.models.scores import combine_folds

MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 500}
METHOD = {"method": "gradient_input_l2", "steps": 1, "smooth": None}


def test_the_grid_goes_from_a_twentieth_to_all_in_exact_decimals():
    assert [str(ratio) for ratio in RATIOS[:3]] == ["0.05", "0.1", "0.15"]
    assert (RATIOS[6], RATIOS[-1], len(RATIOS)) == (0.35, 1.0, 20)


@pytest.mark.parametrize(
    ("kept", "wanted", "expected"),
    [
        ([0.5] * 9 + [0.95] + [0.9] * 9 + [1.0], 0.95, 0.5),
        ([0.1 + 0.2] + [1.0] * 19, 0.3, 0.05),
        ([0.9] * 19 + [0.99], 1.0, 1.0),
    ],
)
def test_the_least_ratio_that_keeps_enough(kept, wanted, expected):
    assert least_ratio(kept, wanted) == expected


def test_the_best_share_of_either_side_is_shown_and_nothing_that_was_not_read_or_speaks_against_the_label():
    flags = top_shares(np.array([-0.1, 0.4, 0.3, 0.2, 0.5, np.nan]), 4)
    shown = {ratio: np.flatnonzero(row).tolist() for ratio, row in zip(RATIOS, flags, strict=True)}
    # Of 4 segments ceil(4 r) are selected, of the one that was read it alone; never the first of q's.
    assert shown[0.05] == shown[0.25] == [1, 4]
    assert shown[0.3] == shown[0.5] == [1, 2, 4]
    assert shown[0.55] == shown[1.0] == [1, 2, 3, 4]


def test_a_draw_depends_on_the_seed_and_keeps_the_order(monkeypatch):
    table = pl.DataFrame({"item": [str(number) for number in range(50)]})
    assert draw(table, 1) is table
    monkeypatch.setattr(module, "MOST", 10)
    drawn = draw(table, 1)["item"].cast(pl.Int64).to_list()
    assert len(drawn) == len(set(drawn)) == 10
    assert drawn == sorted(drawn) == draw(table, 1)["item"].cast(pl.Int64).to_list()
    assert drawn != draw(table, 2)["item"].cast(pl.Int64).to_list()


def judged(folder, members, average):
    """Judge and attribute toy pairs with some members, as the workflow does; returns the arguments of choose_ratio."""
    rows = [{"item": str(number), "q": q, "t": t} for number, (q, t, _) in enumerate(PAIRS[1:25])]
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS.names}
    items = str(folder / "items.parquet")
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS)), items, tables.ITEMS)
    calibration, combined = str(folder / "calibration.json"), str(folder / "scores.parquet")
    (folder / "calibration.json").write_text('{"temperature": 1.5, "margin": 0.0}')
    scores, models = [], []
    for member in range(members):
        model, _ = classifier(folder / f"model{member}", marker=member == 1)
        with torch.no_grad():
            for weight in model.classifier.parameters():
                weight.mul_(1 - 0.4 * member)
        model.save_pretrained(folder / f"model{member}")
        models.append(str(folder / f"model{member}"))
        scores.append(str(folder / f"scores{member}.parquet"))
        judging = {"max_length": 24, "average_orders": average, "swap": [True]}
        predict_sets([items], models[-1], calibration, judging, [scores[-1]], **MACHINE)
    combine_folds(scores, calibration, average, combined)
    # A quarter of the pairs or more on either side of the margin, so that some judgements turn, and none near it.
    likely = np.sort(tables.read(combined, tables.SCORES)["probability"].to_numpy())
    quarter = len(likely) // 4
    place = quarter + int(np.argmax(np.diff(likely)[quarter:-quarter]))
    middle = likely[place : place + 2].mean()
    (folder / "calibration.json").write_text(f'{{"temperature": 1.5, "margin": {np.log(middle / (1 - middle))}}}')
    combine_folds(scores, calibration, average, combined)
    attributions, work = str(folder / "attributions.parquet"), folder / "work"
    work.mkdir()
    explaining = {"max_length": 24, "average_orders": average, "seed": 1, "target": "label", "method": METHOD}
    explaining |= {"sufficient": False}
    others = (str(folder / "facts.parquet"), [], None, str(work))
    attribute_set(items, combined, models, calibration, explaining, attributions, *others, **MACHINE)
    settings = {"kept": 0.9, "seed": 1, "max_length": 24, "average_orders": average}
    return items, combined, calibration, attributions, models, settings


@pytest.mark.parametrize(("members", "average"), [(1, False), (2, True)])
def test_the_shares_are_those_of_pairs_with_masks_judged_by_themselves(tmp_path, members, average):
    arguments = judged(tmp_path, members, average)
    choose_ratio(*arguments, str(tmp_path / "ratio.json"), **MACHINE)
    facts = json.loads((tmp_path / "ratio.json").read_text())
    assert facts["items"] == 24
    assert facts["kept"]["1.0"] == 1.0
    assert facts["ratio"] == min(float(ratio) for ratio, share in facts["kept"].items() if share >= 0.9)
    for ratio in (0.05, 0.35, 0.6):
        assert facts["kept"][str(ratio)] == pytest.approx(kept_by_hand(tmp_path, ratio, *arguments))
    assert len(set(facts["kept"].values())) > 2, "the toy turns some judgements"


def kept_by_hand(folder, ratio, items, combined, calibration, attributions, models, settings):
    """Write the masked sentences out, [MASK] in the place of every character that is not selected, and judge those."""
    out = str(folder / "faithful.jsonl")
    select_rationales(combined, attributions, {"by": "share", "value": ratio}, out, str(folder / "submitted.jsonl"))
    table = tables.read(items, tables.ITEMS)
    masked = {side: [] for side in "qt"}
    for row, line in zip(table.iter_rows(named=True), read_rationales(out), strict=True):
        for side in "qt":
            cut = characters(row[side])
            masked[side].append("".join(s if i in line[side] else hide(s) for i, s in enumerate(cut)))
    shown = folder / "masked.parquet"
    tables.write(table.with_columns(pl.Series(side, texts) for side, texts in masked.items()), shown, tables.ITEMS)
    judging = {"max_length": 24, "average_orders": settings["average_orders"], "swap": [False]}
    scores = []
    for number, model in enumerate(models):
        scores.append(str(folder / f"masked{number}.parquet"))
        predict_sets([str(shown)], model, calibration, judging, [scores[-1]], **MACHINE)
    combine_folds(scores, calibration, settings["average_orders"], str(folder / "all.parquet"))
    before, after = (
        tables.read(path, tables.SCORES)["label"].to_numpy() for path in (combined, folder / "all.parquet")
    )
    return float(np.mean(before == after))


def hide(segment):
    """VIP is three pieces in the toy's vocabulary; a character of Chinese is one."""
    return "[MASK]" * len(segment)


@pytest.mark.slow
def test_the_same_call_gives_the_same_bytes(tmp_path):
    arguments = judged(tmp_path, 1, False)
    for name in ("a.json", "b.json"):
        choose_ratio(*arguments, str(tmp_path / name), **MACHINE)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
