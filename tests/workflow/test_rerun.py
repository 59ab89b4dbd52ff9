"""What a change makes stale: exactly the rules that read it. Dry-runs of a finished run; nothing is computed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from projects import SMOKE, Project, job_counts

STUDY = {
    *("draw_study", "attribute_study", "attribute_randomised", "measure_trivial", "measure_study", "measure_matrix"),
    "compare_methods",
}
# What asks all members together.
BEFORE_MEMBERS = {
    *("choose_method", "attribute_tokens", "examine_examples", "evaluate_faithfulness", "test_behaviour"),
    *("attribute_study", "attribute_randomised", "measure_trivial", "measure_study", "measure_matrix"),
}
# A changed key, and the rules whose parameters it is among.
KEYS = {
    "seed": (
        {"seed": 1},
        {
            *("assign_folds", "start_encoder", "posttrain_encoder", "finetune_fold", "attribute_tokens"),
            *("choose_method", "evaluate_predictions", "evaluate_rationales", "compare_variants"),
            *("compare_corpora", "audit_shortcuts", "describe_corpora"),
            *("examine_examples", "evaluate_faithfulness", "compare_members", "test_behaviour"),
            *STUDY,
        },
    ),
    "corpora.max_rejected": ({"corpora": {"max_rejected": 0.02}}, {"normalise_corpus"}),
    "corpora.downloads": ({"corpora": {"downloads": "elsewhere"}}, set()),
    "corpora.lock": ({"corpora": {"lock": "elsewhere.lock"}}, set()),
    "corpora.terms": ({"corpora": {"terms": "accepted"}}, set()),
    "corpora.filters.conflicts": ({"corpora": {"filters": {"conflicts": "first"}}}, {"merge_corpora", "assign_folds"}),
    "corpora.filters.leaks": ({"corpora": {"filters": {"leaks": False}}}, {"merge_corpora", "augment_pairs"}),
    # Nothing is set aside where there is a dev split.
    "corpora.dev_share": ({"corpora": {"dev_share": 0.2}}, set()),
    "corpora.near_similarity": ({"corpora": {"near_similarity": 0.7}}, {"find_near_leaks", "compare_corpora"}),
    "audit.sample": ({"audit": {"sample": 500}}, {"compare_corpora", "audit_shortcuts", "describe_corpora"}),
    "augment.closure.share": ({"augment": {"closure": {"share": 0.1}}}, set()),
    "encoder.scratch.width": ({"encoder": {"scratch": {"width": 64}}}, {"start_encoder"}),
    "encoder.scratch.vocabulary_size": (
        {"encoder": {"scratch": {"vocabulary_size": 500}}},
        {"train_tokenizer"},
    ),
    "encoder.max_length": (
        {"encoder": {"max_length": 48}},
        {
            *("start_encoder", "posttrain_encoder", "finetune_fold", "predict_pairs", "predict_held_out"),
            "describe_corpora",
            *BEFORE_MEMBERS,
        },
    ),
    "training.precision": ({"training": {"precision": "fp32"}}, {"posttrain_encoder", "finetune_fold"}),
    "training.max_minutes": ({"training": {"max_minutes": 1.5}}, set()),
    "training.save_every": ({"training": {"save_every": 0.5}}, set()),
    "training.trackers": ({"training": {"trackers": []}}, set()),
    "posttrain.mask_share": ({"posttrain": {"mask_share": 0.2}}, {"posttrain_encoder"}),
    "posttrain.transductive": ({"posttrain": {"transductive": True}}, {"write_texts"}),
    "posttrain.unit": ({"posttrain": {"unit": "pairs"}}, {"write_texts"}),
    "posttrain.masking": ({"posttrain": {"masking": "words"}}, {"posttrain_encoder"}),
    "augment.behaviour": ({"augment": {"behaviour": ["negation"]}}, {"augment_pairs"}),
    "augment.method": ({"augment": {"method": "published"}}, {"augment_pairs"}),
    "finetune.learning_rate": ({"finetune": {"learning_rate": 0.002}}, {"finetune_fold"}),
    "finetune.select, patience": ({"finetune": {"select": "auc", "patience": 3}}, {"finetune_fold"}),
    # Of no size there is no training.
    "learning_curve.seeds": ({"learning_curve": {"seeds": 2}}, set()),
    # Without a teacher there is no student.
    "distill.weight, corpora": ({"distill": {"weight": 0.5, "corpora": ["AFQMC"]}}, set()),
    "finetune.fgm.enabled": ({"finetune": {"fgm": {"enabled": True}}}, {"finetune_fold"}),
    # Options of a technique that is off are not read.
    "finetune.rdrop.alpha": ({"finetune": {"rdrop": {"alpha": 2.0}, "adversarial_every": 2}}, set()),
    "finetune.calibrate": ({"finetune": {"calibrate": False}}, {"finetune_fold", "calibrate_ensemble"}),
    "finetune.decision_threshold": (
        {"finetune": {"calibrate": False, "decision_threshold": 0.6}},
        {"finetune_fold", "calibrate_ensemble"},
    ),
    "finetune.average_orders": (
        {"finetune": {"average_orders": True}},
        {"finetune_fold", "predict_pairs", "predict_held_out", "calibrate_ensemble", "combine_folds", *BEFORE_MEMBERS},
    ),
    # Nothing that is there is trained or judged anew; what judges together does so with more of them.
    "finetune.seeds": (
        {"finetune": {"seeds": 2}},
        {
            *("calibrate_ensemble", "combine_folds"),
            *("evaluate_out_of_fold", "compare_variants", "compare_methods", "compare_members", "rank_suspects"),
            *BEFORE_MEMBERS,
        },
    ),
    "finetune.intermediate.epochs": ({"finetune": {"intermediate": {"epochs": 2.0}}}, set()),
    "evaluate.behaviour": ({"evaluate": {"behaviour": 100}}, {"test_behaviour"}),
    "explain.options": (
        {"explain": {"options": {"gradient_input_l2": {"steps": 3}}}},
        {"attribute_tokens", "attribute_study", "attribute_randomised", "examine_examples"},
    ),
    # What is not chosen is not read.
    "explain.options, others": ({"explain": {"options": {"lime": {"samples": 100}}}}, set()),
    "explain.options, candidates": ({"explain": {"options": {"occlusion": {"removal": "mask"}}}}, {"choose_method"}),
    "explain.candidates": ({"explain": {"candidates": ["occlusion", "sides"]}}, {"choose_method"}),
    # By sufficient, the competition's file and whatever has to be of one size have the ratio.
    "explain.select.ratio": (
        {"explain": {"select": {"ratio": 0.5}}},
        {"select_rationales", "measure_trivial", "measure_study", "compare_methods", "compare_members"},
    ),
    "explain.select.by, ratio": (
        {"explain": {"select": {"by": "ratio"}}},
        {"attribute_tokens", "select_rationales", "examine_examples", "evaluate_faithfulness"},
    ),
    "explain.select.mass": ({"explain": {"select": {"mass": 0.5}}}, set()),
    # States are kept while it is trained; the index of them is missing where no evidence is asked for.
    "finetune.checkpoints": ({"finetune": {"checkpoints": 2}}, {"finetune_fold"}),
    # Nothing is trained again. The index is missing, not stale.
    "explain.evidence": ({"explain": {"evidence": 2}}, {"examine_examples"}),
    "study.sets": ({"study": {"sets": []}}, set()),
    "study.methods": (
        {"study": {"methods": ["gradient_input_l2", "path"]}}
        | {"explain": {"options": {"path": {"method": "gradient_input_l2", "steps": 2}}}},
        {"compare_methods"},
    ),
    "study.matrices": ({"study": {"matrices": ["gradients"]}}, {"compare_methods"}),
    "study.pairs": ({"study": {"pairs": 7}}, {"draw_study"}),
    "fusion.order": ({"fusion": {"order": "published"}}, {"fuse_rationales"}),
    "fusion.relations": ({"fusion": {"relations": "given"}}, {"fuse_rationales"}),
    "fusion.share": ({"fusion": {"share": "consensus"}}, {"fuse_rationales"}),
    "fusion.similarity": ({"fusion": {"similarity": 0.5}}, set()),
    "explain.select.by, dev": (
        {"explain": {"select": {"by": "dev"}}},
        {"attribute_tokens", "select_rationales", "examine_examples", "evaluate_faithfulness"},
    ),
    "explain.select.kept": ({"explain": {"select": {"kept": 0.9}}}, set()),
    "evaluate.bootstrap": (
        {"evaluate": {"bootstrap": 200}},
        {"evaluate_predictions", "evaluate_rationales", "evaluate_faithfulness"}
        | {"compare_variants", "compare_methods", "compare_members", "choose_method"},
    ),
    "evaluate.gold_sets": (
        {"evaluate": {"gold_sets": "union"}},
        {"evaluate_rationales", "measure_trivial", "measure_study"},
    ),
    "evaluate.splits": (
        {"evaluate": {"splits": []}},
        {
            *("predict_pairs", "combine_folds", "evaluate_predictions"),
            *("compare_variants", "examine_examples", "compare_members"),
        },
    ),
    "variants": ({"variants": {"smoothed": {"finetune": {"label_smoothing": 0.1}}}}, {"compare_variants"}),
    "jobs.gpus": ({"jobs": {"gpus": 2}}, set()),
    "jobs.nodes": ({"jobs": {"nodes": 2, "gpus": 2}}, set()),
    "jobs.batch_tokens": ({"jobs": {"batch_tokens": 512}}, set()),
    "device": ({"device": "cpu"}, set()),
}
# Every key has its dry-run: of each kind one is among the short tests, all others are among the long ones.
QUICK = {
    "corpora.downloads",
    "corpora.filters.leaks",
    "posttrain.mask_share",
    "finetune.seeds",
    "explain.options",
    "explain.select.ratio",
    "explain.select.by, ratio",
    "jobs.gpus",
}
PACKAGE = "workflow_scripts/yiju"
# A changed file (file, old, new), and the rules that run its code, and for which corpora only.
CODE = {
    "a comment": ((f"{PACKAGE}/explain/rationales/selection.py", "import math\n", "import math  # for ceil\n"), set()),
    "a docstring": ((f"{PACKAGE}/base/tables.py", '"""Schemas of', '"""The schemas of'), set()),
    "a line of a library module": (
        (f"{PACKAGE}/explain/rationales/selection.py", "math.ceil(", "1 * math.ceil("),
        {
            # By importing it, or a module that does.
            *("select_rationales", "fuse_rationales", "write_submission", "evaluate_rationales"),
            *("draw_study", "measure_trivial", "measure_study", "measure_matrix", "compare_methods"),
            *("examine_examples", "evaluate_faithfulness", "compare_members", "test_behaviour"),
            *("attribute_tokens", "attribute_study", "attribute_randomised", "choose_method"),
        },
    ),
    "a line of a script": (
        (
            "workflow_scripts/write_submission.py",
            "with stage(snakemake) as job:\n",
            "with stage(snakemake) as job:\n    1\n",
        ),
        {"write_submission"},
    ),
    "a line of an attribution method": (
        (f"{PACKAGE}/explain/methods/gradient_input_l2.py", "\ndef ", "\nEXTRA = 1\n\n\ndef "),
        {"attribute_tokens", "attribute_study", "attribute_randomised", "examine_examples"},
    ),
    "a line of a reader": (
        (f"{PACKAGE}/data/readers/afqmc.py", "\ndef read(", "\nEXTRA = 1\n\n\ndef read("),
        {"normalise_corpus"},
    ),
}
Stale = Callable[[str], tuple[set[str], set[str]]]


@pytest.fixture(scope="module")
def stale(
    request: pytest.FixtureRequest, finished: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stale]:
    """What a change makes stale by itself, and all that would run then; the dry-runs share the cores there are."""
    folder = tmp_path_factory.mktemp("rerun")

    def summary(change: str) -> str:
        if change in KEYS:
            sections, _ = KEYS[change]
            return finished.snakemake("--summary", "--configfile", SMOKE, finished.config(change, **sections)).stdout
        copy = finished.copy(folder / change.replace(" ", "_"))
        edit, _ = CODE[change]
        copy.edit(*edit)
        said = copy.snakemake("--summary", "--configfile", SMOKE).stdout
        shutil.rmtree(copy.folder)
        return said

    here = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    asked = {item.callspec.params.get("change") for item in here}
    with ThreadPoolExecutor(2) as pool:
        waiting = {change: pool.submit(summary, change) for change in (*KEYS, *CODE) if change in asked}
        yield lambda change: _read(waiting[change].result())
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(
    "change", [pytest.param(key, marks=[] if key in QUICK else [pytest.mark.slow]) for key in KEYS]
)
def test_a_changed_key_makes_exactly_the_rules_stale_that_read_it(stale: Stale, finished: Project, change: str):
    _, expected = KEYS[change]

    jobs, pending = stale(change)

    assert _rules(jobs) - finished.report_rules() == expected
    assert bool(_rules(pending) - finished.report_rules()) == bool(expected)


@pytest.mark.parametrize(
    "change", [pytest.param(name, marks=[pytest.mark.slow] * (name == "a line of a script")) for name in CODE]
)
def test_changed_code_makes_exactly_the_rules_stale_that_import_it(stale: Stale, finished: Project, change: str):
    _, expected = CODE[change]

    jobs, pending = stale(change)

    assert _rules(jobs) - finished.report_rules() == expected
    assert bool(_rules(pending) - finished.report_rules()) == bool(expected)


@pytest.mark.parametrize("change", ["a line of a reader"])
def test_a_changed_reader_makes_only_its_own_corpus_stale(stale: Stale, change: str):
    jobs, _ = stale(change)

    assert jobs == {"normalise_corpus.AFQMC"}


def test_a_changed_corpus_file_is_read_again_and_nothing_else_is_stale_by_itself(finished: Project, tmp_path: Path):
    project = finished.copy(tmp_path / "project")
    with (project.folder / "data/sample/AFQMC/dev.json").open("a", encoding="utf-8") as file:
        file.write('{"sentence1": "花呗怎么还", "sentence2": "怎么还花呗", "label": "1"}\n')

    said = project.snakemake("--dry-run", "--configfile", SMOKE).stdout

    assert said.count("Reason: Updated input files: data/sample/AFQMC/dev.json") == 1
    assert said.count("Reason: Updated input files") == 1
    assert "Reading AFQMC" in said
    assert "Reading LCQMC" not in said


def test_a_further_variant_trains_and_judges_itself_and_nothing_else_again(finished: Project):
    further = finished.config("further.yaml", variants={"smoothed": {"finetune": {"label_smoothing": 0.1}}})

    jobs = job_counts(finished.snakemake("--dry-run", "--configfile", SMOKE, further).stdout)

    assert {rule: count for rule, count in jobs.items() if rule != "all" and rule not in finished.report_rules()} == {
        "finetune_fold": 2,
        "predict_pairs": 2,
        "calibrate_ensemble": 1,
        "combine_folds": 1,
        "evaluate_predictions": 1,
        "compare_variants": 1,
    }


def test_with_other_splits_all_sets_are_judged_again_and_nothing_is_trained_again(finished: Project):
    fewer = finished.config("fewer.yaml", evaluate={"splits": []})

    jobs = job_counts(finished.snakemake("--dry-run", "--configfile", SMOKE, fewer).stdout)

    assert {"predict_pairs", "combine_folds", "evaluate_predictions", "attribute_tokens"} < set(jobs)
    assert not {"merge_corpora", "prepare_split", "finetune_fold", "predict_held_out"} & set(jobs)


def _read(summary: str) -> tuple[set[str], set[str]]:
    """Jobs (by the names of their logs) whose parameters changed, and all that would run."""
    head, *lines = summary[summary.index("output_file\t") :].splitlines()
    rows = [dict(zip(head.split("\t"), line.split("\t"), strict=False)) for line in lines if "\t" in line]
    jobs = {id(row): Path(row["log-file(s)"]).stem for row in rows}
    assert len(rows) > 50, summary
    return (
        # What has not been computed yet is not stale.
        {jobs[id(row)] for row in rows if row["status"] not in ("ok", "missing")},
        {jobs[id(row)] for row in rows if row["plan"] != "no update"},
    )


def _rules(jobs: set[str]) -> set[str]:
    return {job.split(".")[0] for job in jobs}
