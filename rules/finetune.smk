# The classifier: one for each fold, and what it says of every set.


rule finetune_fold:
    input:
        augmented="<data>/augmented.parquet",
        dev="<data>/dev.parquet",
        start=branch(SETTINGS.posttrain.enabled, then=folder("<run>/posttrained"), otherwise=folder("<run>/start")),
    output:
        weights=folder("<run>/folds/{fold}/model"),
        steps="<run>/folds/{fold}/steps.jsonl",
    log:
        "<logs>/finetune_fold.{fold}.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=SETTINGS.jobs.gpus,
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=training("finetune", "corpora", "folds", "grouped_folds"),
        code=code_version("finetune_fold"),
    message:
        "Fine-tuning fold {wildcards.fold}"
    script:
        "../workflow_scripts/finetune_fold.py"


rule predict_pairs:
    input:
        examples=items_of,
        model=folder("<run>/folds/{fold}/model"),
    output:
        "<run>/folds/{fold}/{set}/scores.parquet",
    log:
        "<logs>/predict_pairs.{fold}.{set}.log",
    conda:
        "../envs/torch.yaml"
    threads: MANY
    resources:
        gpu=min(1, SETTINGS.jobs.gpus),
        device=SETTINGS.device,
        batch_tokens=SETTINGS.jobs.batch_tokens,
    params:
        settings=section("finetune", "decision_threshold") | section("encoder", "max_length"),
        code=code_version("predict_pairs"),
    message:
        "Judging {wildcards.set} with fold {wildcards.fold}"
    script:
        "../workflow_scripts/predict_pairs.py"


rule combine_folds:
    input:
        expand("<run>/folds/{fold}/{{set}}/scores.parquet", fold=FOLDS),
    output:
        "<run>/sets/{set}/scores.parquet",
    log:
        "<logs>/combine_folds.{set}.log",
    conda:
        "../envs/data.yaml"
    params:
        settings=section("finetune", "decision_threshold"),
        code=code_version("combine_folds"),
    message:
        "Combining the folds' judgements of {wildcards.set}"
    script:
        "../workflow_scripts/combine_folds.py"
