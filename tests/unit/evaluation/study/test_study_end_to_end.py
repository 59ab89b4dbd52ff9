"""Everything behind the rules of the study, on a toy model: from a set to a recommended method."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from toys import PAIRS, classifier

from yiju.base import tables
from yiju.base.files import write_json
from yiju.config.method import get_method
from yiju.evaluation.metrics.faithfulness import leave_one_out_tau
from yiju.evaluation.metrics.infidelity import changes, infidelity
from yiju.evaluation.study.attribute_study import attribute_study
from yiju.evaluation.study.compare_methods import compare_methods
from yiju.evaluation.study.draw_study import draw_study
from yiju.evaluation.study.edited import edited_forms
from yiju.evaluation.study.measure_matrix import measure_matrix
from yiju.evaluation.study.measure_study import measure_study, measure_trivial
from yiju.evaluation.study.randomise import attribute_randomised
from yiju.evaluation.study.trial import made_for_pairs, operators_of, share_of, trial_of
from yiju.explain import compute
from yiju.explain.attribution import load_method
from yiju.explain.rationales.layout import layout_of
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.models.calibration.apply import decide
from yiju.models.randomisation_steps import STEPS
from yiju.models.scores import score_table

MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 400}
# The second one draws noise.
NAMES = {"plain": {"steps": 1}, "path": {"steps": 3, "smooth": {"samples": 2, "noise": 0.5}}}
MEMBERS = ["0", "1"]
MATRICES = ["occlusion", "shapley", "gradients"]
REMOVALS, NAMED = ("delete", "mask"), ("together", "instead", "change", "links")
SELECT = {"by": "ratio", "value": 0.5}
COMMON = {"target": "label", "max_length": 32, "average_orders": False, "seed": 1}
FIGURES = [
    f"{figure}.{removal}"
    for figure in ("sufficiency", "comprehensiveness", "aopc_sufficiency", "aopc_comprehensiveness", "new_p", "loo_tau")
    for removal in ("mask", "delete")
]
PAIRWISE = [
    f"{figure}.{operator}"
    for figure in (
        *("one_sided", "one_sided.beyond_random", "alone", "alone.beyond_random", "emptied", "kept"),
        "alone.beyond_emptied",
    )
    for operator in ("delete", "mask", "replace")
]
INFIDELITY = [f"infidelity.{operator}" for operator in ("delete", "mask", "replace")]


def explaining(name):
    options = get_method("gradient_input_l2").options(**NAMES[name]).model_dump()
    return COMMON | {"sufficient": False, "method": {"method": "gradient_input_l2"} | options}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder in which a study of eight pairs, two methods and two members has run."""
    folder = tmp_path_factory.mktemp("study")
    for number, member in enumerate(MEMBERS):
        model, _ = classifier(folder / member / "model", marker=True)
        with torch.no_grad():
            model.classifier.weight.mul_(1 + number)
        model.save_pretrained(folder / member / "model")
    rows = [{"item": str(n), "q": q, "t": t, "label": label} for n, (q, t, label) in enumerate(PAIRS[:14])]
    rows[0] |= {"kind": "ori", "related": ["1", "2"], "q_gold": [[0, 1]], "t_gold": [[1], [2, 3]]}
    for row in rows:
        row |= {"q_segments": list(row["q"]), "t_segments": [one for one in row["t"] if one.strip()]}
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)), folder / "set.parquet", tables.ITEMS)
    logits = np.random.default_rng(1).normal(size=(len(rows), 2))
    scores = score_table([row["item"] for row in rows], logits, 0.0, np.zeros(len(rows), bool))
    tables.write(scores, folder / "set_scores.parquet", tables.SCORES)
    write_json(folder / "calibration.json", {"temperature": 1.5, "margin": 0.1})
    run(folder)
    return folder


