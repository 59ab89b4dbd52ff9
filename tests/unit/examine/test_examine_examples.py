"""What is told of an example, held against the model itself, on toy models."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from toys import PAIRS, classifier

from yiju import tables
from yiju.attribution.attribute import score_pairs, segment_table
from yiju.attribution.counterfactual import Deletion
from yiju.attribution.subject import Subject
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.examine.examine import DEPTH, examine_examples
from yiju.examine.lines import CELLS, Told, to_line
from yiju.predict import predict_logits
from yiju.provenance import write_json
from yiju.rationale.faithful import mean_over_folds
from yiju.rationale.selection import rank, select
from yiju.scores import decide, difference, probability
from yiju.settings.explain import OPTIONS
from yiju.tokens import encode, encode_pairs, pair_up

METHODS = {name: {"method": name} | OPTIONS[name]().model_dump() for name in ("gradient_input_l2", "occlusion")}
SETTINGS = {"sets": ["dev", "told"], "splits": ["dev", "test"], "methods": METHODS, "target": "label"}
SETTINGS |= {"select": {"by": "ratio", "value": 0.5}, "max_length": 32, "seed": 1}
HOT = 1.5


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two members and the lines that one of them, and both of them, tell of two sets."""
    folder = tmp_path_factory.mktemp("examined")
    model, tokenizer = classifier(folder / "0", marker=True)
    q, t, _ = (list(column) for column in zip(*PAIRS[:40], strict=True))
    # Half of the pairs lie on either side.
    margin = float(np.median(difference(predict_logits(model, encode_pairs(tokenizer, q, t, 32), 1000))))
    for number in range(2):
        model, _ = classifier(folder / str(number), marker=True)
        with torch.no_grad():
            model.classifier.weight.mul_(1 + 2 * number)
        model.save_pretrained(folder / str(number))
        write_json(folder / f"{number}.json", {"temperature": 1.0, "margin": margin})
    write_json(folder / "ensemble.json", {"temperature": HOT, "margin": margin})
    for name, chosen in (("dev", PAIRS[:20]), ("told", PAIRS[20:40])):
        write_set(folder, name, chosen, margin)
    merged = {name: [None] * 20 for name in tables.MERGED} | {"pair": range(20), "corpus": ["LCQMC", "BQ"] * 10}
    tables.write(pl.DataFrame(merged, schema=tables.MERGED), folder / "pairs.parquet", tables.MERGED)
    return {count: examined(folder, count) for count in (1, 2)} | {"folder": folder, "margin": margin}


def write_set(folder, name, chosen, margin):
    model, tokenizer = load_model(folder / "0", "classifier"), load_tokenizer(folder / "0")
    q, t, gold = (list(column) for column in zip(*chosen, strict=True))
    logits = predict_logits(model, encode_pairs(tokenizer, q, t, 32), 1000)
    items = [str(row) for row in range(len(q))]
    columns = {key: [None] * len(q) for key in tables.ITEMS} | {"item": items, "q": q, "t": t, "label": gold}
    if name == "told":
        columns |= {"kind": ["ori"] * len(q), "q_segments": [list(text.replace(" ", "")) for text in q]}
        columns |= {"t_segments": [list(text.replace(" ", "")) for text in t], "q_gold": [[[1], [0, 1]]] * len(q)}
        columns |= {"t_gold": [[[0]]] * len(q)}
    tables.write(pl.DataFrame(columns, schema=tables.ITEMS), folder / f"{name}.parquet", tables.ITEMS)
    said = [items, gold, decide(logits, margin), probability(difference(logits)), [0.5] * len(q)]
    judged = pl.DataFrame(dict(zip(tables.JUDGED, said, strict=True)), schema=tables.JUDGED)
    tables.write(judged, folder / f"{name}.judged.parquet", tables.JUDGED)


def examined(folder, members, **changes):
    arguments = {
        "items": [str(folder / f"{name}.parquet") for name in SETTINGS["sets"]],
        "judged": [str(folder / f"{name}.judged.parquet") for name in SETTINGS["sets"]],
        "pairs": str(folder / "pairs.parquet"),
        "models": [str(folder / str(number)) for number in range(members)],
        "calibrations": [str(folder / ("ensemble.json" if members > 1 else "0.json"))]
        + [str(folder / f"{number}.json") for number in range(members)],
        "ratios": [],
        "settings": SETTINGS,
        "out": str(folder / "out.jsonl"),
    }
    examine_examples(**arguments | changes, device="cpu", threads=1, batch_tokens=400)
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").split("\n") if line]


def without(folder, line, gone, member=0):
    """The member's logits of an example without the segments of both sides, masked."""
    model, tokenizer = load_model(folder / str(member), "classifier"), load_tokenizer(folder / str(member))
    pairs = encode_pairs(tokenizer, [line["q"]["text"]], [line["t"]["text"]], 32)
    q, t = (encode(tokenizer, [line[side]["text"]], spans=True) for side in "qt")
    begins = {"q": 1, "t": 2 + int(pairs.first[0])}
    for side, own in (("q", q), ("t", t)):
        for index in gone[side]:
            start, end = line[side]["spans"][index]
            for place, (left, right) in enumerate(own.span_list(0, len(own.ids))):
                if left < end and right > start:
                    pairs.ids[begins[side] + place] = tokenizer.mask_token_id
    return predict_logits(model, pairs, 1000)


