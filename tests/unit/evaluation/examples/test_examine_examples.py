"""What is told of an example, held against the model itself, on toy models."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from indexed import indexed
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.base.files import write_json
from yiju.config.method import get_method
from yiju.data.sets import with_segments
from yiju.evaluation.examples.examine_examples import DEPTH, examine_examples
from yiju.evaluation.examples.example_lines import CELLS, ExampleFacts, to_line
from yiju.explain.attribute_set import ensemble_of, read_items, subject_of
from yiju.explain.attribution import score_pairs
from yiju.explain.counterfactual import Deletion
from yiju.explain.evidence.measures import measured, score_target_of
from yiju.explain.evidence.training_evidence import representations_of
from yiju.explain.evidence.training_index import open_index
from yiju.explain.rationales.selection import rank, select
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.models.calibration.apply import decide, difference, probability
from yiju.models.calibration.measure import log_odds
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.inference import predict_logits
from yiju.models.linear_head import linear_head
from yiju.models.opening import open_scorer
from yiju.models.tokens import encode, encode_pairs

METHODS = {
    name: {"method": name} | get_method(name).options().model_dump() for name in ("gradient_input_l2", "occlusion")
}
SETTINGS = {"splits": ["dev", "test"], "methods": METHODS, "target": "label"}
# p(similar) is .9.
LOGITS = np.array([0.0, np.log(9)])
SETTINGS |= {
    "select": {"by": "ratio", "value": 0.5},
    "max_length": 32,
    "average_orders": False,
    "seed": 1,
    "evidence": 0,
}
HOT = 1.5
# No character of either sentence is unknown.
KNOWN = (np.zeros(60, bool),) * 2
HOLDING = ("one_sided", "alone", "kept", "selected")


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
    # The margin of logits that the temperature has divided.
    for members, temperature in ((1, 1.0), (2, HOT)):
        write_json(folder / f"{members}.json", {"temperature": temperature, "margin": margin / temperature})
    for name, chosen in (("dev", PAIRS[:20]), ("told", PAIRS[20:40])):
        write_set(folder, name, chosen, margin)
    merged = {name: [None] * 20 for name in tables.MERGED.names} | {"pair": range(20), "corpus": ["LCQMC", "BQ"] * 10}
    tables.write(pl.DataFrame(merged, schema=pl.Schema(tables.MERGED)), folder / "pairs.parquet", tables.MERGED)
    return {count: examined(folder, count) for count in (1, 2)} | {"folder": folder, "margin": margin}


def write_set(folder, name, chosen, margin):
    model, tokenizer = load_model(folder / "0", "classifier"), load_tokenizer(folder / "0")
    q, t, gold = (list(column) for column in zip(*chosen, strict=True))
    logits = predict_logits(model, encode_pairs(tokenizer, q, t, 32), 1000)
    items = [str(row) for row in range(len(q))]
    columns = {key: [None] * len(q) for key in tables.ITEMS.names} | {"item": items, "q": q, "t": t, "label": gold}
    if name == "told":
        columns |= {"kind": ["ori"] * len(q), "q_segments": [list(text.replace(" ", "")) for text in q]}
        columns |= {"t_segments": [list(text.replace(" ", "")) for text in t], "q_gold": [[[1], [0, 1]]] * len(q)}
        columns |= {"t_gold": [[[0]]] * len(q)}
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS)), folder / f"{name}.parquet", tables.ITEMS)
    said = [items, gold, decide(logits, margin), probability(difference(logits)), [0.5] * len(q)]
    judged = pl.DataFrame(dict(zip(tables.JUDGED.names, said, strict=True)), schema=pl.Schema(tables.JUDGED))
    tables.write(judged, folder / f"{name}.judged.parquet", tables.JUDGED)


def examined(folder, members, sets=("dev", "told"), settings=SETTINGS, **changes):
    arguments = {
        "items": [str(folder / f"{name}.parquet") for name in sets],
        "judged": [str(folder / f"{name}.judged.parquet") for name in sets],
        "pairs": str(folder / "pairs.parquet"),
        "models": [str(folder / str(number)) for number in range(members)],
        "calibration": str(folder / f"{members}.json"),
        "measured": None,
        "ratios": [],
        "settings": settings | {"sets": list(sets)},
        "out": str(folder / "out.jsonl"),
    }
    examine_examples(**arguments | changes, device="cpu", threads=1, batch_tokens=400)
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").split("\n") if line]


def before(folder, line, members):
    """The example before the members, as an ensemble."""
    name = line["set"]
    table = with_segments(tables.read(folder / f"{name}.parquet", tables.ITEMS).filter(item=line["item"]))
    subjects = [subject_of(str(folder / str(number)), "cpu", 400, 1) for number in range(members)]
    return ensemble_of(subjects, read_items(subjects[0].scorer, table, SETTINGS))


def scores_of(folder, line, members, method="occlusion"):
    """Scores of all segments, and how many of them are q's."""
    ensemble = before(folder, line, members)
    labels = np.array([line["explained"]])
    return score_pairs(ensemble, labels, METHODS[method], bar=False).values[0], int(ensemble.first.firsts[0])


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
    line = run[2][25]
    for name in METHODS:
        values, first = scores_of(run["folder"], line, 2, name)
        for side, own in (("q", values[:first]), ("t", values[first:])):
            assert line["methods"][name][side] == pytest.approx(own.tolist(), rel=1e-3, abs=1e-6)
            assert line["methods"][name][f"{side}_ranked"] == select(own, "ratio", 0.5)


