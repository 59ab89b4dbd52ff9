"""The page: what it must say, of any shape of run, with every text escaped and nothing fetched from anywhere."""

import json
import re

import pytest
from unit.report.rendered import Outline, first_screen, page, words
from unit.report.small_run import examined

from yiju.report.explorer import explorer_context


def test_first_screen_and_ledger(tmp_path):
    text = words(page(tmp_path))
    assert "small" in text
    assert "built from scratch, 2 layers, 8 wide, 2 heads, 1,234 tokens, match marker on" in text
    assert "2 folds, connected sentences in one fold" in text
    assert (
        "▲ +30.0 [+25.0, +35.0] points to the overlap baseline and +40.0 [+35.0, +45.0] points to the majority label"
        in text
    )
    assert "0.150 below the best trivial rule (all segments in order); the intervals do not overlap" in text
    total = json.loads((tmp_path / "ledger.json").read_text())["total"]
    dropped, rejected = (sum(total[key].values()) for key in ("dropped", "rejected"))
    said = (
        f"{total['read']:,} rows read = {total['kept']:,} kept + {dropped:,} dropped by filters + {rejected:,} rejected"
    )
    assert said in text


def test_the_accuracy_of_the_competitions_file_stands_beside_the_models(tmp_path):
    text = words(page(tmp_path))
    assert "competition's file 80.0 : its fused labels differ from the model's by -10.0 [-15.0, -5.0]" in text
    assert "The competition's file of told by one has the labels that the fusion gives: right for 80.0 %" in text
    assert "file of untold" not in text


@pytest.mark.parametrize("method", ["one", "two", "measured"])
def test_examples_are_coloured_by_effects_whatever_the_method(tmp_path, method):
    """Without the programs of the page too, where the sentence of what carries the judgement stands as well."""
    static = page(tmp_path, methods=(method,)).split('id="examples-static"')[1]
    example = static.split('<article class="example')[1].split("</article>")[0]
    assert '<span class="piece selected gold" style="--weight:0.50"' in example
    assert '<span class="piece against selected" style="--weight:0.30"' in example
    assert "Single characters carry the judgement: its probability falls from 90.0% to 54.6%" in example


def test_what_the_model_did_not_read_or_does_not_know_is_marked_and_explained(tmp_path):
    static = page(tmp_path).split('id="examples-static"')[1]
    legend, example = static.split("</ul>")[0], static.split('<article class="example')[1]
    assert 'class="piece unread" style="--weight:0.00" title="not read by the model">气<' in example
    assert re.search(r'class="piece selected gold unknown" [^>]*title="[^"]*, not known to the model">天<', example)
    assert "not read by the model" in legend and "not known to the model" in legend
    lines = [one | {"t_effects": [0.02, 0.0], "t": one["q"]} for one in examined(("dev",), ("one",), ("甲乙", "丙丁"))]
    assert explorer_context(lines, ("one",))["marks"] == {"unknown": False, "unread": False}


def test_gold_dots_lie_outside_the_character(tmp_path):
    html = page(tmp_path)
    (rule,) = re.findall(r"\.piece\.gold \{([^}]*)\}", html)
    assert "text-emphasis-position: over" in rule and "background" not in rule
    assert ".against.gold" not in html


def test_where_judgements_are_right(tmp_path):
    text = words(page(tmp_path))
    assert "Of the 2,100 disturbed forms in dev our model judges 93.0 %" in text
    parts = [
        text.index(name) for name in ("disturbed forms 2,100", "originals 1,234", "overlap 0 to 20", "overlap 20 to 40")
    ]
    assert parts == sorted(parts)
    assert "our model 98.0 % [93.0 %, 103.0 %] 97.0 % [92.0 %, 102.0 %]" in text


def test_what_stands_beside_accuracy(tmp_path):
    text = words(page(tmp_path, sets=("told", "untold")))
    ours = "0.880 [0.830, 0.930] 0.770 [0.720, 0.820] 0.950 [0.900, 1.000] 0.940 [0.890, 0.990]"
    theirs = "0.660 [0.610, 0.710] — 0.700 [0.650, 0.750] 0.500 (no interval)"
    for name in ("dev", "test", "told"):
        assert f"{name} our model {ours} {name} overlap baseline {theirs}" in text
    assert "untold our model" not in text


def test_that_gold_rationales_are_joined_is_said(tmp_path):
    assert "that union of them which fits better" in words(page(tmp_path / "a", evaluate={"gold_sets": "union"}))
    assert "that union of them" not in words(page(tmp_path / "b"))


