"""What a member says of a set, in both orders, and of what its fold holds out; and which class is explained."""

import json
import shutil

import numpy as np
import polars as pl
import pytest
import torch
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.explain.attribute_set import attribute_set
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.predict_pairs import predict_held_out, predict_sets
from yiju.models.scores import both_orders, score_table

SETTINGS = {"max_length": 32, "seed": 1, "average_orders": False, "sufficient": False}
SETTINGS |= {"method": {"method": "gradient_input_l2", "steps": 1, "smooth": None}}
MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 200}


PAIR_ROWS = [{"item": str(number), "q": q, "t": t} for number, (q, t, _) in enumerate(PAIRS[:8])]
TURNED = {"1", "4", "5"}


def written(folder, marker=False):
    """An ITEMS table and a model folder."""
    model, _ = classifier(folder / "model", marker)
    model.save_pretrained(folder / "model")
    columns = {name: [row.get(name) for row in PAIR_ROWS] for name in tables.ITEMS.names}
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS)), folder / "items.parquet", tables.ITEMS)
    return str(folder / "items.parquet"), str(folder / "model")


def plain_logits(model, q, t):
    """Logits of one pair at a time, encoded by the tokeniser itself."""
    tokenizer, classes = load_tokenizer(model), load_model(model, "classifier").eval()
    each = [classes(**tokenizer(*pair, return_tensors="pt")).logits for pair in zip(q, t, strict=True)]
    return torch.cat(each).detach().double().numpy()


def margin(folder, value):
    path = folder / "calibration.json"
    path.write_text(json.dumps({"temperature": 1.7, "margin": value}))
    return str(path)


@pytest.mark.parametrize("marker", [False, True])
@pytest.mark.parametrize(("average", "swap"), [(False, False), (False, True), (True, False)])
def test_both_orders_are_pairs_of_their_own(tmp_path, marker, average, swap):
    items, model = written(tmp_path, marker)
    settings = {"max_length": 32, "average_orders": average, "swap": [swap]}
    out = str(tmp_path / "scores.parquet")
    predict_sets([items], model, margin(tmp_path, 0.2), settings, [out], **MACHINE)
    table = tables.read(out, tables.SCORES)
    logits, swapped = both_orders(table)
    q, t = ([row[side] for row in PAIR_ROWS] for side in "qt")
    given = plain_logits(model, q, t)
    np.testing.assert_allclose(logits, given, atol=1e-5)
    decisive = given
    if average or swap:
        other = plain_logits(model, t, q)
        np.testing.assert_allclose(swapped, other, atol=1e-5)
        assert abs(other - given).max() > 1e-3
        decisive = (given + other) / 2 if average else given
    else:
        assert swapped is None
    difference = decisive[:, 1] - decisive[:, 0]
    np.testing.assert_allclose(table["probability"].to_numpy(), 1 / (1 + np.exp(-difference)), atol=1e-5)
    assert table["label"].to_list() == (difference > 0.2).astype(int).tolist()


def test_sets_are_judged_at_once_each_as_by_itself(tmp_path):
    items, model = written(tmp_path)
    fewer = str(tmp_path / "fewer.parquet")
    tables.write(tables.read(items, tables.ITEMS).head(3), fewer, tables.ITEMS)
    out = [str(tmp_path / f"{number}.parquet") for number in range(4)]

    def judge(sets, swap, out):
        own = {"max_length": 32, "average_orders": False, "swap": swap}
        predict_sets(sets, model, margin(tmp_path, 0.2), own, out, **MACHINE)

    judge([items, fewer], [False, True], out[:2])
    judge([items], [False], out[2:3])
    judge([fewer], [True], out[3:])
    together, alone = [[tables.read(path, tables.SCORES) for path in paths] for paths in (out[:2], out[2:])]
    assert [len(table) for table in together] == [len(PAIR_ROWS), 3]
    assert all(one.equals(other) for one, other in zip(together, alone, strict=True))
    assert [table["swapped_0"].has_nulls() for table in together] == [True, False]


@pytest.mark.parametrize("average", [False, True])
def test_a_member_judges_the_original_pairs_of_its_fold(tmp_path, average):
    _, model = written(tmp_path)
    rows = [
        {"q": q, "t": t, "label": label, "fold": n % 2, "operation": "original", "parents": [10 * n]}
        for n, (q, t, label) in enumerate(PAIRS[:8])
    ]
    rows.append(rows[1] | {"operation": "closure_positive", "parents": [10, 30]})
    augmented, out = str(tmp_path / "augmented.parquet"), str(tmp_path / "out.parquet")
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.AUGMENTED)), augmented, tables.AUGMENTED)
    settings = {"max_length": 32, "average_orders": average}
    predict_held_out(augmented, model, margin(tmp_path, 0.2), "1.3", settings, out, **MACHINE)
    table = tables.read(out, tables.HELD_OUT_SCORES)
    assert table.select("pair", "fold", "repeat", "margin").rows() == [(10 * n, 1, 3, 0.2) for n in (1, 3, 5, 7)]
    q, t, _ = zip(*PAIRS[1:8:2], strict=True)
    decisive = plain_logits(model, q, t)
    decisive = (decisive + plain_logits(model, t, q)) / 2 if average else decisive
    np.testing.assert_allclose(table["difference"].to_numpy(), decisive @ [-1, 1], atol=1e-5)


