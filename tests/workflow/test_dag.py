"""The graph of jobs, from dry-runs: nothing is computed here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from projects import ROOT, SMOKE, Project, job_counts
from workflow.dry_runs import DEFAULT, SHORT, dry_run, working_jobs

VOCABULARIES = ("results/sample/start/config.json", "results/sample/variants/unmarked/start/config.json")
EXPLAINED_VARIANT = "results/smoke/variants/weighted/sets/sample/gradient_input_l2/sim_rationale_f1_f2_f3.zip"
LEARNT_FIRST = {"finetune": {"intermediate": {"corpora": ["AFQMC", "OCNLI"]}}}


@pytest.mark.parametrize("name", ["default", "slurm", "kubernetes"])
def test_a_profile_names_rules_that_there_are_and_says_why(name: str):
    text = (ROOT / f"profiles/{name}/config.yaml").read_text(encoding="utf-8")
    rules = {
        rule for file in (ROOT / "rules").glob("*.smk") for rule in re.findall(r"^rule (\w+):", file.read_text(), re.M)
    }
    profile = yaml.safe_load(text)
    assert {*profile.get("set-resources", {}), *profile.get("groups", {})} <= rules
    # A cluster has the GPUs that a profile says; on one machine they are counted.
    assert profile.get("resources") == (None if name == "default" else {"gpu": 4})
    assert profile["rerun-triggers"] == ["mtime", "params", "input"]


def test_the_default_configuration_has_these_jobs_and_no_others(template: Project):
    jobs = dry_run(template)

    assert working_jobs(jobs, template) == DEFAULT


def test_with_evidence_every_member_s_model_is_indexed_and_nothing_else_is_done(template: Project, tmp_path: Path):
    file = tmp_path / "evidence.yaml"
    file.write_text("explain: {evidence: 3}\n", encoding="utf-8")

    jobs = dry_run(template, "--configfile", SMOKE, str(file))

    assert working_jobs(jobs, template) == DEFAULT | SHORT | {"index_evidence": 2}


def test_with_checkpoints_trainings_keep_states_which_the_index_reads(template: Project, tmp_path: Path):
    file = tmp_path / "evidence.yaml"
    file.write_text("explain: {evidence: 3}\nfinetune: {checkpoints: 2}\n", encoding="utf-8")

    run = template.snakemake("--dry-run", "--configfile", SMOKE, str(file))

    assert run.returncode == 0, run.stdout
    assert working_jobs(job_counts(run.stdout), template) == DEFAULT | SHORT | {"index_evidence": 2}
    jobs = re.split(r"\nJob \d+: ", run.stdout)[1:]
    blocks = [one for one in jobs if re.search(r"folds/\d/checkpoints", one)]
    assert len(blocks) > 4
    assert sum("Fine-tuning fold" in block for block in blocks) > 1
    assert sum("Indexing" in block for block in blocks) == 2


def test_splits_are_drawn_and_explained_as_the_test_set_is_and_handed_in_nowhere(template: Project):
    jobs = dry_run(template, "--config", 'explain={"splits": ["dev", "test"]}')

    explained = ("attribute_tokens", "select_rationales", "fuse_rationales", "evaluate_rationales")
    more = {"draw_explained": 2} | dict.fromkeys((*explained, "evaluate_faithfulness"), 3)
    assert working_jobs(jobs, template) == DEFAULT | more


def test_a_learning_curve_draws_trains_and_judges_each_size_beside_the_run_and_starts_from_what_it_starts_from(
    project: Project,
):
    mine = project.config("mine.yaml", learning_curve={"sizes": [0.1, 0.25, 0.5]})

    jobs = dry_run(project, "--configfile", SMOKE, mine)

    more = {"draw_subset": 3, "finetune_fold": 4 + 3, "predict_pairs": 4 + 3, "compare_sizes": 1}
    assert working_jobs(jobs, project) == DEFAULT | SHORT | more


def test_a_student_is_taught_beside_the_run_and_leaves_its_jobs_as_they_are(project: Project):
    """Its encoder is another one, so that it is built and post-trained too; the members train once."""
    shape = {"scratch": {"layers": 1, "width": 32, "heads": 2, "feed_forward": 64}}
    mine = project.config("mine.yaml", distill={"teacher": "run", "control": True, "encoder": shape})

    jobs = dry_run(project, "--configfile", mine)

    more = {"start_encoder": 2, "posttrain_encoder": 2}
    more |= {"score_for_student": 1, "train_student": 2, "predict_student": 2, "compare_student": 1}
    more["write_student_card"] = 2
    assert working_jobs(jobs, project) == DEFAULT | more


def test_a_student_of_the_members_encoder_and_of_a_teacher_in_a_folder_builds_no_encoder(project: Project):
    teacher = project.folder / "teacher"
    teacher.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (teacher / name).touch()

    jobs = dry_run(project, "--configfile", project.config("mine.yaml", distill={"teacher": "teacher"}))

    more = {"score_for_student": 1, "train_student": 1, "predict_student": 1, "predict_teacher": 1}
    assert working_jobs(jobs, project) == DEFAULT | more | {"compare_student": 1, "write_student_card": 1}


def test_a_teacher_that_is_not_there_is_named_before_anything_runs(project: Project):
    mine = project.config("mine.yaml", distill={"teacher": "nowhere"})

    said = project.snakemake("--dry-run", "--configfile", mine)

    assert said.returncode != 0 and "distill.teacher: there is no folder nowhere" in said.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        # Of two variants that differ in pairs and marker, each is computed once, and post-training for either marker.
        (
            {
                "variants": {
                    "closure": {"augment": {"method": "closure"}},
                    "unmarked": {"encoder": {"match_marker": False}},
                    "both": {"augment": {"method": "closure"}, "encoder": {"match_marker": False}},
                }
            },
            {"augment_pairs": 2, "start_encoder": 2, "posttrain_encoder": 2, "finetune_fold": 4},
        ),
        # How scores are combined is said in the model's folder, for which its temperature and margin are fitted.
        pytest.param(
            {"variants": {"averaged": {"finetune": {"average_orders": True}}}},
            {"finetune_fold": 2, "predict_pairs": 2, "calibrate_ensemble": 2},
            marks=pytest.mark.slow,
        ),
        # What is learnt first is learnt once by all folds and seeds, and anew where it is learnt otherwise.
        pytest.param(
            LEARNT_FIRST
            | {"variants": {"weighted": {"finetune": {"weighting": "edit_distance"}}}}
            | {"finetune": LEARNT_FIRST["finetune"] | {"folds": 2, "seeds": 2}},
            {"collect_intermediate": 1, "finetune_intermediate": 2, "finetune_fold": 8, "predict_held_out": 4},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["sharing", "combining", "learning first"],
)
def test_what_is_equal_among_variants_folds_and_seeds_is_computed_once(
    project: Project, sections: dict, expected: dict
):
    jobs = dry_run(project, "--configfile", project.config("mine.yaml", **sections))

    assert {rule: jobs[rule] for rule in expected} == expected


@pytest.mark.slow
def test_a_vocabulary_does_not_hang_on_the_augmentation_and_serves_all_variants(project: Project):
    variants = {"closure": {"augment": {"method": "closure"}}, "unmarked": {"encoder": {"match_marker": False}}}
    mine = project.config("mine.yaml", variants=variants)

    jobs = dry_run(project, "--configfile", mine, "--", *VOCABULARIES)

    assert jobs["train_tokenizer"] == 1
    assert jobs["start_encoder"] == 2
    assert "augment_pairs" not in jobs


@pytest.mark.slow
def test_a_variant_is_explained_where_that_is_asked_for(template: Project):
    jobs = dry_run(template, "--configfile", SMOKE, "--", EXPLAINED_VARIANT)

    assert jobs["finetune_fold"] == 2
    assert jobs["attribute_tokens"] == jobs["write_submission"] == 1


@pytest.mark.slow
def test_a_ratio_is_chosen_on_dev_where_that_is_asked_for(project: Project):
    mine = project.config("mine.yaml", explain={"select": {"by": "dev"}})

    jobs = dry_run(project, "--configfile", SMOKE, mine)

    # For dev beside the set that is explained.
    assert jobs["choose_ratio"] == 1
    assert jobs["attribute_tokens"] == 2
    assert jobs["select_rationales"] == 1


@pytest.mark.slow
def test_a_variant_chooses_a_ratio_of_its_own(project: Project):
    mine = project.config("mine.yaml", explain={"select": {"by": "dev"}})

    jobs = dry_run(project, "--configfile", SMOKE, mine, "--", EXPLAINED_VARIANT)

    assert jobs["choose_ratio"] == 1
    assert jobs["finetune_fold"] == 2


@pytest.mark.parametrize(
    ("fusion", "reads"),
    [
        pytest.param({"relations": "none"}, set(), marks=pytest.mark.slow),
        pytest.param({"relations": "found", "share": "consensus"}, {"calibration.json"}, marks=pytest.mark.slow),
        ({"relations": "published", "share": "consensus"}, {"pairs.parquet", "calibration.json"}),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_fusion_reads_only_what_its_relations_and_shares_need(project: Project, fusion: dict, reads: set[str]):
    # A rule with a message does not show its inputs.
    project.edit("rules/explain.smk", '        "Fusing rationales of {wildcards.set}{wildcards.variant}"\n', "")
    text = (project.folder / "rules/explain.smk").read_text(encoding="utf-8")
    (project.folder / "rules/explain.smk").write_text(
        text.replace(
            'code=code_version("fuse_rationales"),\n    message:\n', 'code=code_version("fuse_rationales"),\n'
        ),
        encoding="utf-8",
    )

    said = project.snakemake("--dry-run", "--configfile", SMOKE, project.config("mine.yaml", fusion=fusion)).stdout

    inputs = re.search(r"^rule fuse_rationales:\n +input: (.*)$", said, re.M)
    assert inputs, said
    assert {Path(path).name for path in inputs[1].split(", ")} == {"sample.parquet", "submitted.jsonl", *reads}


@pytest.mark.slow
def test_a_study_explains_every_set_by_every_method_before_all_members_of_the_base(project: Project):
    # One method under two names, before a variant that the study does not look at.
    mine = project.config(
        "mine.yaml",
        study={"sets": ["dev", "sample"], "methods": ["gradient_input_l2", "path"]},
        explain={"options": {"path": {"method": "gradient_input_l2", "steps": 3}}},
        finetune={"seeds": 3},
        variants={"weighted": {"finetune": {"weighting": "edit_distance"}}},
    )

    jobs = dry_run(project, "--configfile", mine)

    expected = {"draw_study": 2, "attribute_study": 4, "attribute_randomised": 4, "compare_methods": 2}
    expected |= {"measure_trivial": 2, "measure_study": 4, "measure_matrix": 6}
    assert {rule: jobs[rule] for rule in expected} == expected
