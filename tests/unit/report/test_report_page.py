"""The page: what it must say, of any shape of run, with every text escaped and nothing fetched from anywhere."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from unit.report.small_run import REAL, small_run

from yiju.report.page import gather, render
from yiju.report.sections.faithfulness_section import read_faithfulness, verdict

HOSTILE = "<script>alert(1)</script>&\"'"
VOID = {"meta", "img", "input", "br", "link"}


def page(folder, run="nowhere", **shape):
    return render(gather(small_run(folder, **shape), folder / run, REAL))


def words(html):
    """The page as it is read, without tags and doubled white space."""
    shown = re.sub(r"<script.*?</script>", " ", html.split("</style>")[1], flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def first_screen(html):
    """The questions with their answers and the warnings, as they are read."""
    return words("</style>" + html.split('<header id="answers">')[1].split("</header>")[0])


class Outline(HTMLParser):
    """Tags in order, attributes, headings, and whether every tag is closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


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


def test_synthetic_rows_are_said_on_the_first_screen(tmp_path):
    made = {"corpora": ["A"], "test_sets": ["told"]}
    text = words(render(gather(small_run(tmp_path), tmp_path / "nowhere", made)))
    first, rest = text.split("Words used here", 1)
    assert "Do not use it for real sentences: the rows of A are synthetic" in first
    assert "For synthetic pairs like those of test it does better than a rule that counts" in first
    assert "It holds for synthetic pairs only." in first
    assert "Synthetic rows : A generator wrote the rows of the one corpus" in first
    assert "pairs of A (synthetic)" in first
    assert "dev 4,167 labelled synthetic pairs" in rest
    assert "A (synthetic)" in rest
    assert "synthetic" not in words(page(tmp_path))
    only = words(render(gather(small_run(tmp_path), tmp_path / "nowhere", {"corpora": [], "test_sets": ["told"]})))
    assert "told 4,167 labelled synthetic pairs" in only and "dev 4,167 labelled pairs" in only
    assert "Do not use it for real sentences" not in only


def test_the_accuracy_of_the_competitions_file_stands_beside_the_models(tmp_path):
    text = words(page(tmp_path))
    assert "competition's file 80.0 : its fused labels differ from the model's by -10.0 [-15.0, -5.0]" in text
    assert "The competition's file of told by one has the labels that the fusion gives: right for 80.0 %" in text
    assert "file of untold" not in text


def test_what_tells_no_effect_colours_nothing(tmp_path):
    coloured = page(tmp_path).split('id="examples-static"')[1]
    assert 'style="--weight:1.00"' in coloured and "so nothing is coloured" not in coloured
    for methods in (("two",), ("measured",)):
        html = page(tmp_path, methods=methods).split('id="examples-static"')[1]
        example = html.split('<article class="example')[1]
        assert ("--weight" in example) == (methods == ("measured",))
        assert ("so nothing is coloured" in html) == (methods == ("two",))


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


def test_every_text_is_escaped(tmp_path):
    html = page(tmp_path, sentences=(HOSTILE, HOSTILE[:-1]), corpora=(HOSTILE,), reason=HOSTILE)
    outline = Outline(html)
    # The data of the explorer and its program, and no other.
    assert outline.tags.count("script") == html.count("<script") == html.count("</script>") == 2
    assert not outline.open
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    assert html.count("&lt;script&gt;") >= 3
    assert {value for name, value in outline.attributes if name == "title"} >= {
        "score 1.000, selected, rank 1, gold evidence"
    }


def test_nothing_is_fetched(tmp_path):
    html = page(tmp_path)
    outline = Outline(html)
    targets = [value for name, value in outline.attributes if name in ("src", "href", "action", "srcset", "data")]
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert not re.search(r"@import|url\((?!#)", html)
    assert ("http-equiv", "Content-Security-Policy") in outline.attributes


def test_headings_go_down_one_at_a_time_and_ids_are_distinct(tmp_path):
    outline = Outline(page(tmp_path))
    levels = [int(tag[1]) for tag in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [value for name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    named = [value for name, value in outline.attributes if name == "aria-labelledby"]
    assert set(named) <= set(ids)


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


def test_the_first_screen_says_whether_explanations_hold_and_the_rest_by_how_much(tmp_path):
    html = page(tmp_path)
    first, rest = first_screen(html), words(html)
    assert "▲ The rationales by one hold on told: judgements rest on them more than on random segments." in first
    assert "▲ The rationales by two hold on told" in first
    assert "told, one: 200 pairs; points of p(label) beyond random" in rest
    assert "not similar ▲ +25.0 ▲ +25.0 90 %" in rest
    assert "one deleted similar 120 30.0 % [25.0 %, 35.0 %] ▲ 0.250 [0.200, 0.300]" in rest
    assert "two masked not similar 80" in rest
    assert "one, beyond random ▲ 0.400 [0.350, 0.450] ▲ -0.400 [-0.450, -0.350]" in rest


def test_where_explanations_do_not_hold_the_first_screen_says_so(tmp_path):
    def changed(name, value):
        return {f"{name}{end}": value + add for end, add in (("", 0.0), (".low", -0.05), (".high", 0.05))}

    page(tmp_path)
    file = tmp_path / "told.faithfulness.json"
    found = json.loads(file.read_text(encoding="utf-8"))

    def verdict_of(**others):
        file.write_text(json.dumps(found | others), encoding="utf-8")
        return verdict(read_faithfulness("told", file, ["one"]), "one")

    assert verdict_of().sign == "above"
    failing = verdict_of(**changed("one.delete.alone.beyond_random.not_similar", 0.04))
    assert failing.sign == "below"
    assert failing.text.startswith(
        "Do not rely on the explanations by one of judgements “not similar” (nothing else left): on told"
    )
    # What [MASK] says does not change the verdict, and a label that is not there is named.
    assert verdict_of(**changed("one.mask.alone.beyond_random.similar", -0.5)).sign == "above"
    alone = verdict_of(**{"pairs.similar": 0})
    assert alone.sign == "level" and "No pair is judged similar" in alone.text


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
