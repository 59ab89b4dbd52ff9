"""Jobs that a dry-run of the workflow shows."""

from __future__ import annotations

from projects import Project, job_counts

DEFAULT = {
    "normalise_corpus": 19,
    "prepare_test_set": 1,
    "merge_corpora": 1,
    "write_texts": 1,
    "prepare_split": 2,
    "assign_folds": 1,
    "augment_pairs": 1,
    "find_near_leaks": 1,
    "compare_corpora": 1,
    "audit_shortcuts": 1,
    "rank_suspects": 1,
    "describe_corpora": 1,
    "train_tokenizer": 1,
    "start_encoder": 1,
    "posttrain_encoder": 1,
    "finetune_fold": 1,
    "predict_pairs": 1,
    "calibrate_ensemble": 1,
    "combine_folds": 1,
    "choose_method": 1,
    "attribute_tokens": 1,
    "select_rationales": 1,
    "fuse_rationales": 1,
    "write_submission": 1,
    "fit_overlap_baseline": 1,
    "evaluate_predictions": 1,
    "evaluate_rationales": 1,
    "evaluate_faithfulness": 1,
    "test_behaviour": 1,
    "examine_examples": 1,
}
# Two folds, a variant that shares all before fine-tuning, and a study of one method. What explains asks all members
# together, once.
SHORT = {
    "normalise_corpus": 6,
    "finetune_fold": 4,
    "predict_pairs": 4,
    "predict_held_out": 2,
    "calibrate_ensemble": 2,
    "combine_folds": 2,
    "evaluate_predictions": 2,
    "evaluate_out_of_fold": 1,
    "compare_members": 1,
    "compare_variants": 1,
    "draw_study": 1,
    "attribute_study": 1,
    "attribute_randomised": 1,
    "measure_trivial": 1,
    "measure_study": 1,
    "measure_matrix": 3,
    "compare_methods": 1,
}


def working_jobs(jobs: dict[str, int], project: Project) -> dict[str, int]:
    """Jobs but for those that only show what others made."""
    return {rule: count for rule, count in jobs.items() if rule != "all" and rule not in project.report_rules()}


def dry_run(project: Project, *arguments: str) -> dict[str, int]:
    run = project.snakemake("--dry-run", *arguments)
    assert run.returncode == 0, run.stdout
    return job_counts(run.stdout)