@pytest.fixture
def judged(tmp_path):
    """A set, its judgements, of which a threshold turned three, and a model folder."""
    items, model = written(tmp_path)
    logits = np.array([[0.0, 0.5] if row["item"] in TURNED else [0.5, 0.0] for row in PAIR_ROWS])
    scores = score_table([row["item"] for row in PAIR_ROWS], logits, 0.94, np.zeros(len(PAIR_ROWS), bool))
    assert scores["label"].sum() == 0
    tables.write(scores, tmp_path / "scores.parquet", tables.SCORES)
    return [items, str(tmp_path / "scores.parquet"), model]


def explained(judged, out, models=None, members=(), **changes):
    items, scores, model = judged
    facts = out.with_suffix(".explained.parquet")
    attribute_set(
        *(items, scores, models or [model], margin(out.parent, 0.2), SETTINGS | {"target": "label"} | changes),
        *(str(out), str(facts), [str(path) for path in members], None, str(out.with_suffix(".work"))),
        **MACHINE,
    )
    return tables.read(out, tables.ATTRIBUTIONS), tables.read(facts, tables.EXPLAINED)


def test_the_published_target_is_the_argmax_before_the_margin(judged, tmp_path):
    found = [explained(judged, tmp_path / f"{target}.parquet", target=target) for target in ("label", "argmax")]
    (label, of_label), (argmax, of_argmax) = found
    assert of_label["label"].to_list() == [0] * len(PAIR_ROWS)
    assert set(of_argmax.filter(label=1)["item"]) == TURNED
    differs = label.with_columns(other=argmax["score"]).filter((pl.col("score") - pl.col("other")).abs() > 1e-9)
    assert set(differs["item"]) == TURNED


OCCLUSION = {"method": "occlusion", "removal": "delete"}


def second(folder, model):
    """Another member: it says the opposite, and more firmly."""
    other = load_model(model, "classifier")
    with torch.no_grad():
        other.classifier.weight.mul_(-3)
    shutil.copytree(model, folder / "other")
    other.save_pretrained(folder / "other")
    return str(folder / "other")


@pytest.mark.parametrize("average", [False, True])
def test_what_several_members_say_together_is_explained_and_each_one_s_own_where_asked(judged, tmp_path, average):
    models = [judged[2], second(tmp_path, judged[2])]
    out, own = tmp_path / "out.parquet", [tmp_path / f"{member}.parquet" for member in "01"]
    changes = {"average_orders": average, "method": OCCLUSION}
    found, facts = explained(judged, out, models, own, **changes)
    alone, _ = explained(judged, tmp_path / "alone.parquet", [models[1]], **changes)
    each = [tables.read(path, tables.ATTRIBUTIONS) for path in own]
    assert each[1].equals(alone)
    q, t = ([row[side] for row in PAIR_ROWS] for side in "qt")
    logits = [plain_logits(model, *pair) for model in models for pair in ([(q, t), (t, q)] if average else [(q, t)])]
    mean = np.mean(logits, axis=0)
    expected = mean[:, 0] - np.logaddexp(*mean.T)
    assert facts["log_probability"].to_list() == pytest.approx(expected.tolist(), abs=1e-5)
    # What is said together is no mean of what is said by each.
    together = (each[0]["score"] + each[1]["score"]) / 2
    assert (found["score"] - together).abs().max() > 1e-3
    # One character less, in every reading.
    text, other = PAIR_ROWS[3]["q"][1:], t[3]
    readings = [(text, other), (other, text)] if average else [(text, other)]
    cut = [plain_logits(model, [first], [second]) for model in models for first, second in readings]
    left = np.mean(cut, axis=0)[0]
    fall = expected[3] - (left[0] - np.logaddexp(*left))
    row = found.filter(item="3", side="q", index=0)
    assert row["score"].item() == pytest.approx(fall, abs=1e-5)


def test_without_files_for_them_members_are_explained_together_only(judged, tmp_path):
    models = [judged[2], second(tmp_path, judged[2])]
    members = [tmp_path / f"{member}.parquet" for member in "01"]
    with_members, _ = explained(judged, tmp_path / "with.parquet", models, members, method=OCCLUSION)
    without, _ = explained(judged, tmp_path / "without.parquet", models, method=OCCLUSION)
    assert without.equals(with_members)


def test_the_smallest_rationale_is_ranked_and_whether_it_keeps_the_label_is_told(judged, tmp_path):
    found, facts = explained(judged, tmp_path / "out.parquet", method=OCCLUSION, sufficient=True)
    plain, other = explained(judged, tmp_path / "plain.parquet", method=OCCLUSION)
    assert found.drop("rank").equals(plain.drop("rank"))
    assert plain["rank"].null_count() == len(plain)
    assert other["kept"].null_count() == len(other)
    assert facts.drop("kept").equals(other.drop("kept"))
    model = judged[2]
    for item, kept in facts.select("item", "kept").iter_rows():
        chosen = found.filter(item=item).drop_nulls("rank")
        assert (chosen["score"] > 0).all()
        for side in "qt":
            own = chosen.filter(side=side)
            assert sorted(own["rank"]) == list(range(1, len(own) + 1))
            assert own.sort("rank")["score"].is_sorted(descending=True)
        q, t = ("".join(chosen.filter(side=side).sort("index")["text"]) or "[MASK]" for side in "qt")
        left = plain_logits(model, [q], [t])[0]
        # 1.7 * 0.2 is the margin on logits that no temperature has divided.
        assert bool(left[1] - left[0] > 1.7 * 0.2) == (not kept)
    assert facts["kept"].any()