def run(folder):
    file = {name: str(folder / f"{name}.parquet") for name in ("set", "set_scores", "items", "scores")}
    draw_study(
        file["set"],
        file["set_scores"],
        {"pairs": 8, "seed": 1, "last_original": None},
        file["items"],
        file["scores"],
    )
    models = [str(folder / member / "model") for member in MEMBERS]
    common = {"items": file["items"], "scores": file["scores"], "models": models} | MACHINE
    common["calibration"] = str(folder / "calibration.json")
    settings = COMMON | {"select": SELECT, "gold_sets": "union"}
    known = {name: str(folder / f"{name}.parquet") for name in ("left_out", "removed")}
    measure_trivial(**common, **known, settings=settings, out=str(folder / "trivial.parquet"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compute, "SAMPLES", 100)
        for name in MATRICES:
            out = str(folder / f"{name}.matrix.parquet")
            measure_matrix(**common, settings=COMMON | {"estimator": name}, out=out)
    for name in NAMES:
        attribute_study(
            **common,
            settings=explaining(name),
            out=str(folder / f"{name}.parquet"),
            facts=str(folder / f"{name}.explained.parquet"),
            members=[str(folder / member / f"{name}.parquet") for member in MEMBERS],
            measured=None,
            again=str(folder / f"{name}.again.parquet"),
            edited=str(folder / f"{name}.edited.parquet"),
            turned=str(folder / f"{name}.turned.parquet"),
            seconds=str(folder / f"{name}.seconds.json"),
            work=str(folder / "work" / "study" / name),
        )
        measure_study(
            **common,
            attributions=str(folder / f"{name}.parquet"),
            **known,
            settings=settings | {"name": name},
            out=str(folder / f"{name}.measured.parquet"),
        )
        attribute_randomised(
            **{key: value for key, value in common.items() if key != "calibration"},
            settings=explaining(name),
            out=str(folder / f"{name}.randomised.parquet"),
            work=str(folder / "work" / "randomised" / name),
        )
    comparing = {"set": "toy", "methods": list(NAMES), "members": MEMBERS, "select": SELECT, "target": "label"}
    compare_methods(
        file["items"],
        file["scores"],
        [str(folder / f"{name}.measured.parquet") for name in NAMES],
        str(folder / "trivial.parquet"),
        [str(folder / f"{name}.matrix.parquet") for name in MATRICES],
        [str(folder / f"{name}.parquet") for name in NAMES],
        [str(folder / member / f"{name}.parquet") for name in NAMES for member in MEMBERS],
        [str(folder / f"{name}.randomised.parquet") for name in NAMES],
        [str(folder / f"{name}.again.parquet") for name in NAMES],
        [str(folder / f"{name}.edited.parquet") for name in NAMES],
        [str(folder / f"{name}.turned.parquet") for name in NAMES],
        [str(folder / f"{name}.seconds.json") for name in NAMES],
        comparing | {"bootstrap": 100, "seed": 1},
        str(folder / "study.json"),
    )


@pytest.mark.slow
def test_a_method_that_does_not_fit_leaves_empty_tables_and_the_reason(study, tmp_path, monkeypatch):
    why = "gradient_input_l2 wants another model"
    monkeypatch.setattr(load_method("gradient_input_l2"), "supports", lambda model: why, raising=False)
    models = [str(study / member / "model") for member in MEMBERS]
    common = {
        "items": str(study / "items.parquet"),
        "scores": str(study / "scores.parquet"),
        "models": models,
    } | MACHINE
    common["calibration"] = str(study / "calibration.json")
    names = ("out", "again", "edited", "turned", "0", "1", "random", "facts", "measured")
    files = {name: str(tmp_path / f"{name}.parquet") for name in names}
    attribute_study(
        **common,
        settings=explaining("plain"),
        out=files["out"],
        facts=files["facts"],
        members=[files["0"], files["1"]],
        measured=None,
        again=files["again"],
        edited=files["edited"],
        turned=files["turned"],
        seconds=str(tmp_path / "seconds.json"),
        work=str(tmp_path / "work"),
    )
    assert json.loads((tmp_path / "seconds.json").read_text(encoding="utf-8")) == {"left_out": why}
    assert tables.read(files["facts"], tables.EXPLAINED).is_empty()
    attribute_randomised(
        **{key: value for key, value in common.items() if key != "calibration"},
        settings=explaining("plain"),
        out=files["random"],
        work=str(tmp_path / "work" / "random"),
    )
    assert all(tables.read(files[name], tables.ATTRIBUTIONS).is_empty() for name in ("out", "again", "0", "1"))
    assert tables.read(files["random"], tables.RANDOMISED).is_empty()
    assert tables.read(files["edited"], tables.EDITED).is_empty()
    assert tables.read(files["turned"], tables.TURNED).is_empty()
    measure_study(
        **common,
        attributions=files["out"],
        left_out=str(study / "left_out.parquet"),
        removed=str(study / "removed.parquet"),
        settings=COMMON | {"select": SELECT, "gold_sets": "best", "name": "plain"},
        out=files["measured"],
    )
    assert tables.read(files["measured"], tables.STUDIED).is_empty()


def test_every_method_and_trivial_rule_has_every_figure(study):
    found = json.loads((study / "study.json").read_text(encoding="utf-8"))
    names = [row["method"] for row in found["methods"]]
    assert names == ["plain", "path", "trivial_all", "trivial_shared_first", "trivial_random", "beam_search"]
    assert found["set"] == "toy" and found["items"] == 8 and found["members"] == MEMBERS
    for row in found["methods"][:-1]:
        own = [] if row["trivial"] else ["randomisation", "members.spearman", "members.jaccard"]
        for figure in [*FIGURES, *PAIRWISE, *INFIDELITY, "token_f1", "iou_f1", "map", "selected", "smallest", *own]:
            assert row[f"{figure}.low"] <= row[figure] <= row[f"{figure}.high"], figure
        assert (row["map.items"], row["token_f1.items"], row["sufficiency.mask.items"]) == (2, 1, 8)
        assert ("seconds_per_pair" in row) != row["trivial"]
        for figure in [*PAIRWISE, *INFIDELITY, "smallest"]:
            by_label = [row[f"{figure}.{label}"] for label in ("similar", "not_similar")]
            assert min(by_label) <= row[figure] <= max(by_label)
    everything = found["methods"][2]
    assert everything["sufficiency.mask"] == everything["sufficiency.delete"] == 0
    assert everything["selected"] == 1
    assert found["methods"][0]["comprehensiveness.mask"] != found["methods"][1]["comprehensiveness.mask"]
    assert found["recommended"]["method"] in (*NAMES, None)


def test_the_solver_has_the_figures_made_for_pairs_and_no_others(study):
    """It has no scores."""
    *rows, solver = json.loads((study / "study.json").read_text(encoding="utf-8"))["methods"]
    assert (solver["method"], solver["trivial"]) == ("beam_search", True)
    for figure in [*PAIRWISE, "smallest"]:
        assert solver[f"{figure}.low"] <= solver[figure] <= solver[f"{figure}.high"]
    assert not any(name.startswith(("infidelity", "loo_tau", "aopc", "token_f1")) for name in solver)
    for row in (*rows, solver):
        for figure in ("one_sided.normalised.delete", "alone.normalised.mask"):
            assert 0 <= row[f"{figure}.low"] <= row[figure] <= row[f"{figure}.high"] <= 1
            assert 1 <= row[f"{figure}.items"] <= 8


def test_infidelity_is_told_again_from_the_tables(study):
    items = tables.read(study / "items.parquet", tables.ITEMS)
    models = [str(study / member / "model") for member in MEMBERS]
    paths = (str(study / "scores.parquet"), models, str(study / "calibration.json"))
    trial = trial_of(items, *paths, COMMON, "cpu", 400)
    removed = tables.read(study / "removed.parquet", tables.REMOVED)
    scores = tables.read(study / "path.parquet", tables.ATTRIBUTIONS)["score"].to_numpy()
    measured = tables.read(study / "path.measured.parquet", tables.STUDIED)
    for name, operator in operators_of(trial.ensemble, COMMON["seed"]).items():
        own = removed.filter(operator=name)
        assert own.select("item", "number").is_unique().all()
        expected = changes(trial.ensemble, trial.labels, operator)
        np.testing.assert_allclose(own["difference"].to_numpy().reshape(8, -1), expected, atol=1e-5)
        values = measured.filter(metric=f"infidelity.{name}")["value"].to_list()
        assert values == pytest.approx(infidelity(trial.ensemble, scores, expected).tolist(), abs=1e-5)


def test_matrices_are_symmetric_and_tell_methods_and_members(study):
    found = json.loads((study / "study.json").read_text(encoding="utf-8"))["agreement"]
    assert (found["methods"]["names"], found["members"]["names"]) == (list(NAMES), MEMBERS)
    for kind in ("methods", "members"):
        for measure in ("spearman", "jaccard"):
            matrix = np.array(found[kind][measure])
            assert np.array_equal(matrix, matrix.T) and np.array_equal(matrix.diagonal(), [1, 1])
            assert found[kind][f"{measure}.low"][0][1] <= matrix[0, 1] <= found[kind][f"{measure}.high"][0][1]


def test_what_was_measured_is_told_again_from_the_tables(study):
    items = tables.read(study / "items.parquet", tables.ITEMS)
    scores = tables.read(study / "plain.parquet", tables.ATTRIBUTIONS)
    left_out = tables.read(study / "left_out.parquet", tables.LEFT_OUT).filter(removal="delete")
    assert left_out.select("item", "side", "index").equals(scores.select("item", "side", "index"))
    tau = leave_one_out_tau(layout_of(items), scores["score"].to_numpy(), left_out["difference"].to_numpy())
    measured = tables.read(study / "plain.measured.parquet", tables.STUDIED)
    assert measured.filter(metric="loo_tau.delete")["value"].to_list() == pytest.approx(tau.tolist())
    assert measured["method"].unique().to_list() == ["plain"]


def test_figures_made_for_pairs_are_those_of_the_smallest_rationales(study):
    """Found before all members together, by deletion, whatever size `select` gives."""
    items = tables.read(study / "items.parquet", tables.ITEMS)
    models = [str(study / member / "model") for member in MEMBERS]
    trial = trial_of(
        *(items, str(study / "scores.parquet"), models, str(study / "calibration.json"), COMMON, "cpu", 400)
    )
    scores = tables.read(study / "path.parquet", tables.ATTRIBUTIONS)["score"].to_numpy()
    found = sufficient_of(trial.ensemble, trial.labels, scores, 1.5 * 0.1)
    seed = COMMON["seed"]
    expected = made_for_pairs(trial, found.ranks > 0, seed, operators_of(trial.ensemble, seed))
    measured = tables.read(study / "path.measured.parquet", tables.STUDIED)
    for metric in PAIRWISE:
        own = measured.filter(metric=metric)["value"].to_list()
        assert own == pytest.approx(expected[metric].tolist(), abs=1e-6), metric
    # Of labels that are the members' own; the others are made up.
    own = decide(trial.ensemble.logits(), 1.5 * 0.1) == trial.labels
    assert own.any()
    assert measured.filter(metric="kept.delete")["value"].to_numpy()[own].tolist() == found.kept[own].tolist()
    shares = measured.filter(metric="smallest")["value"]
    assert shares.to_list() == pytest.approx(share_of(trial.layout, found.ranks > 0).tolist())
    assert not shares.equals(measured.filter(metric="selected")["value"])


def test_the_scores_of_all_are_the_mean_of_each_member_s_own(study):
    """Of a gradient method, and in no other case; a member's own judgement is that of its own logits."""
    together, *own = (
        tables.read(study / path, tables.ATTRIBUTIONS)["score"].to_numpy()
        for path in ("plain.parquet", "0/plain.parquet", "1/plain.parquet")
    )
    np.testing.assert_allclose(together, np.mean(own, axis=0))
    assert abs(own[0] - own[1]).max() > 1e-3


@pytest.mark.slow
def test_the_same_call_gives_the_same_bytes_but_for_the_clock(study):
    kept = [
        "items",
        "scores",
        "plain",
        "0/plain",
        "plain.measured",
        "left_out",
        "removed",
        "trivial",
        "shapley.matrix",
        "path.randomised",
    ]
    before = {name: (study / f"{name}.parquet").read_bytes() for name in kept}
    run(study)
    assert {name: (study / f"{name}.parquet").read_bytes() for name in kept} == before


def test_random_weights_give_other_scores_step_by_step(study):
    before = tables.read(study / "plain.parquet", tables.ATTRIBUTIONS)
    after = tables.read(study / "plain.randomised.parquet", tables.RANDOMISED)
    steps = after.partition_by("step", as_dict=True, include_key=False, maintain_order=True)
    assert [step for (step,) in steps] == list(STEPS)
    # A third of eight pairs, but for the last step, which sees the segments of all.
    assert [own["item"].n_unique() for own in steps.values()] == [2, 2, 2, 8]
    assert steps["all",].select("item", "side", "index").equals(before.select("item", "side", "index"))
    scores = before
    for (step,), own in steps.items():
        both = own.join(scores, on=["item", "side", "index"], suffix="_before")
        assert (both["score"] - both["score_before"]).abs().max() > 1e-6, step
        scores = own


def test_each_estimate_of_the_matrix_has_its_figures_by_label_and_is_no_method(study):
    found = json.loads((study / "study.json").read_text(encoding="utf-8"))
    assert "matrix" not in [row["method"] for row in found["methods"]]
    tables_of = {name: tables.read(study / f"{name}.matrix.parquet", tables.STUDIED) for name in MATRICES}
    for name, measured in tables_of.items():
        assert set(measured["method"]) == {"matrix"}
        agreeing = {f"gradients.{figure}.delete" for figure in ("same_sign", "rank_correlation")}
        wanted = {f"{name}.{figure}.{removal}" for figure in NAMED for removal in REMOVALS}
        assert set(measured["metric"]) == (wanted | agreeing if name == "gradients" else wanted)
    assert not tables_of["occlusion"]["value"].equals(tables_of["gradients"]["value"])
    known = pl.concat(tables_of.values()).drop_nulls("value")
    counts = {key: value for key, value in found["matrix"].items() if key.endswith(".items")}
    assert sum(counts.values()) == len(known)
    for key, count in counts.items():
        metric, label, _ = key.rsplit(".", 2)
        own = known.filter(metric=metric)
        if count == len(own):
            assert found["matrix"][f"{metric}.{label}"] == pytest.approx(own["value"].mean(), abs=1e-6)


def test_several_gold_sets_are_joined_where_the_settings_say_so(study):
    row = next(
        r
        for r in json.loads((study / "study.json").read_text(encoding="utf-8"))["methods"]
        if r["method"] == "trivial_all"
    )
    table = tables.read(study / "items.parquet", tables.ITEMS)
    q, t = next((len(q), len(t)) for q, t, gold in table.select("q", "t", "q_gold").iter_rows() if gold)
    # All characters against two of q and, of t, the union of one and two.
    assert row["token_f1"] == pytest.approx((4 / (q + 2) + 6 / (t + 3)) / 2)


def test_only_a_method_that_draws_is_asked_twice(study):
    found = json.loads((study / "study.json").read_text(encoding="utf-8"))["methods"]
    assert [row.get("draws") for row in found] == [False, True, None, None, None, None]
    assert tables.read(study / "plain.again.parquet", tables.ATTRIBUTIONS).is_empty()
    once, again = (tables.read(study / f"{name}.parquet", tables.ATTRIBUTIONS) for name in ("path", "path.again"))
    assert once.drop("score").equals(again.drop("score")) and not once.equals(again)
    path = found[1]
    assert path["seeds.spearman.low"] <= path["seeds.spearman"] <= path["seeds.spearman.high"]
    assert path["seeds.spearman"] < 1
    assert (path["seeds.spearman.items"], path["seeds.first_three.items"]) == (8, 8)


def test_edited_pairs_are_explained_for_the_label_of_the_pair_itself(study):
    """The segments of the pair that the edit left, in their places, with what the edited text has for scores."""
    items = tables.read(study / "items.parquet", tables.ITEMS)
    found, before = (
        tables.read(study / file, kind)
        for file, kind in (("plain.edited.parquet", tables.EDITED), ("plain.parquet", tables.ATTRIBUTIONS))
    )
    forms = edited_forms(items, COMMON["seed"])
    assert set(found["item"]) == {items["item"][row] for row in forms}
    both = found.join(before, on=["item", "side", "index"], suffix="_before", maintain_order="left")
    assert both["score_before"].null_count() == 0
    expected = sum(origin is not None for _, sides in forms.values() for one in sides for origin in one.origins)
    assert len(both) == len(found) == expected
    # The model reads another pair: other scores, of the same size.
    assert 1e-6 < (both["score"] - both["score_before"]).abs().max() < 10
    told = json.loads((study / "study.json").read_text(encoding="utf-8"))
    assert sum(told["edits"]["changed"].values()) + told["edits"]["unchanged"] == 8
    assert told["edits"]["turned"] == found.filter(~pl.col("kept"))["item"].n_unique()


def test_the_curve_of_randomisation_stands_beside_what_chance_gives(study):
    found = json.loads((study / "study.json").read_text(encoding="utf-8"))["methods"]
    for row in found[:2]:
        for figure in ("randomisation", "randomisation.chance", *(f"randomisation.{step}" for step in list(STEPS)[:3])):
            assert 0 <= row[f"{figure}.low"] <= row[figure] <= row[f"{figure}.high"] <= 1
        assert (row["randomisation.layers.items"], row["randomisation.items"]) == (2, 8)
    assert not [key for row in found[2:] for key in row if key.startswith("randomisation")]