def test_a_set_without_labels_has_no_parts(tmp_path):
    assert "untold: where judgements are right" not in words(page(tmp_path, sets=("untold",)))


def test_what_the_figures_mean_is_said(tmp_path):
    text = words(page(tmp_path))
    for statement in (
        "plausibility, not faithfulness",
        "MAP rewards any ordering rule",
        "not an explanation of the model",
    ):
        assert statement in text
    assert "88.29" not in text


def test_the_published_figure_is_quoted_for_the_competition_set_only(tmp_path):
    assert "88.29 %. That figure is quoted, not reproduced" in words(page(tmp_path, last_original=2149))


def test_a_set_without_labels_and_gold(tmp_path):
    text = words(page(tmp_path, sets=("untold",), methods=("one",)))
    assert "untold by one: 4,167 pairs were explained; without gold" in text
    assert "no labels" in text
    assert "? unknown" in text


@pytest.mark.parametrize(
    "shape",
    [
        {"sets": (), "methods": ("one",)},
        {"posttrain": False, "folds": 1},
        {"folds": 5},
        {"sets": ("told",), "methods": ("one",)},
    ],
)
def test_runs_of_other_shapes(tmp_path, shape):
    html = page(tmp_path, **shape)
    assert not Outline(html).open
    assert ("post-training" in words(html)) == shape.get("posttrain", True)
    assert ("Dev chose weights" in words(html)) == (shape.get("folds") == 1)


def test_what_dev_chose_is_said_beside_figures_that_it_did_not_choose(tmp_path):
    text = words(page(tmp_path, folds=1))
    assert "dev 4,167 labelled pairs, which chose weights, temperature and threshold" in text
    assert "Dev chose weights, temperature and threshold, so its accuracy flatters the model." in text
    assert "fitted on the other half of dev it is 87.6 %. Nothing was chosen on test." in text
    assert "The last row is free of that, though not of the choice of weights on these pairs." in text
    assert "the logits of the training are divided by the temperature 1.500." in text
    assert "Out of fold" not in text


def test_without_folds_and_fits_dev_chose_nothing_but_weights(tmp_path):
    text = words(page(tmp_path, folds=1, finetune={"calibrate": False, "decision_threshold": 0.97}, splits=()))
    assert "Dev chose weights, so its accuracy" in text and "Nothing was chosen on" not in text
    assert "exceeds the first by more than 0.940, as configured" in text
    assert "not calibrated, decision threshold 0.97" in text
    assert "fitted on one half" not in text
    other = words(page(tmp_path, folds=2, finetune={"calibrate": False, "average_orders": True}))
    assert "Dev chose" not in other
    assert "mean of both orders of a pair" in other


def test_calibration_symmetry_and_out_of_fold_accuracy(tmp_path):
    text = words(page(tmp_path, folds=2, finetune={"seeds": 3}))
    assert "mean logits of 2 folds x 3 seeds, temperature and threshold fitted on dev" in text
    assert "each training are divided by a temperature of its own (1.500 to 2.000), their mean by 1.250." in text
    assert "second logit then exceeds the first by more than 0.125" in text
    chance = "(0.012, at most 0.020)"
    assert f"before 90.0 % 0.300 0.100 0.110 {chance} after, fitted on these pairs 90.0 % 0.300 0.100 0.022" in text
    assert f"fitted on one half, judged on the other 87.6 % 0.310 0.120 0.033 {chance}" in text
    assert f"dev 0.350 0.150 0.044 {chance} 0.045 6.7 % test 0.350 0.150 0.044 {chance} – –" in text
    assert f"NLL 0.400, Brier score 0.200, ECE 0.050 {chance}." in text
    assert "untold no labels no labels no labels – –" in text
    assert "6,000 training pairs, each judged by the trainings that did not learn it" in text
    assert (
        "more frequent label is right for 55.0 % [50.0 %, 60.0 %] : the model differs by +25.0 [+20.0, +30.0] points."
        in text
    )
    assert "1 3,000 71.0 % [66.0 %, 76.0 %] all 6,000 80.0 % [75.0 %, 85.0 %]" in text


def test_what_is_learnt_first_is_named(tmp_path):
    first = {"intermediate": {"corpora": ["B", "C"], "epochs": 2.0}}
    assert "first B and C (2 epochs), then A, 2 folds" in words(page(tmp_path, finetune=first))


