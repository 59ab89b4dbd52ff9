"""The stages of a run in plain words, and which rules belong to each."""

from __future__ import annotations

# In the order of a run. Stages may run side by side.
STAGES: dict[str, tuple[str, ...]] = {
    "fetching and reading corpora": ("fetch_corpus", "fetch_test_set", "normalise_corpus", "prepare_test_set"),
    "merging and filtering": (
        *("merge_corpora", "write_texts", "prepare_split", "assign_folds", "collect_intermediate"),
        *("augment_pairs", "draw_subset"),
    ),
    "checking the data": ("find_near_leaks", "compare_corpora", "audit_shortcuts", "describe_corpora"),
    "tokenizer and encoder": ("train_tokenizer", "start_encoder"),
    "post-training": ("posttrain_encoder",),
    "fine-tuning": ("finetune_intermediate", "finetune_fold"),
    "distillation": (*("score_for_student", "train_student", "predict_student", "predict_teacher", "compare_student"),),
    "judging": ("predict_pairs", "predict_held_out", "calibrate_ensemble", "combine_folds"),
    "explaining": (
        *("choose_method", "choose_ratio", "draw_explained", "attribute_tokens", "select_rationales"),
        *("fuse_rationales", "write_submission", "index_evidence", "examine_examples"),
    ),
    "measuring": (
        *("fit_overlap_baseline", "evaluate_predictions", "evaluate_out_of_fold", "evaluate_rationales"),
        *("evaluate_faithfulness", "compare_members", "compare_variants", "compare_sizes"),
        *("rank_suspects", "test_behaviour"),
    ),
    "study of explanation methods": (
        *("draw_study", "attribute_study", "attribute_randomised", "measure_trivial", "measure_study"),
        *("measure_matrix", "compare_methods"),
    ),
    "report": (*("record_run", "write_card", "write_student_card", "render_report"),),
}
# Of rules that are not this workflow's own: one that takes it as a module has more.
OTHER = "other jobs"
# The rule that only asks for the others' results.
TARGET = "all"
STAGE_OF = {rule: stage for stage, rules in STAGES.items() for rule in rules}


def stage_of(rule: str) -> str:
    """The stage that a rule belongs to, by the rule's name."""
    return STAGE_OF.get(rule, OTHER)