@pytest.mark.slow
def test_by_sufficient_rationales_are_the_smallest_that_alone_keep_the_judgement(run):
    folder, margin = run["folder"], run["margin"]
    asked = SETTINGS | {"select": {"by": "sufficient"}, "methods": {"occlusion": METHODS["occlusion"]}}
    lines, others = examined(folder, 2, ["told"], asked), {line["item"]: line for line in run[2][20:]}
    for line in lines[::5]:
        other = others[line["item"]]
        found, ensemble = line["methods"]["occlusion"], before(folder, line, 2)
        assert found["q"] == other["methods"]["occlusion"]["q"]
        values, first = scores_of(folder, line, 2)
        ranks = sufficient_of(ensemble, np.array([line["explained"]]), values, margin).ranks
        for side, own in (("q", ranks[:first]), ("t", ranks[first:])):
            expected = [place for _, place in sorted((rank, place) for place, rank in enumerate(own) if rank)]
            assert found[f"{side}_ranked"] == expected
    lengths = [sum(len(line["methods"]["occlusion"][f"{side}_ranked"]) for side in "qt") for line in lines]
    assert min(lengths) < max(lengths)


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


@pytest.mark.parametrize("members", [1, 2])
def test_effects_are_those_of_the_calibrated_judgement(run, members):
    """Leaving out by deletion has the effects as its scores, before the ensemble's temperature."""
    temperature = {1: 1.0, 2: HOT}[members]
    for line in run[members]:
        found = line["methods"]["occlusion"]
        scores = np.array([value for side in "qt" for value in found[side]], dtype=np.float64)
        effects = np.array([value for side in "qt" for value in line[f"{side}_effects"]], dtype=np.float64)
        whole = probability(temperature * log_odds(np.array(found["curve"][0])))
        left = probability(log_odds(whole * np.exp(-scores)) / temperature)
        assert effects == pytest.approx(np.log(found["curve"][0] / left), abs=5e-3, nan_ok=True)


def test_the_first_step_of_a_curve_takes_the_highest_score_away(run):
    line, folder = run[1][3], run["folder"]
    values, count = scores_of(folder, line, 1)
    first = rank(values)[0]
    gone = {"q": [first] if first < count else [], "t": [] if first < count else [first - count]}
    similar = probability(difference(without(folder, line, gone)))[0]
    expected = similar if line["explained"] else 1 - similar
    assert line["methods"]["occlusion"]["curve"][1] == pytest.approx(expected, rel=1e-3)


def test_the_method_measured_best_is_the_one_that_its_file_names(run):
    folder = run["folder"]
    holding = {"pairs": 9} | {name: {"value": 0.5, "low": 0.4, "high": 0.6} for name in HOLDING}
    write_json(
        folder / "explanation.json",
        {"name": "mine", "method": METHODS["occlusion"], "labels": {"similar": holding}},
    )
    asked = SETTINGS | {"methods": {"measured": {"method": "measured"}}}
    (line, *_) = examined(folder, 1, ["told"], asked, measured=str(folder / "explanation.json"))
    (own,) = (one for one in run[1] if (one["set"], one["item"]) == ("told", line["item"]))
    assert line["methods"] == {"measured": own["methods"]["occlusion"]}


def test_what_was_not_read_has_no_score_no_rank_and_is_in_no_rationale(run):
    folder = run["folder"]
    settings = SETTINGS | {"max_length": 12, "select": {"by": "ratio", "value": 1.0}}
    lines = [line for line in examined(folder, 2, ["told"], settings) if line["truncated"]]
    assert lines
    for line in lines:
        for found in line["methods"].values():
            read = {side: [place for place, one in enumerate(found[side]) if one is not None] for side in "qt"}
            assert any(len(read[side]) < len(line[side]["spans"]) for side in "qt")
            assert all(sorted(found[f"{side}_ranked"]) == read[side] for side in "qt")
            assert len(found["curve"]) == 1 + min(DEPTH, len(read["q"]) + len(read["t"]))


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