def test_a_ledger_that_does_not_add_up_is_said(tmp_path):
    html = page(tmp_path, kept=1)
    assert "The ledger does not add up" in first_screen(html)
    assert re.search(r"A: [\d,]+ rows read, but [\d,]+ kept, dropped or rejected", words(html))


def test_the_techniques_that_were_on_are_named(tmp_path):
    text = words(page(tmp_path))
    for name in ("adversarial (FGM)", "moving average", "weighted by edit distance", "labels smoothed by 0.1"):
        assert name in text
    assert "R-Drop" not in text
    assert "tokens masked" not in text


def test_timings_are_summed_by_rule_and_broken_ones_passed_over(tmp_path):
    folder, variants = tmp_path / "run" / "timings", tmp_path / "run" / "variants" / "plain" / "timings"
    folder.mkdir(parents=True)
    variants.mkdir(parents=True)
    facts = {"rule": "finetune_fold", "seconds": 3700, "cpu_seconds": 5550, "threads": 2}
    facts |= {"peak_memory_mb": 1500, "devices": ["cpu"]}
    use = {"gpu_percent": [90, 80], "gpu_memory_mb": [9, 7]}
    gpus = facts | {"rule": "posttrain_encoder", "devices": ["cuda:0"], **use}
    for name, one in (("0", facts), ("1", facts), ("gpus", gpus)):
        (folder / f"{name}.json").write_text(json.dumps(one))
    (variants / "0.json").write_text(json.dumps(facts | {"seconds": 7100, "cpu_seconds": 0, "threads": 1}))
    (folder / "broken.json").write_text('{"rule":')
    (folder / "other.json").write_text("[]")
    text = words(page(tmp_path, run="run"))
    assert "finetune_fold 3 4 h 1 min 1 h 58 min 51 % 1.5 GB cpu" in text
    assert "posttrain_encoder 1 1 h 1 min 1 h 1 min 75 % 1.5 GB cuda:0, 85 % busy, 9 MB at most" in text
    assert "No timings were recorded" in words(page(tmp_path))


@pytest.mark.parametrize(
    ("fusion", "says"),
    [
        ({"relations": "none"}, "ranked by importance, none across pairs"),
        (
            {"order": "published", "relations": "published"},
            "ranked by position, originals taken from the test split of A, label and words of the original",
        ),
        (
            {"relations": "given", "share": "consensus"},
            "ranked by importance, relations as the set gives them, label and ranking by consensus",
        ),
        ({"relations": "found"}, "related where 40.0 % of the character bigrams of either side are the same"),
    ],
)
def test_what_relates_items_and_what_they_share_is_said(tmp_path, fusion, says):
    assert says in words(page(tmp_path, fusion=fusion))


def test_what_was_learnt_from_and_what_each_set_holds(tmp_path):
    text = words(page(tmp_path))
    assert "Learnt from 250,490 pairs of A, 11,724 of them made dev 4,167 pairs test 4,167 pairs" in text
    assert "untold 4,167 pairs, none labelled" in text


def test_confusion_by_overlap(tmp_path):
    text = words(page(tmp_path))
    assert "20 to 40 % 90 30 25.0 % 200 0 0.0 %" in text
    assert "disturbed forms 90 30" not in text


def test_agreement_of_members_where_there_are_several(tmp_path):
    text = words(page(tmp_path, folds=2))
    assert "dev 4,167 91.0 % [86.0 %, 96.0 %] 86.0 % – 0.070 [0.020, 0.120]" in text
    assert "told two 1,000 0.550 [0.500, 0.600] 0.660 [0.610, 0.710]" in text
    assert "Agreement of folds" not in words(page(tmp_path, folds=1))


def test_decisions_at_the_margin_in_use(tmp_path):
    text = words(page(tmp_path))
    # Both pairs are judged similar, one of them is.
    assert "test 0.125 53.1 % 50.0 % 50.0 % 100.0 % 66.7 %" in text
    assert "untold 0.125" not in text


def test_what_is_needed_to_repeat_it(tmp_path):
    text = words(page(tmp_path))
    assert "make run ARGS=&#34;--configfile results/small/config.resolved.yaml&#34;" in text or (
        'make run ARGS="--configfile results/small/config.resolved.yaml"' in text
    )
    assert "corpora/A/train.tsv 12,345,678 0123456789abcdef" in text
    assert "polars==2.1.0, torch==2.13.0" in text
    assert "8.2 GB, no NVIDIA GPU" in text
    assert "The commit is not known" in text