def test_sets_parts_and_gold_are_told(run):
    lines = run[1]
    assert [line["set"] for line in lines] == ["dev"] * 20 + ["told"] * 20
    assert {line["part"] for line in lines[:20]} == {"LCQMC", "BQ"}
    assert {line["part"] for line in lines[20:]} == {"ori"}
    assert all(line["part"] == ["LCQMC", "BQ"][int(line["item"]) % 2] for line in lines[:20])
    assert lines[0]["q"]["gold"] is None and lines[20]["q"]["gold"] == [0, 1]
    for line in lines:
        for side in "qt":
            cut = [line[side]["text"][start:end] for start, end in line[side]["spans"]]
            assert "".join(cut) == line[side]["text"].replace(" ", "")
            assert len(line["methods"]["occlusion"][side]) == len(cut)


def test_scores_and_rationales_are_those_of_the_faithful_ones(run):
    line, folder = run[2][25], run["folder"]
    table = tables.read(folder / "told.parquet", tables.ITEMS).filter(item=line["item"])
    parts = []
    for member in range(2):
        model, tokenizer = load_model(folder / str(member), "classifier"), load_tokenizer(folder / str(member))
        q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
        pairs = pair_up(tokenizer, q, t, 32)
        labels = np.array([line["explained"]])
        values = score_pairs(
            Subject.of(model, tokenizer, 400, 1), pairs, labels, METHODS["occlusion"], bar=False
        ).values
        parts.append(segment_table(table, q, t, pairs, values).filter(unit="segment"))
    expected = mean_over_folds(parts)
    for side in "qt":
        assert line["methods"]["occlusion"][side] == pytest.approx(expected[line["item"], side], rel=1e-3, abs=1e-6)
        assert line["methods"]["occlusion"][f"{side}_ranked"] == select(expected[line["item"], side], "ratio", 0.5)


def test_a_curve_begins_with_the_judgement_and_follows_the_ranking(run):
    for line in run[1][::7]:
        own = line["methods"]["occlusion"]
        chance = line["probability"] if line["label"] else 1 - line["probability"]
        assert own["curve"][0] == pytest.approx(chance, rel=1e-3)
        assert len(own["curve"]) == 1 + min(DEPTH, len(own["q"]) + len(own["t"]))
        assert line["random"][0] == pytest.approx(chance, rel=1e-3)


def test_the_ensemble_s_curve_is_that_of_mean_logits(run):
    line = run[2][0]
    logits = np.mean([without(run["folder"], line, {"q": [], "t": []}, member) for member in range(2)], axis=0)
    similar = probability(difference(logits / HOT))[0]
    expected = similar if line["explained"] else 1 - similar
    assert line["methods"]["gradient_input_l2"]["curve"][0] == pytest.approx(expected, rel=1e-3)


def test_the_first_step_of_a_curve_takes_the_highest_score_away(run):
    line, folder = run[1][3], run["folder"]
    table = tables.read(folder / "dev.parquet", tables.ITEMS).filter(item=line["item"])
    model, tokenizer = load_model(folder / "0", "classifier"), load_tokenizer(folder / "0")
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    pairs = pair_up(tokenizer, q, t, 32)
    labels = np.array([line["explained"]])
    values = score_pairs(Subject.of(model, tokenizer, 400, 1), pairs, labels, METHODS["occlusion"], bar=False).values
    scores = segment_table(table, q, t, pairs, values).filter(unit="segment")
    first, count = rank(scores["score"])[0], len(line["q"]["spans"])
    gone = {"q": [first] if first < count else [], "t": [] if first < count else [first - count]}
    similar = probability(difference(without(folder, line, gone)))[0]
    expected = similar if line["explained"] else 1 - similar
    assert line["methods"]["occlusion"]["curve"][1] == pytest.approx(expected, rel=1e-3)


def test_without_the_smallest_deletion_the_model_judges_otherwise(run):
    turned = [line for line in run[1] if line["counterfactual"]["found"]]
    assert turned
    for line in turned[:8]:
        found, margin = line["counterfactual"], run["margin"]
        logits = without(run["folder"], line, found)
        assert decide(logits, margin)[0] == 1 - found["label"] == 1 - line["label"]
        assert found["probability"] == pytest.approx(probability(difference(logits))[0], rel=1e-3)
        if found["exact"] and len(found["q"] + found["t"]) == 1:
            assert line["label"] == decide(without(run["folder"], line, {"q": [], "t": []}), margin)[0]


def test_matrices_have_a_row_for_every_segment(run):
    for line in run[2]:
        assert np.array(line["matrix"]).shape == (len(line["q"]["spans"]), len(line["t"]["spans"]))
    assert any(abs(cell) > 0 for line in run[2] for row in line["matrix"] for cell in row)


def test_by_dev_every_method_has_the_ratio_of_its_file(run):
    folder = run["folder"]
    for name, ratio in (("one", 0.1), ("two", 1.0)):
        write_json(folder / f"{name}.ratio.json", {"ratio": ratio})
    ratios = [str(folder / f"{name}.ratio.json") for name in ("one", "two")]
    line = examined(folder, 1, settings=SETTINGS | {"select": {"by": "dev"}}, ratios=ratios)[0]
    assert len(line["methods"]["gradient_input_l2"]["q_ranked"]) == 1
    assert len(line["methods"]["occlusion"]["q_ranked"]) == len(line["q"]["spans"])


def test_a_matrix_that_nobody_could_read_is_left_out():
    text = "字" * 60
    item = {"q": text, "t": text, **{f"{side}_{what}": None for side in "qt" for what in ("segments", "gold")}}
    facts = {"set": "dev", "part": None, "item": "1", "gold": None, "label": 1}
    facts |= {"probability": 0.9, "overlap_probability": 0.5}
    matrix = np.zeros((60, 60))
    assert matrix.size > CELLS
    told = Told(1, False, 0, {}, {}, np.zeros(1), matrix, Deletion(1, None, 0.9, False))
    line = to_line(facts, item, told, {})
    assert line["matrix"] is None
    assert line["counterfactual"] == {"label": 1, "found": False, "q": [], "t": [], "probability": 0.9, "exact": False}