@pytest.mark.slow
def test_by_dev_every_method_has_the_ratio_of_its_file(run):
    folder = run["folder"]
    for name, ratio in (("one", 0.1), ("two", 1.0)):
        write_json(folder / f"{name}.ratio.json", {"ratio": ratio})
    ratios = [str(folder / f"{name}.ratio.json") for name in ("one", "two")]
    line = examined(folder, 1, ["told"], SETTINGS | {"select": {"by": "dev"}}, ratios=ratios)[0]
    assert len(line["methods"]["gradient_input_l2"]["q_ranked"]) == 1
    scores = line["methods"]["occlusion"]["q"]
    assert sorted(line["methods"]["occlusion"]["q_ranked"]) == [place for place, one in enumerate(scores) if one > 0]


def test_a_matrix_that_nobody_could_read_is_left_out():
    text = "字" * 60
    item = {"q": text, "t": text, **{f"{side}_{what}": None for side in "qt" for what in ("segments", "gold")}}
    facts = {"set": "dev", "part": None, "item": "1", "gold": None, "label": 1}
    facts |= {"probability": 0.9, "overlap_probability": 0.5}
    matrix = np.zeros((60, 60))
    assert matrix.size > CELLS
    told = ExampleFacts(1, False, KNOWN, {}, np.zeros(1), matrix, Deletion(1, None, LOGITS, False), (np.zeros(60),) * 2)
    line = to_line(facts, item, told)
    assert line["matrix"] is None
    assert line["counterfactual"] == {"label": 1, "found": False, "q": [], "t": [], "probability": 0.9, "exact": False}


def test_training_pairs_for_and_against_are_those_of_the_first_models_index(run):
    folder = run["folder"]
    assert {line["evidence"] for line in run[1]} == {None}
    indexed(folder / "0", PAIRS)
    lines = examined(folder, 2, settings=SETTINGS | {"evidence": 3})
    index, scorer = open_index(folder / "0"), open_scorer(folder / "0")
    for line in lines[::7]:
        pairs = scorer.pair_up(scorer.encode([line["q"]["text"]], 0), scorer.encode([line["t"]["text"]], 1))
        score_target = score_target_of(False, line["explained"])
        representations = representations_of(linear_head(scorer, pairs), [pairs], 400)
        values = measured("similarity", index.checkpoints, representations, score_target)
        values = np.where(index.labels == line["explained"], 1, -1) * np.maximum(values, 0)
        found = line["evidence"]
        assert (found["measure"], found["pairs"]) == ("similarity", len(PAIRS))
        for name, sign in (("for", 1), ("against", -1)):
            rows = [one["line"] - 1 for one in found[name]]
            assert [(one["q"], one["t"], one["label"]) for one in found[name]] == [PAIRS[row] for row in rows]
            assert [one["score"] for one in found[name]] == pytest.approx(values[rows].tolist(), rel=1e-3)
            assert sign * values[rows].sum() == pytest.approx(np.sort(sign * values)[-3:].sum(), rel=1e-3)


def test_a_cell_that_is_not_known_is_null():
    item = {"q": "甲乙", "t": "丙", **{f"{side}_{what}": None for side in "qt" for what in ("segments", "gold")}}
    facts = {"set": "dev", "part": None, "item": "1", "gold": None, "label": 1}
    facts |= {"probability": 0.9, "overlap_probability": 0.5}
    effects = (np.array([0.5, np.nan]), np.array([-0.25]))
    told = ExampleFacts(
        1, False, KNOWN, {}, np.zeros(1), np.array([[0.25], [np.nan]]), Deletion(1, (1, 2), -LOGITS, True), effects
    )
    line = to_line(facts, item, told)
    assert line["matrix"] == [[0.25], [None]]
    assert (line["q_effects"], line["t_effects"]) == ([0.5, None], [-0.25])
    assert (line["counterfactual"]["q"], line["counterfactual"]["t"]) == ([1], [0])


def test_segments_that_hold_an_unknown_character_are_told():
    texts = {"item": "1", "q": "今𪚥 天", "t": "天"} | {
        f"{side}_{what}": None for side in "qt" for what in ("segments", "gold")
    }
    facts = {"set": "dev", "probability": 0.9, "overlap_probability": 0.5}
    unknown = (np.array([False, True, False, False]), np.array([False]))
    told = ExampleFacts(
        1,
        False,
        unknown,
        {},
        np.zeros(1),
        np.zeros((1, 1)),
        Deletion(1, None, LOGITS, False),
        (np.zeros(3), np.zeros(1)),
    )
    line = to_line(facts, texts, told)
    assert (line["unknown"], line["q"]["unknown"], line["t"]["unknown"]) == (1, [1], [])
